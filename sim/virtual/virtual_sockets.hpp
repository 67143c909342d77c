// virtual_sockets.hpp: the backends of the virtual network: timers and datagrams; connections are
// in virtual_stream.hpp.
//
// Datagrams take no time between two sockets of the world; a virtual link between them adds what it
// is asked to. A socket bound to a multicast address is a member of that group. A UDP socket
// buffers 4 MiB and drops what does not fit, as a kernel does.
#pragma once

#include <deque>
#include <memory>
#include <span>

#include "impl/net/sockets.hpp"
#include "impl/net/stoppable.hpp"
#include "sim/virtual/operation.hpp"

namespace badwire::sim {

using net::stoppable;

class virtual_timer final : public net::timer_backend, public stoppable {
public:
    /// `wakes_program`: whether its passing lets a program go on; else only the harness waits.
    explicit virtual_timer(host& of, bool wakes_program = true);

    net::asio::any_io_executor get_executor() override { return world_executor(host_); }
    void cancel() override;
    void expires_at(net::time_point when) override;
    void expires_after(net::duration delay) override { expires_at(host_.now() + delay); }
    void wait(net::wait_handler handler) override;
    void stop() override;

private:
    void expired() { wait_.complete({}); }

    host& host_;
    net::time_point expiry_{}; // as the program's clock shows it
    bool stopped_ = false;
    operation<> wait_;
    alarm<virtual_timer, &virtual_timer::expired> alarm_;
};

/// What the sockets share: open or closed, and a deadline. `Waits` are the operations that
/// the deadline applies to.
template <typename Backend>
class virtual_socket : public Backend, public stoppable, public waiter {
public:
    explicit virtual_socket(host& of) : host_(of), world_(of.in()), deadline_alarm_(of.in(), *this)
    {
        of.alive().push_back(*this);
    }

    net::asio::any_io_executor get_executor() override { return world_executor(host_); }
    void expires_at(net::time_point when) override
    {
        deadline_ = when;
        watch();
    }
    void expires_after(net::duration delay) override { expires_at(host_.now() + delay); }
    net::time_point expiry() const override { return deadline_; }
    void stop() override { this->close(); }

protected:
    /// Completes all waiting operations with `reason`.
    virtual void end_waits(net::error_code reason) = 0;
    virtual bool waits() const = 0;

    /// Call when an operation starts to wait.
    void watch()
    {
        if (deadline_ == net::never || !waits()) deadline_alarm_.stop();
        else if (!deadline_alarm_.scheduled() || armed_for_ != deadline_) {
            armed_for_ = deadline_;
            deadline_alarm_.set(host_.world_time(deadline_));
        }
    }

    host& host_;
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
    virtual_udp(host& of, const net::udp::endpoint& local);
    ~virtual_udp() override;

    net::udp::endpoint local_endpoint() const override { return local_; }
    void receive_from(net::asio::mutable_buffer buffer, net::udp::endpoint& sender,
                      net::io_handler handler) override;
    void send_to(net::asio::const_buffer buffer, const net::udp::endpoint& to,
                 net::io_handler handler) override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;
    void arrive(const net::udp::endpoint& from, datagram contents) override;
    const host* owner() const override { return &host_; }
    void tell_waiting(std::vector<waiting>& into) const override;

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

} // namespace badwire::sim
