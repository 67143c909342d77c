#include "impl/talk/chat_messages.hpp"

#include <array>
#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "impl/talk/stream.hpp"

namespace badwire::talk {

net::awaitable<std::optional<std::string>> chat_messages::next()
{
    std::array<char, 1024> piece;
    for (;;) {
        if (auto line = take_line()) co_return line;
        if (buffer_.size() > limit_)
            throw net::failure(
                fmt::format("{} sent a message longer than {} bytes", peer_of(stream_), limit_));
        if (buffer_.empty() || peer_marks_ends_) stream_.expires_never();
        else stream_.expires_after(quiet_time);

        net::error_code error;
        const std::size_t size = co_await stream_.async_read_some(
            net::asio::buffer(piece), net::asio::redirect_error(net::asio::use_awaitable, error));
        buffer_.append(piece.data(), size);
        if (!error) continue;
        const bool ended = error == net::asio::error::eof || error == net::asio::error::timed_out;
        if (!ended)
            throw net::failure(fmt::format("the connection to {} was lost: {}", peer_of(stream_),
                                           error.message()));
        if (buffer_.empty()) co_return std::nullopt;
        co_return std::exchange(buffer_, {});
    }
}

std::optional<std::string> chat_messages::take_line()
{
    const std::size_t newline = buffer_.find('\n');
    if (newline == std::string::npos) return std::nullopt;
    peer_marks_ends_ = true;
    std::string line = buffer_.substr(0, newline);
    buffer_.erase(0, newline + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string chat_messages::bytes_of(std::string message)
{
    marks_ends_ |= peer_marks_ends_ || message.empty();
    if (marks_ends_) message += '\n';
    return message;
}

} // namespace badwire::talk
