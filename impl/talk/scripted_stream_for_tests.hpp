// scripted_stream_for_tests.hpp: a stream whose peer is a script and whose clock stands still.
#pragma once

#include <cstring>
#include <deque>
#include <variant>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "impl/net/sockets.hpp"

namespace badwire::talk {

/// Each read takes the next step: text arrives, or the connection ends, or silence lasts until the
/// deadline (a test that reads on with no deadline fails with would_block).
class scripted_stream final : public net::tcp_stream_backend {
public:
    struct silence {};
    struct end {};
    using step = std::variant<std::string, silence, end>;

    scripted_stream(net::asio::io_context& context, std::deque<step> steps,
                    std::vector<net::duration>& deadlines)
        : context_(context), steps_(std::move(steps)), deadlines_(deadlines)
    {
    }

    net::asio::any_io_executor get_executor() override { return context_.get_executor(); }
    void cancel() override {}
    void close() override {}
    void expires_at(net::time_point when) override { expiry_ = when; }
    void expires_after(net::duration delay) override
    {
        expiry_ = net::time_point() + delay;
        deadlines_.push_back(delay);
    }
    net::time_point expiry() const override { return expiry_; }
    net::tcp::endpoint local_endpoint() const override { return {}; }
    net::tcp::endpoint remote_endpoint() const override { return {}; }
    void connect(const net::tcp::endpoint&, net::wait_handler) override {}
    void write_some(net::asio::const_buffer, net::io_handler) override {}
    void shutdown_send() override {}

    void read_some(net::asio::mutable_buffer buffer, net::io_handler handler) override
    {
        if (steps_.empty()) steps_.emplace_back(silence{});
        if (auto* text = std::get_if<std::string>(&steps_.front())) {
            const std::size_t size = std::min(buffer.size(), text->size());
            std::memcpy(buffer.data(), text->data(), size);
            text->erase(0, size);
            if (text->empty()) steps_.pop_front();
            return complete(std::move(handler), {}, size);
        }
        const bool ended = std::holds_alternative<end>(steps_.front());
        if (!ended) steps_.pop_front();
        const net::error_code silent =
            expiry_ != net::never ? net::asio::error::timed_out : net::asio::error::would_block;
        complete(std::move(handler), ended ? net::asio::error::eof : silent, 0);
    }

private:
    void complete(net::io_handler handler, net::error_code error, std::size_t size)
    {
        net::asio::post(context_, [handler = std::move(handler), error, size]() mutable {
            std::move(handler)(error, size);
        });
    }

    net::asio::io_context& context_;
    std::deque<step> steps_;
    std::vector<net::duration>& deadlines_;
    net::time_point expiry_ = net::never;
};

} // namespace badwire::talk
