#include "impl/real/real_sockets.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <unistd.h>

namespace badwire::net {
namespace {

class real_timer final : public timer_backend, public stoppable {
public:
    real_timer(const asio::any_io_executor& executor, stoppables& alive) : timer_(executor)
    {
        alive.push_back(*this);
    }

    asio::any_io_executor get_executor() override { return timer_.get_executor(); }
    void cancel() override { timer_.cancel(); }
    void expires_at(time_point when) override { timer_.expires_at(when); }
    void expires_after(duration delay) override { timer_.expires_after(delay); }
    void wait(wait_handler handler) override
    {
        timer_.async_wait(std::move(handler));
        if (stopped_) timer_.cancel();
    }
    void stop() override
    {
        stopped_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool stopped_ = false;
};

// What UDP sockets, streams and listeners share: close, cancel and the deadline.
template <typename Backend, typename Socket>
class real_socket : public Backend, public stoppable {
public:
    real_socket(Socket socket, stoppables& alive)
        : socket_(std::move(socket)),
          dog_(std::make_shared<watchdog>(socket_.get_executor(), [this] { cancel(); }))
    {
        alive.push_back(*this);
    }
    ~real_socket() override { dog_->detach(); }

    asio::any_io_executor get_executor() override { return socket_.get_executor(); }
    void expires_at(time_point when) override { dog_->expires_at(when); }
    void expires_after(duration delay) override { dog_->expires_at(clock::now() + delay); }
    time_point expiry() const override { return dog_->deadline(); }
    void cancel() override
    {
        error_code ignored;
        socket_.cancel(ignored);
    }
    void close() override
    {
        error_code ignored;
        socket_.close(ignored);
    }
    void stop() override { close(); }

protected:
    // The handler of an operation that the deadline applies to.
    template <typename Handler>
    auto watched(Handler&& handler)
    {
        dog_->operation_begins();
        return watched_handler<std::decay_t<Handler>>{dog_, std::forward<Handler>(handler)};
    }

    Socket socket_;
    std::shared_ptr<watchdog> dog_;
};

class real_udp final : public real_socket<udp_backend, udp::socket> {
public:
    using real_socket::real_socket;

    udp::endpoint local_endpoint() const override { return socket_.local_endpoint(); }

    void receive_from(asio::mutable_buffer buffer, udp::endpoint& sender,
                      io_handler handler) override
    {
        socket_.async_receive_from(buffer, sender, watched(std::move(handler)));
    }

    void send_to(asio::const_buffer buffer, const udp::endpoint& to, io_handler handler) override
    {
        socket_.async_send_to(buffer, to, std::move(handler));
    }
};

class real_stream final : public real_socket<tcp_stream_backend, tcp::socket> {
public:
    using real_socket::real_socket;

    tcp::endpoint local_endpoint() const override { return socket_.local_endpoint(); }
    tcp::endpoint remote_endpoint() const override { return socket_.remote_endpoint(); }

    void connect(const tcp::endpoint& peer, wait_handler handler) override
    {
        socket_.async_connect(peer, watched(std::move(handler)));
    }
    void read_some(asio::mutable_buffer buffer, io_handler handler) override
    {
        socket_.async_read_some(buffer, watched(std::move(handler)));
    }
    void write_some(asio::const_buffer buffer, io_handler handler) override
    {
        socket_.async_write_some(buffer, watched(std::move(handler)));
    }
    void shutdown_send() override
    {
        error_code ignored; // the peer may be gone already
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    tcp::socket& socket() { return socket_; }
};

class real_listener final : public real_socket<tcp_listener_backend, tcp::acceptor> {
public:
    real_listener(tcp::acceptor acceptor, stoppables& alive)
        : real_socket(std::move(acceptor), alive), alive_(alive)
    {
    }

    tcp::endpoint local_endpoint() const override { return socket_.local_endpoint(); }

    void accept(accept_handler handler) override
    {
        socket_.async_accept(watched(to_stream{&alive_, std::move(handler)}));
    }

private:
    // Turns the accepted Asio socket into a stream of the seam.
    struct to_stream {
        using executor_type = asio::associated_executor_t<accept_handler>;
        using cancellation_slot_type = asio::associated_cancellation_slot_t<accept_handler>;

        executor_type get_executor() const noexcept
        {
            return asio::get_associated_executor(handler);
        }
        cancellation_slot_type get_cancellation_slot() const noexcept
        {
            return asio::get_associated_cancellation_slot(handler);
        }
        void operator()(error_code result, tcp::socket socket)
        {
            tcp_stream stream;
            if (!result) stream = tcp_stream(make_real_stream(std::move(socket), *alive));
            std::move(handler)(result, std::move(stream));
        }

        stoppables* alive;
        accept_handler handler;
    };

    stoppables& alive_;
};

} // namespace

std::unique_ptr<timer_backend> make_real_timer(const asio::any_io_executor& executor,
                                               stoppables& alive)
{
    return std::make_unique<real_timer>(executor, alive);
}

std::unique_ptr<udp_backend> make_real_udp(udp::socket socket, stoppables& alive)
{
    return std::make_unique<real_udp>(std::move(socket), alive);
}

std::unique_ptr<tcp_stream_backend> make_real_stream(tcp::socket socket, stoppables& alive)
{
    return std::make_unique<real_stream>(std::move(socket), alive);
}

std::unique_ptr<tcp_listener_backend> make_real_listener(tcp::acceptor acceptor, stoppables& alive)
{
    return std::make_unique<real_listener>(std::move(acceptor), alive);
}

loose_connection::loose_connection(tcp_stream& stream) : protocol_(tcp::v4())
{
    auto& socket = dynamic_cast<real_stream&>(stream.implementation()).socket();
    protocol_ = socket.local_endpoint().protocol();
    descriptor_ = socket.release();
}

void loose_connection::close()
{
    if (const int open = std::exchange(descriptor_, -1); open >= 0) ::close(open);
}

tcp::socket loose_connection::give_to(asio::io_context& context)
{
    tcp::socket taken(context, protocol_, descriptor_);
    descriptor_ = -1;
    return taken;
}

} // namespace badwire::net
