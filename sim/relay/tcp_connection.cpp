#include "sim/relay/tcp_connection.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace badwire::relay {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using arrival = link::stream_path::arrival;

namespace {

constexpr std::size_t read_bytes_max = 16 << 10;
constexpr std::size_t held_bytes_max = 4 << 20; // of one stream; then its sender has to wait
constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

// Bytes that the receiver's system does not have yet; a reset would discard them.
int unacknowledged_bytes(tcp::socket& socket)
{
    int count = 0;
    return ::ioctl(socket.native_handle(), SIOCOUTQ, &count) == 0 ? count : 0;
}

} // namespace

void reset(tcp::socket& socket)
{
    error_code ignored; // the peer may be gone already
    socket.set_option(tcp::socket::linger(true, 0), ignored);
    socket.close(ignored);
}

tcp_connection::stream::stream(core& shared, named_flow& names, std::uint64_t number,
                               link::direction towards, tcp::socket& source, tcp::socket& sink)
    : which(towards),
      from(source),
      to(sink),
      path(shared.along(towards), names.along(towards), number),
      room(shared.context, clock::time_point::max()),
      wake(shared.context)
{
}

tcp_connection::tcp_connection(std::shared_ptr<core> shared, tcp::socket client,
                               const std::string& flow_name, std::uint64_t number,
                               std::function<void(tcp_connection&)> on_end)
    : core_(std::move(shared)),
      client_(std::move(client)),
      server_(core_->context),
      names_(core_, flow_name),
      number_(number),
      on_end_(std::move(on_end)),
      started_(now(link::direction::up)),
      up_(*core_, names_, number, link::direction::up, client_, server_),
      down_(*core_, names_, number, link::direction::down, server_, client_),
      connecting_(core_->context),
      reset_timer_(core_->context)
{
}

void tcp_connection::start(const endpoint& upstream)
{
    core_->up.advance(now(link::direction::up));
    if (core_->up.stream_refused(names_.along(link::direction::up), number_)) {
        abort();
        return;
    }
    await_reset();
    if (aborted_) return;
    spawn(read(up_));
    spawn(write(up_));
    spawn(connect(upstream));
}

// Every part keeps the connection alive until the part has ended.
void tcp_connection::spawn(awaitable<void> part)
{
    boost::asio::co_spawn(core_->context, std::move(part),
                          [self = shared_from_this()](const std::exception_ptr& failed) {
                              if (failed) self->abort();
                          });
}

void tcp_connection::abort()
{
    if (std::exchange(aborted_, true)) return;
    reset(client_);
    reset(server_);
    connecting_.cancel();
    for (stream* along : {&up_, &down_}) {
        along->room.cancel();
        along->wake.cancel();
    }
    end();
}

void tcp_connection::end()
{
    reset_timer_.cancel();
    if (auto tell = std::exchange(on_end_, nullptr)) tell(*this);
}

void tcp_connection::part_ended()
{
    constexpr int parts = 4;
    if (++parts_ended_ == parts) end();
}

void tcp_connection::asked_changed()
{
    if (aborted_) return;
    connecting_.cancel();
    up_.wake.cancel();
    down_.wake.cancel();
    await_reset();
}

// Resets both sides at the time that the link says, even while the parts wait for something.
void tcp_connection::await_reset()
{
    auto due = link::forever;
    auto look_again = link::forever;
    for (const auto which : {link::direction::up, link::direction::down}) {
        link::lane& lane = core_->along(which);
        lane.advance(now(which));
        const auto at = link::reset_due(lane.asked().tcp, started_);
        if (at <= now(which)) lane.strikes().stream_struck("tcp");
        due = std::min(due, at);
        look_again = std::min(look_again, lane.next_change());
    }
    if (due <= now(link::direction::up)) {
        abort();
        return;
    }
    reset_timer_.cancel();
    if (std::min(due, look_again) == link::forever) return;
    reset_timer_.expires_at(core_->start + std::min(due, look_again));
    reset_timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (!failed && self->on_end_) self->await_reset();
    });
}

// Completes at that time, or when the timer is cancelled.
awaitable<void> tcp_connection::sleep_until(boost::asio::steady_timer& timer, link::duration when)
{
    timer.expires_at(when == link::forever ? clock::time_point::max() : core_->start + when);
    co_await timer.async_wait(as_result);
}

awaitable<void> tcp_connection::pass_request()
{
    link::lane& lane = core_->up;
    for (lane.advance(now(link::direction::up)); lane.asked().cut && !aborted_;
         lane.advance(now(link::direction::up)))
        co_await sleep_until(connecting_, lane.next_change());
    const auto passed = now(link::direction::up);
    const auto due = passed + lane.stream_delay(names_.along(link::direction::up), number_, 0);
    while (!aborted_ && now(link::direction::up) < due) co_await sleep_until(connecting_, due);
}

awaitable<void> tcp_connection::connect(endpoint upstream)
{
    co_await pass_request();
    if (aborted_) co_return;
    auto [failed] = co_await server_.async_connect(
        tcp::endpoint(upstream.address(), upstream.port()), as_result);
    if (aborted_) co_return;
    if (failed) {
        abort();
        co_return;
    }
    error_code ignored; // only a matter of speed
    server_.set_option(tcp::no_delay(true), ignored);
    client_.set_option(tcp::no_delay(true), ignored);
    up_.connected = down_.connected = true;
    up_.wake.cancel();
    spawn(read(down_));
    spawn(write(down_));
}

awaitable<void> tcp_connection::read(stream& along)
{
    std::array<std::byte, read_bytes_max> bytes;
    for (bool ended = false; !ended;) {
        while (along.path.held() >= held_bytes_max && !aborted_)
            co_await along.room.async_wait(as_result);
        if (aborted_) co_return;
        auto [failed, count] =
            co_await along.from.async_read_some(boost::asio::buffer(bytes), as_result);
        if (aborted_) co_return;

        ended = failed.failed();
        if (!ended) {
            along.path.offer({bytes.data(), count}, now(along.which));
        } else if (failed == boost::asio::error::eof) {
            along.path.offer_end();
        } else {
            along.path.offer_reset();
            if (++senders_gone_ == 2) abort(); // both senders are gone
        }
        along.wake.cancel();
    }
    part_ended();
}

awaitable<void> tcp_connection::write(stream& along)
{
    for (;;) {
        const auto at = now(along.which);
        along.path.advance(at);
        if (along.path.held() < held_bytes_max) along.room.cancel();
        const bool hands_on = along.connected && !resetting_;
        auto next = hands_on ? along.path.take(at) : std::nullopt;
        if (!next) {
            const auto entry = along.path.next_entry();
            const auto when = hands_on ? std::min(entry, along.path.next_arrival()) : entry;
            co_await sleep_until(along.wake, when);
            if (aborted_) co_return;
            continue;
        }
        if (next->is == arrival::kind::reset) {
            resetting_ = true;
            if (next->by_fault) co_await await_acknowledgment(along);
            abort();
            co_return;
        }
        if (next->is == arrival::kind::end) {
            error_code ignored; // a peer that is gone needs no end
            along.to.shutdown(tcp::socket::shutdown_send, ignored);
            along.room.cancel(); // further bytes are thrown away
            part_ended();
            co_return;
        }
        const auto& bytes = next->bytes;
        auto [failed, count] =
            co_await boost::asio::async_write(along.to, boost::asio::buffer(bytes), as_result);
        if (aborted_) co_return;
        if (failed) {
            abort();
            co_return;
        }
    }
}

// The system does not report acknowledgments, so this polls, less and less often.
awaitable<void> tcp_connection::await_acknowledgment(stream& along)
{
    for (auto pause = 1ms; !aborted_ && unacknowledged_bytes(along.to) > 0;
         pause = std::min(2 * pause, std::chrono::milliseconds(64)))
        co_await sleep_until(along.wake, now(along.which) + pause);
}

} // namespace badwire::relay
