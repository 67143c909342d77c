#include "impl/talk/classic_reader.hpp"

#include <array>

#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>

#include "impl/wire/text.hpp"

namespace badwire::talk {

using net::asio::redirect_error;
using net::asio::use_awaitable;

namespace {

[[noreturn]] void cannot_read(const net::tcp_stream& stream, net::error_code error)
{
    const std::string peer = peer_of(stream);
    if (error == net::asio::error::eof)
        throw net::failure(fmt::format("{} closed the connection before the end", peer));
    if (error == net::asio::error::timed_out) throw silence_of(stream);
    throw net::failure(fmt::format("reading from {} failed: {}", peer, error.message()));
}

} // namespace

net::awaitable<std::string> read_exactly(net::tcp_stream& stream, std::size_t size)
{
    std::string bytes(size, '\0');
    net::error_code error;
    co_await net::asio::async_read(stream, net::asio::buffer(bytes),
                                   redirect_error(use_awaitable, error));
    if (error) cannot_read(stream, error);
    co_return bytes;
}

net::awaitable<std::string> read_classic_name(net::tcp_stream& stream, std::string_view length)
{
    const std::size_t size = wire::classic_name_length(length);
    if (size == 0 || size > wire::classic_name_max)
        throw net::failure(fmt::format("{} announced a file name of {} bytes; 1 to {} are allowed",
                                       peer_of(stream), size, wire::classic_name_max));
    co_return co_await read_exactly(stream, size);
}

net::awaitable<bool> read_classic_ack(net::tcp_stream& stream, std::string& got)
{
    std::array<char, wire::classic_ack.size()> piece;
    while (got.size() < piece.size()) {
        net::error_code error;
        const std::size_t size = co_await stream.async_read_some(
            net::asio::buffer(piece.data(), piece.size() - got.size()),
            redirect_error(use_awaitable, error));
        got.append(piece.data(), size);
        if (error == net::asio::error::timed_out) co_return false;
        if (error) cannot_read(stream, error);
    }
    if (got != wire::classic_ack)
        throw net::failure(fmt::format("{} answered \"{}\" instead of ACK", peer_of(stream),
                                       wire::printable(got)));
    got.clear();
    co_return true;
}

net::awaitable<std::string> classic_unit_reader::next()
{
    std::string unit;
    std::array<char, wire::classic_unit_max> piece;
    const std::size_t full = full_ > 0 ? full_ : wire::classic_unit_max;
    // Waits for more of what may become the end, also where units are smaller than the end.
    const auto may_end = [&unit] {
        return unit.size() < wire::classic_end.size() && wire::classic_end.starts_with(unit);
    };
    while (unit.size() < full || may_end()) {
        net::error_code error;
        const std::size_t size = co_await stream_.async_read_some(
            net::asio::buffer(piece.data(), wire::classic_unit_max - unit.size()),
            redirect_error(use_awaitable, error));
        unit.append(piece.data(), size);
        ended_ = error == net::asio::error::eof;
        if (ended_ || (error == net::asio::error::timed_out && !unit.empty())) break;
        if (error) cannot_read(stream_, error);
        stream_.expires_after(quiet_time);
    }
    if (full_ == 0 && !ended_) full_ = unit.size();
    co_return unit;
}

} // namespace badwire::talk
