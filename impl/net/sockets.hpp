// sockets.hpp: the sockets and the timer that programs use.
//
// They read like Asio's own: non-virtual async_* templates, tokens last, error codes as Asio gives
// them, and co_await by default. Behind each stands a backend with one virtual function per
// operation; the real network implements it on Boost.Asio, the virtual network on a simulated
// clock.
//
// Beyond Asio there is one idea, taken over from Beast's tcp_stream: expires_at/expires_after set a
// deadline for the operations that wait for a peer (receive, read, write, connect, accept). An
// operation still pending then, or started later, completes with asio::error::timed_out. The
// deadline stays until it is set again.
//
// Not thread-safe: use an object only on its executor. At most one pending operation of each kind.
#pragma once

#include <memory>
#include <utility>

#include "impl/net/asio.hpp"

namespace badwire::net {

class tcp_stream;

using wait_handler = asio::any_completion_handler<void(error_code)>;
using io_handler = asio::any_completion_handler<void(error_code, std::size_t)>;
using accept_handler = asio::any_completion_handler<void(error_code, tcp_stream)>;

/// Whether an operation failed because its socket was closed, during it or before.
inline bool means_closed(error_code result)
{
    return result == asio::error::operation_aborted || result == asio::error::bad_descriptor;
}

/// What a network provides behind each object below. Buffers and endpoints passed by reference must
/// live until the handler is called. A backend that is destroyed or closed completes its pending
/// operations with asio::error::operation_aborted.
struct backend {
    virtual ~backend() = default;
    virtual asio::any_io_executor get_executor() = 0;
    virtual void cancel() = 0;
};

struct timer_backend : backend {
    virtual void expires_at(time_point when) = 0;
    virtual void expires_after(duration delay) = 0;
    virtual void wait(wait_handler handler) = 0;
};

struct socket_backend : backend {
    virtual void expires_at(time_point when) = 0;
    virtual void expires_after(duration delay) = 0;
    virtual time_point expiry() const = 0;
    virtual void close() = 0;
};

struct udp_backend : socket_backend {
    virtual udp::endpoint local_endpoint() const = 0;
    virtual void receive_from(asio::mutable_buffer buffer, udp::endpoint& sender,
                              io_handler handler) = 0;
    virtual void send_to(asio::const_buffer buffer, const udp::endpoint& to,
                         io_handler handler) = 0;
};

struct tcp_stream_backend : socket_backend {
    virtual tcp::endpoint local_endpoint() const = 0;
    virtual tcp::endpoint remote_endpoint() const = 0;
    virtual void connect(const tcp::endpoint& peer, wait_handler handler) = 0;
    virtual void read_some(asio::mutable_buffer buffer, io_handler handler) = 0;
    virtual void write_some(asio::const_buffer buffer, io_handler handler) = 0;
    virtual void shutdown_send() = 0;
};

struct tcp_listener_backend : socket_backend {
    virtual tcp::endpoint local_endpoint() const = 0;
    virtual void accept(accept_handler handler) = 0;
};

/// What all four objects share: a backend, an executor, cancel.
template <typename Backend>
class handle {
public:
    using executor_type = asio::any_io_executor;

    handle() = default;
    explicit handle(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

    executor_type get_executor() { return backend_->get_executor(); }

    /// Completes every pending operation with asio::error::operation_aborted.
    void cancel() { backend_->cancel(); }

    /// The backend, for a network that knows its own kind.
    Backend& implementation() { return *backend_; }

    explicit operator bool() const { return backend_ != nullptr; }

protected:
    // Starts one backend operation with whatever completion token the caller brought.
    template <typename Signature, typename Token, typename Initiation>
    auto initiate(Token&& token, Initiation initiation)
    {
        return asio::async_initiate<Token, Signature>(
            [initiation = std::move(initiation), backend = backend_.get()](auto handler) {
                initiation(*backend, asio::any_completion_handler<Signature>(std::move(handler)));
            },
            token);
    }

    std::unique_ptr<Backend> backend_;
};

/// A timer. `expires_at` and `expires_after` cancel a pending wait, as in Asio.
class timer : public handle<timer_backend> {
public:
    using handle::handle;

    void expires_at(time_point when) { backend_->expires_at(when); }
    void expires_after(duration delay) { backend_->expires_after(delay); }

    template <typename Token = asio::use_awaitable_t<>>
    auto async_wait(Token&& token = {})
    {
        return initiate<void(error_code)>(
            std::forward<Token>(token),
            [](timer_backend& backend, wait_handler handler) { backend.wait(std::move(handler)); });
    }
};

/// What the three sockets share: a deadline for waiting operations, and close.
template <typename Backend>
class socket : public handle<Backend> {
public:
    using handle<Backend>::handle;

    void expires_at(time_point when) { this->backend_->expires_at(when); }
    void expires_after(duration delay) { this->backend_->expires_after(delay); }
    void expires_never() { this->backend_->expires_at(never); }

    /// The deadline that was set last; `never` when there is none.
    time_point expiry() const { return this->backend_->expiry(); }

    /// Closes at once; pending operations are aborted. Closing twice is fine.
    void close() { this->backend_->close(); }

    auto local_endpoint() const { return this->backend_->local_endpoint(); }
};

/// A bound datagram socket. A datagram longer than the buffer is cut, as with recvfrom: offer one
/// byte more than the largest legal datagram and check (wire::receive_datagram does).
class udp_socket : public socket<udp_backend> {
public:
    using socket::socket;

    template <typename Token = asio::use_awaitable_t<>>
    auto async_receive_from(asio::mutable_buffer buffer, udp::endpoint& sender, Token&& token = {})
    {
        return initiate<void(error_code, std::size_t)>(
            std::forward<Token>(token),
            [buffer, &sender](udp_backend& backend, io_handler handler) {
                backend.receive_from(buffer, sender, std::move(handler));
            });
    }

    template <typename Token = asio::use_awaitable_t<>>
    auto async_send_to(asio::const_buffer buffer, udp::endpoint to, Token&& token = {})
    {
        return initiate<void(error_code, std::size_t)>(
            std::forward<Token>(token), [buffer, to](udp_backend& backend, io_handler handler) {
                backend.send_to(buffer, to, std::move(handler));
            });
    }
};

/// A TCP connection; meets Asio's AsyncReadStream and AsyncWriteStream, so asio::async_read,
/// async_write and async_read_until work on it.
class tcp_stream : public socket<tcp_stream_backend> {
public:
    using socket::socket;

    tcp::endpoint remote_endpoint() const { return backend_->remote_endpoint(); }

    /// Half-close: the peer reads what was written, then end of file. Never throws.
    void shutdown_send() { backend_->shutdown_send(); }

    template <typename Token = asio::use_awaitable_t<>>
    auto async_connect(tcp::endpoint peer, Token&& token = {})
    {
        return initiate<void(error_code)>(
            std::forward<Token>(token), [peer](tcp_stream_backend& backend, wait_handler handler) {
                backend.connect(peer, std::move(handler));
            });
    }

    template <typename Buffers, typename Token = asio::use_awaitable_t<>>
    auto async_read_some(const Buffers& buffers, Token&& token = {})
    {
        return initiate<void(error_code, std::size_t)>(
            std::forward<Token>(token), [buffer = first_of<asio::mutable_buffer>(buffers)](
                                            tcp_stream_backend& backend, io_handler handler) {
                backend.read_some(buffer, std::move(handler));
            });
    }

    template <typename Buffers, typename Token = asio::use_awaitable_t<>>
    auto async_write_some(const Buffers& buffers, Token&& token = {})
    {
        return initiate<void(error_code, std::size_t)>(
            std::forward<Token>(token), [buffer = first_of<asio::const_buffer>(buffers)](
                                            tcp_stream_backend& backend, io_handler handler) {
                backend.write_some(buffer, std::move(handler));
            });
    }

private:
    // The first buffer that is not empty: the "some" of read_some and write_some.
    template <typename Buffer, typename Buffers>
    static Buffer first_of(const Buffers& buffers)
    {
        for (auto it = asio::buffer_sequence_begin(buffers);
             it != asio::buffer_sequence_end(buffers); ++it)
            if (Buffer(*it).size() > 0) return Buffer(*it);
        return Buffer();
    }
};

/// A listening TCP socket.
class tcp_listener : public socket<tcp_listener_backend> {
public:
    using socket::socket;

    template <typename Token = asio::use_awaitable_t<>>
    auto async_accept(Token&& token = {})
    {
        return initiate<void(error_code, tcp_stream)>(
            std::forward<Token>(token), [](tcp_listener_backend& backend, accept_handler handler) {
                backend.accept(std::move(handler));
            });
    }
};

} // namespace badwire::net
