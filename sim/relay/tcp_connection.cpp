#include "sim/relay/tcp_connection.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using arrival = link::stream_path::arrival;

namespace {

constexpr std::size_t read_bytes_max = 16 << 10;

// Bytes that the receiver's system does not have yet; a reset would discard them.
int unacknowledged_bytes(tcp::socket& socket)
{
    int count = 0;
    return ::ioctl(socket.native_handle(), SIOCOUTQ, &count) == 0 ? count : 0;
}

link::stored_address stored(const tcp::endpoint& at) { return {at.data(), at.size()}; }

} // namespace

void reset(tcp::socket& socket)
{
    error_code ignored; // the peer may be gone already
    socket.set_option(tcp::socket::linger(true, 0), ignored);
    socket.close(ignored);
}

tcp_connection::stream::stream(core& shared, named_flow& names, std::uint64_t number,
                               link::direction towards, tcp::socket& source, tcp::socket& sink,
                               link::duration start)
    : which(towards),
      from(source),
      to(sink),
      path(shared.along(towards), names.along(towards), number,
           {shared.along(link::opposite(towards)), names.along(link::opposite(towards))}, start),
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
      started_(core_->time_of_both(clock::now())),
      setup_(core_->up, names_.along(link::direction::up), core_->down,
             names_.along(link::direction::down), number, started_),
      up_(*core_, names_, number, link::direction::up, client_, server_, started_),
      down_(*core_, names_, number, link::direction::down, server_, client_, started_),
      setting_up_(core_->context),
      reset_timer_(core_->context)
{
}

tcp_connection::~tcp_connection()
{
    for (const stream* along : {&up_, &down_}) core_->stream_bytes -= along->held;
}

void tcp_connection::start(const endpoint& upstream, std::shared_ptr<listener_probe> probe)
{
    choose_lanes();
    if (core_->options.watcher != nullptr) show_to(*core_->options.watcher, upstream);
    await_reset();
    refused_ = begins_through_[0]->stream_refused(names_.along(link::direction::up), number_) ||
               goes_through_[0]->stream_refused(names_.along(link::direction::up), number_);
    if (!over_) spawn(set_up(upstream, std::move(probe)));
}

void tcp_connection::choose_lanes()
{
    std::array<std::shared_ptr<link::lane>, 2> begins, goes;
    for (const auto which : {link::direction::up, link::direction::down}) {
        const auto place = static_cast<std::size_t>(which);
        begins.at(place) = core_->lane_of_set_up(which);
        goes.at(place) = core_->lane_of_stream(which, names_.along(which), number_);
    }
    setup_.go_through(*begins[0], *begins[1]);
    up_.path.go_through(*goes[0], *goes[1]);
    down_.path.go_through(*goes[1], *goes[0]);
    begins_through_ = std::move(begins);
    goes_through_ = std::move(goes);
}

void tcp_connection::show_to(link::packet_watcher& by, const endpoint& upstream)
{
    error_code ignored; // a client that is gone
    seen_.emplace(
        by, link::lane::name_of(names_.along(link::direction::up)), number_,
        link::watched_stream::ends{stored(client_.remote_endpoint(ignored)),
                                   stored(client_.local_endpoint(ignored)),
                                   stored(tcp::endpoint(upstream.address(), upstream.port()))});
    setup_.watch(&*seen_);
    up_.path.watch(&*seen_);
    down_.path.watch(&*seen_);
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
    if (over_) return;
    reset(client_);
    reset(server_);
    end();
}

// The parts that wait for something wake up, and end.
void tcp_connection::end()
{
    if (std::exchange(over_, true)) return;
    setting_up_.cancel();
    reset_timer_.cancel();
    for (stream* along : {&up_, &down_}) {
        along->room.cancel();
        along->wake.cancel();
    }
    if (auto tell = std::exchange(on_end_, nullptr)) tell(*this);
}

void tcp_connection::part_ended()
{
    constexpr int parts = 4;
    if (++parts_ended_ == parts) end();
}

void tcp_connection::asked_changed()
{
    if (over_) return;
    choose_lanes();
    for (stream* along : {&up_, &down_}) {
        along->room.cancel();
        along->wake.cancel();
    }
    setting_up_.cancel();
    await_reset();
}

// Resets both sides at the time that the link says, even while the parts wait for something.
void tcp_connection::await_reset()
{
    auto due = link::forever;
    auto look_again = link::forever;
    for (const auto which : {link::direction::up, link::direction::down}) {
        link::lane& lane = *goes_through_.at(static_cast<std::size_t>(which));
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

awaitable<void> tcp_connection::set_up(endpoint upstream, std::shared_ptr<listener_probe> probe)
{
    using event = link::stream_setup::event;
    while (setup_.next_event() != link::forever) {
        switch (setup_.next(core_->time_of_both(clock::now()))) {
        case event::none: co_await sleep_until(setting_up_, setup_.next_event()); break;
        case event::asked: setup_.answer(co_await accepts(upstream, *probe)); break;
        case event::established: established(); break;
        case event::acknowledged: {
            bool connected = server_.is_open();
            if (!connected) connected = co_await connect(upstream);
            if (connected && !over_) acknowledged();
            else abort();
            break;
        }
        case event::refused:
        case event::given_up: abort(); break;
        }
        if (over_) co_return;
    }
}

awaitable<bool> tcp_connection::accepts(const endpoint& upstream, listener_probe& probe)
{
    if (refused_) co_return false;
    if (const auto listens = probe.listens(upstream)) co_return *listens;
    if (server_.is_open()) co_return true; // was asked before
    co_return co_await connect(upstream);
}

awaitable<bool> tcp_connection::connect(const endpoint& upstream)
{
    const tcp::endpoint server(upstream.address(), upstream.port());
    error_code ignored;
    server_.open(server.protocol(), ignored); // else connecting fails
    limit_buffers(server_);
    auto [failed] = co_await server_.async_connect(server, as_result);
    if (failed) server_.close(ignored);
    else if (seen_) seen_->server_sees(stored(server_.local_endpoint(ignored)));
    co_return !failed;
}

// Only a matter of speed, so that failures do not matter.
void tcp_connection::established()
{
    error_code ignored;
    client_.set_option(tcp::no_delay(true), ignored);
    spawn(read(up_));
    spawn(write(up_));
}

void tcp_connection::acknowledged()
{
    error_code ignored;
    server_.set_option(tcp::no_delay(true), ignored);
    up_.connected = down_.connected = true;
    up_.wake.cancel();
    spawn(read(down_));
    spawn(write(down_));
}

void tcp_connection::count_held(stream& along)
{
    core_->stream_bytes -= along.held;
    along.held = along.path.held();
    core_->stream_bytes += along.held;
}

// There may be room on a look later: when what was read is acknowledged, or the link changes; when
// all connections together hold too much, after a little while.
awaitable<void> tcp_connection::await_room(stream& along)
{
    while (!over_) {
        const bool full = core_->stream_bytes >= core_->options.in_flight_bytes_max;
        if (!full && along.path.room(now(along.which)) > 0) co_return;
        constexpr auto pause = 5ms;
        co_await sleep_until(along.room, full ? now(along.which) + pause : along.path.next_room());
    }
}

awaitable<void> tcp_connection::read(stream& along)
{
    std::array<std::byte, read_bytes_max> bytes;
    for (bool ended = false; !ended;) {
        co_await await_room(along);
        if (over_) co_return;
        const std::size_t most = std::min(bytes.size(), along.path.room(now(along.which)));
        auto [failed, count] =
            co_await along.from.async_read_some(boost::asio::buffer(bytes.data(), most), as_result);
        if (over_) co_return;

        ended = failed.failed();
        if (!ended) {
            along.path.offer({bytes.data(), count}, now(along.which));
            count_held(along);
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
    link::duration free_since{0}; // to hand on what is due
    for (;;) {
        const auto at = now(along.which);
        along.path.advance(at);
        if (along.path.ended()) along.room.cancel(); // further bytes are thrown away
        if (!along.connected && setup_.bytes_arrive(along.path.next_arrival()))
            setting_up_.cancel(); // it looks again
        const bool hands_on = along.connected && !resetting_;
        if (!hands_on) free_since = at;
        const auto due = std::max(along.path.next_arrival(), free_since);
        auto next = hands_on ? along.path.take(at) : std::nullopt;
        if (!next) {
            const auto entry = along.path.next_entry();
            const auto when = hands_on ? std::min(entry, along.path.next_arrival()) : entry;
            co_await sleep_until(along.wake, when);
            if (over_) co_return;
            continue;
        }
        core_->late.left(due, at);
        if (next->is == arrival::kind::reset) {
            resetting_ = true;
            if (next->by_fault) co_await await_acknowledgment(along);
            abort();
            co_return;
        }
        if (next->is == arrival::kind::end) {
            error_code ignored; // a peer that is gone needs no end
            along.to.shutdown(tcp::socket::shutdown_send, ignored);
            part_ended();
            if (over_) co_return;
            continue; // a reset may follow
        }
        const auto& bytes = next->bytes;
        auto [failed, count] =
            co_await boost::asio::async_write(along.to, boost::asio::buffer(bytes), as_result);
        if (over_) co_return;
        free_since = now(along.which);
        count_held(along);
        if (failed) { // nobody reads there: the system has answered with a reset, which goes back
            stream& back = opposite(along);
            back.path.offer_reset();
            back.wake.cancel();
            part_ended();
            co_return;
        }
        along.path.was_read(count, now(along.which));
        along.room.cancel();
    }
}

// The system does not report acknowledgments, so this polls, less and less often.
awaitable<void> tcp_connection::await_acknowledgment(stream& along)
{
    for (auto pause = 1ms; !over_ && unacknowledged_bytes(along.to) > 0;
         pause = std::min(2 * pause, std::chrono::milliseconds(64)))
        co_await sleep_until(along.wake, now(along.which) + pause);
}

} // namespace badwire::relay
