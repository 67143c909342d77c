#include "impl/talk/frame_reader.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>

#include "impl/base/bytes.hpp"

namespace badwire::talk {

using net::asio::redirect_error;
using net::asio::use_awaitable;

frame_reader::frame_reader(net::tcp_stream& stream, std::string_view begun) : stream_(stream)
{
    buffer_.resize(std::max(wire::transfer_header_size, begun.size()));
    std::copy_n(as_bytes(begun).begin(), begun.size(), buffer_.begin());
    size_ = begun.size();
}

net::awaitable<arrival> frame_reader::next(wire::transfer_datagram& frame)
{
    if (std::exchange(whole_, false)) size_ = 0;
    if (const arrival got = co_await fill(wire::transfer_header_size); got != arrival::bytes)
        co_return got;
    const std::size_t length =
        wire::frame_payload_size(std::span(buffer_).first<wire::transfer_header_size>());
    if (const arrival got = co_await fill(wire::transfer_header_size + length);
        got != arrival::bytes)
        co_return got;
    const auto decoded = wire::decode_transfer(std::span(buffer_).first(size_));
    if (!decoded) throw net::failure(fmt::format("a frame from {} is damaged", peer_of(stream_)));
    frame = *decoded;
    whole_ = true;
    co_return arrival::bytes;
}

net::awaitable<wire::transfer_datagram> frame_reader::expect()
{
    wire::transfer_datagram frame{};
    const arrival got = co_await next(frame);
    if (got == arrival::end)
        throw net::failure(
            fmt::format("{} closed the connection before the end", peer_of(stream_)));
    if (got == arrival::quiet) throw silence_of(stream_);
    co_return frame;
}

// Reads until `size` bytes of the frame are there.
net::awaitable<arrival> frame_reader::fill(std::size_t size)
{
    if (buffer_.size() < size) buffer_.resize(size);
    while (size_ < size) {
        net::error_code error;
        const auto rest = std::span(buffer_).subspan(size_, size - size_);
        size_ += co_await stream_.async_read_some(net::asio::buffer(rest.data(), rest.size()),
                                                  redirect_error(use_awaitable, error));
        if (!error) continue;
        if (error == net::asio::error::timed_out) co_return arrival::quiet;
        if (error == net::asio::error::eof && size_ == 0) co_return arrival::end;
        if (error == net::asio::error::eof)
            throw net::failure(
                fmt::format("{} closed the connection within a frame", peer_of(stream_)));
        throw net::failure(
            fmt::format("reading from {} failed: {}", peer_of(stream_), error.message()));
    }
    co_return arrival::bytes;
}

net::awaitable<void> write_frame(net::tcp_stream& stream, wire::datagram_kind kind,
                                 std::uint32_t unit, std::span<const std::byte> payload)
{
    const std::vector<std::byte> bytes = wire::encode_stream_frame(kind, unit, payload);
    co_await write_text(stream, as_text(bytes));
}

} // namespace badwire::talk
