// virtual_sockets.hpp: the backends of the virtual network.
//
// Datagrams and bytes take no time between two sockets of the world; a virtual link in between adds
// what it was asked to. A UDP socket buffers 4 MiB and drops what does not fit, as a kernel does.
// A TCP stream is reliable and in order, with a window of 256 KiB a direction; its reader frees the
// window at once. Closing sends an end of file, never a reset.
#pragma once

#include <deque>
#include <memory>
#include <span>

#include <boost/intrusive/list.hpp>

#include "impl/net/sockets.hpp"
#include "sim/virtual/operation.hpp"

namespace badwire::sim {

/// What a virtual network must reach to stop its program. Unlinks itself.
struct stoppable
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    virtual void stop() = 0;

protected:
    ~stoppable() = default;
};
using stoppables = boost::intrusive::list<stoppable, boost::intrusive::constant_time_size<false>>;

class virtual_timer final : public net::timer_backend, public stoppable {
public:
    virtual_timer(world& in, stoppables& alive);

    net::asio::any_io_executor get_executor() override { return world_.get_executor(); }
    void cancel() override;
    void expires_at(net::time_point when) override;
    void expires_after(net::duration delay) override { expires_at(world_.now() + delay); }
    void wait(net::wait_handler handler) override;
    void stop() override;

private:
    void expired() { wait_.complete({}); }

    world& world_;
    net::time_point expiry_{};
    bool stopped_ = false;
    operation<> wait_;
    alarm<virtual_timer, &virtual_timer::expired> alarm_;
};

/// What the three sockets share: open or closed, and a deadline. `Waits` are the operations that
/// the deadline applies to.
template <typename Backend>
class virtual_socket : public Backend, public stoppable {
public:
    virtual_socket(world& in, stoppables& alive) : world_(in), deadline_alarm_(in, *this)
    {
        alive.push_back(*this);
    }

    net::asio::any_io_executor get_executor() override { return world_.get_executor(); }
    void expires_at(net::time_point when) override
    {
        deadline_ = when;
        watch();
    }
    void expires_after(net::duration delay) override { expires_at(world_.now() + delay); }
    void stop() override { this->close(); }

protected:
    /// Completes what waits with `reason`.
    virtual void end_waits(net::error_code reason) = 0;
    virtual bool waits() const = 0;

    /// Call when an operation starts to wait.
    void watch()
    {
        if (deadline_ == net::never || !waits()) deadline_alarm_.stop();
        else if (!deadline_alarm_.scheduled() || armed_for_ != deadline_) {
            armed_for_ = deadline_;
            deadline_alarm_.set(deadline_);
        }
    }

    world& world_;

private:
    void deadline_passed()
    {
        if (waits()) end_waits(net::asio::error::timed_out);
    }

    net::time_point deadline_ = net::never;
    net::time_point armed_for_{};
    alarm<virtual_socket, &virtual_socket::deadline_passed> deadline_alarm_;
};

class virtual_udp final : public virtual_socket<net::udp_backend>, public datagram_port {
public:
    virtual_udp(world& in, stoppables& alive, const net::udp::endpoint& local);
    ~virtual_udp() override;

    net::udp::endpoint local_endpoint() const override { return local_; }
    void receive_from(net::asio::mutable_buffer buffer, net::udp::endpoint& sender,
                      net::io_handler handler) override;
    void send_to(net::asio::const_buffer buffer, const net::udp::endpoint& to,
                 net::io_handler handler) override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;
    void arrive(const net::udp::endpoint& from, datagram contents) override;

private:
    struct received {
        net::udp::endpoint from;
        datagram contents;
    };

    void end_waits(net::error_code reason) override;
    bool waits() const override { return receive_.waiting(); }
    std::size_t take(const received& next);

    net::udp::endpoint local_;
    bool open_ = true;
    std::deque<received> queue_;
    std::size_t queued_bytes_ = 0;
    net::asio::mutable_buffer buffer_;
    net::udp::endpoint* sender_ = nullptr;
    operation<std::size_t> receive_;
    operation<std::size_t> send_;
};

/// How long bytes take on their way; decided anew for every piece that is written.
using path_delay = std::function<net::duration(std::span<const std::byte>)>;

/// One direction of a connection. Shared by its writer and its reader, either of which may go
/// first.
struct byte_pipe {
    path_delay delay; // empty: none
    std::deque<std::byte> arrived;
    std::size_t in_flight = 0;      // written, not arrived
    net::time_point last_arrival{}; // pieces stay in order
    bool end_sent = false;
    bool end_arrived = false;
    bool reader_gone = false;
    virtual_stream* writer = nullptr;
    virtual_stream* reader = nullptr;
};

class virtual_stream final : public virtual_socket<net::tcp_stream_backend> {
public:
    virtual_stream(world& in, stoppables& alive);
    ~virtual_stream() override;

    net::tcp::endpoint local_endpoint() const override { return local_; }
    net::tcp::endpoint remote_endpoint() const override;
    void connect(const net::tcp::endpoint& peer, net::wait_handler handler) override;
    void read_some(net::asio::mutable_buffer buffer, net::io_handler handler) override;
    void write_some(net::asio::const_buffer buffer, net::io_handler handler) override;
    void shutdown_send() override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;

    /// Connects this stream, inside connect(), to whoever listens at `target` when the request
    /// arrives there; `up` and `down` say how long bytes take each way.
    void connect_through(const net::tcp::endpoint& target, path_delay up, path_delay down);

private:
    void end_waits(net::error_code reason) override;
    bool waits() const override
    {
        return connect_.waiting() || read_.waiting() || write_.waiting();
    }
    void establish(const net::tcp::endpoint& local, const net::tcp::endpoint& remote,
                   std::shared_ptr<byte_pipe> incoming, std::shared_ptr<byte_pipe> outgoing);
    std::size_t take_arrived();
    std::size_t put(net::asio::const_buffer buffer);
    void carry(std::vector<std::byte> piece, bool end);
    static void arrived(const std::shared_ptr<byte_pipe>& pipe, std::span<const std::byte> piece,
                        bool end);

    bool open_ = true;
    net::tcp::endpoint local_;
    net::tcp::endpoint remote_;
    std::shared_ptr<byte_pipe> incoming_;
    std::shared_ptr<byte_pipe> outgoing_;
    net::asio::mutable_buffer read_buffer_;
    net::asio::const_buffer write_buffer_;
    operation<> connect_;
    operation<std::size_t> read_;
    operation<std::size_t> write_;
    std::shared_ptr<virtual_stream*> self_ =
        std::make_shared<virtual_stream*>(this); // ends with it
};

class virtual_listener final : public virtual_socket<net::tcp_listener_backend>,
                               public stream_port {
public:
    virtual_listener(world& in, stoppables& alive, const net::tcp::endpoint& local);
    ~virtual_listener() override;

    net::tcp::endpoint local_endpoint() const override { return local_; }
    void accept(net::accept_handler handler) override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;

    void request(virtual_stream& client) override { client.connect_through(local_, {}, {}); }

    stoppables& alive() { return alive_; }
    void incoming(std::unique_ptr<virtual_stream> client);

private:
    void end_waits(net::error_code reason) override;
    bool waits() const override { return accept_.waiting(); }

    stoppables& alive_;
    net::tcp::endpoint local_;
    bool open_ = true;
    std::deque<std::unique_ptr<virtual_stream>> backlog_;
    operation<net::tcp_stream> accept_;
};

} // namespace badwire::sim
