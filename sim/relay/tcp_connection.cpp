#include "sim/relay/tcp_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace badwire::relay {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t piece_bytes_max = 16 << 10;
constexpr std::size_t in_flight_bytes_max = 4 << 20; // of one stream; then its sender has to wait
constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

} // namespace

void reset(tcp::socket& socket)
{
    error_code ignored; // the peer may be gone already
    socket.set_option(tcp::socket::linger(true, 0), ignored);
    socket.close(ignored);
}

tcp_connection::stream::stream(boost::asio::io_context& context, link::direction towards,
                               tcp::socket& source, tcp::socket& sink)
    : which(towards),
      from(source),
      to(sink),
      arrived(context, clock::time_point::max()),
      room(context, clock::time_point::max()),
      departure(context)
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
      up_(core_->context, link::direction::up, client_, server_),
      down_(core_->context, link::direction::down, server_, client_)
{
}

void tcp_connection::start(const endpoint& upstream)
{
    spawn(read(up_));
    spawn(connect(upstream));
}

// Every part keeps the connection alive until it has ended.
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
    for (stream* along : {&up_, &down_}) {
        along->arrived.cancel();
        along->room.cancel();
        along->departure.cancel();
    }
    end();
}

void tcp_connection::end()
{
    if (auto tell = std::exchange(on_end_, nullptr)) tell(*this);
}

awaitable<void> tcp_connection::connect(endpoint upstream)
{
    up_.departure.expires_after(
        core_->up.stream_delay(names_.along(link::direction::up), number_, 0));
    co_await up_.departure.async_wait(as_result);
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
    spawn(write(up_));
    spawn(read(down_));
    spawn(write(down_));
}

awaitable<void> tcp_connection::read(stream& along)
{
    std::array<char, piece_bytes_max> bytes;
    const auto& lane = core_->along(along.which);
    auto last_due = clock::time_point::min();
    std::uint64_t offset = 0;
    for (bool ended = false; !ended;) {
        while (along.bytes >= in_flight_bytes_max && !aborted_)
            co_await along.room.async_wait(as_result);
        if (aborted_) co_return;
        auto [failed, count] =
            co_await along.from.async_read_some(boost::asio::buffer(bytes), as_result);
        if (aborted_) co_return;

        const auto delay = lane.stream_delay(names_.along(along.which), number_, offset);
        last_due = std::max(last_due, clock::now() + delay);
        ended = failed.failed();
        const auto kind = !failed                             ? piece::kind::data
                          : failed == boost::asio::error::eof ? piece::kind::end
                                                              : piece::kind::reset;
        along.pieces.push_back({kind, last_due, {bytes.data(), bytes.data() + count}});
        along.bytes += count;
        offset += count;
        along.arrived.cancel();
    }
}

awaitable<void> tcp_connection::write(stream& along)
{
    for (;;) {
        while (along.pieces.empty() && !aborted_) co_await along.arrived.async_wait(as_result);
        if (aborted_) co_return;
        const piece next = std::move(along.pieces.front());
        along.pieces.pop_front();
        if (next.due > clock::now()) {
            along.departure.expires_at(next.due);
            co_await along.departure.async_wait(as_result);
            if (aborted_) co_return;
        }
        if (next.is == piece::kind::reset) {
            abort();
            co_return;
        }
        if (next.is == piece::kind::end) {
            error_code ignored; // a peer that is gone needs no end
            along.to.shutdown(tcp::socket::shutdown_send, ignored);
            if (++streams_ended_ == 2) end();
            co_return;
        }
        auto [failed, count] =
            co_await boost::asio::async_write(along.to, boost::asio::buffer(next.bytes), as_result);
        if (failed) {
            abort();
            co_return;
        }
        along.bytes -= count;
        along.room.cancel();
    }
}

} // namespace badwire::relay
