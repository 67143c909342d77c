#include "impl/talk/stream.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "impl/base/address.hpp"
#include "impl/wire/text.hpp"

namespace badwire::talk {

using net::asio::redirect_error;
using net::asio::use_awaitable;

std::string peer_of(const net::tcp_stream& stream)
{
    try {
        return to_text(stream.remote_endpoint());
    } catch (const net::system_error&) {
        return "the peer";
    }
}

net::failure silence_of(const net::tcp_stream& stream)
{
    return net::failure(fmt::format(
        "{} sent nothing more in time (--timeout sets how long to wait)", peer_of(stream)));
}

namespace {

[[noreturn]] void too_long(const net::tcp_stream& stream, std::size_t limit)
{
    throw net::failure(
        fmt::format("{} sent more than the {} bytes that are allowed", peer_of(stream), limit));
}

} // namespace

net::awaitable<arrival> read_more(net::tcp_stream& stream, std::string& text, std::size_t most)
{
    std::array<char, 4096> piece;
    net::error_code error;
    const std::size_t size = co_await stream.async_read_some(
        net::asio::buffer(piece.data(), std::min(piece.size(), most)),
        redirect_error(use_awaitable, error));
    text.append(piece.data(), size);

    if (!error) co_return arrival::bytes;
    if (error == net::asio::error::eof) {
        if (text.empty())
            throw net::failure(
                fmt::format("{} closed the connection without sending anything", peer_of(stream)));
        co_return arrival::end;
    }
    if (error == net::asio::error::timed_out) {
        if (text.empty())
            throw net::failure(
                fmt::format("{} sent nothing; is the right program there? (--timeout "
                            "sets how long to wait)",
                            peer_of(stream)));
        co_return arrival::quiet;
    }
    throw net::failure(fmt::format("reading from {} failed: {}", peer_of(stream), error.message()));
}

net::awaitable<std::string> read_message(net::tcp_stream& stream, std::size_t limit,
                                         net::duration quiet)
{
    constexpr std::size_t line_end = 2; // "\r\n"
    const net::time_point deadline = stream.expiry();
    std::string text;
    for (;;) {
        const arrival got = co_await read_more(stream, text, limit + line_end - text.size());
        if (const std::size_t newline = text.find('\n'); newline != std::string::npos) {
            text.resize(newline > 0 && text[newline - 1] == '\r' ? newline - 1 : newline);
            break;
        }
        if (got != arrival::bytes || text.size() == limit + line_end) break;
        stream.expires_after(quiet);
        // A peer that sends a byte now and then delays the end of its message, but not for ever.
        if (deadline != net::never && stream.expiry() > deadline + quiet)
            throw net::failure(fmt::format("{} did not finish its message in time (--timeout sets "
                                           "how long to wait)",
                                           peer_of(stream)));
    }
    stream.expires_never();
    if (text.size() > limit) too_long(stream, limit);
    co_return text;
}

net::awaitable<std::string> read_to_end(net::tcp_stream& stream, std::size_t limit)
{
    std::string text;
    for (;;) {
        const arrival got = co_await read_more(stream, text, limit + 1 - text.size());
        if (text.size() > limit) too_long(stream, limit);
        if (got == arrival::end) break;
        if (got == arrival::quiet)
            throw net::failure(fmt::format("{} did not finish in time (--timeout sets how long to "
                                           "wait)",
                                           peer_of(stream)));
    }
    stream.expires_never();
    co_return text;
}

net::awaitable<void> write_text(net::tcp_stream& stream, std::string_view text)
{
    net::error_code error;
    co_await net::asio::async_write(stream, net::asio::buffer(text),
                                    redirect_error(use_awaitable, error));
    if (error)
        throw net::failure(
            fmt::format("sending to {} failed: {}", peer_of(stream), error.message()));
}

net::awaitable<std::string> receive_datagram(net::udp_socket& socket, std::size_t limit,
                                             net::udp::endpoint& sender)
{
    std::string text(limit + 1, '\0');
    net::error_code error;
    const std::size_t size = co_await socket.async_receive_from(
        net::asio::buffer(text), sender, redirect_error(use_awaitable, error));
    if (error == net::asio::error::timed_out)
        throw net::failure(fmt::format("no datagram came to {} in time (--timeout sets how long to "
                                       "wait)",
                                       to_text(socket.local_endpoint())));
    if (error)
        throw net::failure(fmt::format("receiving on {} failed: {}",
                                       to_text(socket.local_endpoint()), error.message()));
    if (size > limit)
        throw net::failure(fmt::format("refused a datagram from {}: it is longer than the {} bytes "
                                       "that are allowed",
                                       to_text(sender), limit));
    text.resize(size);
    co_return text;
}

net::awaitable<void> send_datagram(net::udp_socket& socket, std::span<const std::byte> datagram,
                                   const net::udp::endpoint& to)
{
    net::error_code error;
    co_await socket.async_send_to(net::asio::buffer(datagram.data(), datagram.size()), to,
                                  redirect_error(use_awaitable, error));
    if (error)
        throw net::failure(
            fmt::format("sending a datagram to {} failed: {}", to_text(to), error.message()));
}

} // namespace badwire::talk
