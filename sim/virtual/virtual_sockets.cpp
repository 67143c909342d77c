#include "sim/virtual/virtual_sockets.hpp"

#include <algorithm>
#include <cstring>

#include "impl/base/address.hpp"

namespace badwire::sim {

using net::error_code;
namespace error = net::asio::error;

namespace {

constexpr std::size_t udp_buffer_bytes = 4 << 20;
constexpr std::size_t largest_datagram_bytes = 65507; // IPv4: 65535 - 20 - 8

const std::byte* bytes_of(net::asio::const_buffer buffer)
{
    return static_cast<const std::byte*>(buffer.data());
}

} // namespace

// ---- timer

virtual_timer::virtual_timer(host& of, bool wakes_program)
    : host_(of), wait_(of), alarm_(of.in(), *this)
{
    if (!wakes_program) alarm_.wakes_nobody();
    of.alive().push_back(*this);
}

void virtual_timer::cancel()
{
    alarm_.stop();
    wait_.abort();
}

void virtual_timer::expires_at(net::time_point when)
{
    cancel();
    expiry_ = when;
}

void virtual_timer::wait(net::wait_handler handler)
{
    wait_.begin(std::move(handler));
    if (stopped_) wait_.abort();
    else if (expiry_ != net::never) alarm_.set(host_.world_time(expiry_));
}

void virtual_timer::stop()
{
    stopped_ = true;
    cancel();
}

// ---- UDP

virtual_udp::virtual_udp(host& of, const net::udp::endpoint& local)
    : virtual_socket(of), local_(of.in().open(*this, local)), receive_(of), send_(of)
{
}

virtual_udp::~virtual_udp() { close(); }

void virtual_udp::close()
{
    if (!std::exchange(open_, false)) return;
    world_.close(*this, local_);
    end_waits(error::operation_aborted);
}

void virtual_udp::end_waits(error_code reason)
{
    if (receive_.waiting()) receive_.finish(reason);
}

void virtual_udp::tell_waiting(std::vector<waiting>& into) const
{
    if (receive_.waiting()) into.push_back({"a datagram at " + to_text(local_), receive_.since()});
}

std::size_t virtual_udp::take(const received& next)
{
    *sender_ = next.from;
    return net::asio::buffer_copy(buffer_, net::asio::buffer(next.contents));
}

void virtual_udp::receive_from(net::asio::mutable_buffer buffer, net::udp::endpoint& sender,
                               net::io_handler handler)
{
    buffer_ = buffer;
    sender_ = &sender;
    receive_.begin(std::move(handler));
    if (!open_) return receive_.finish(error::bad_descriptor);
    if (queue_.empty()) return watch();
    const std::size_t length = take(queue_.front());
    queued_bytes_ -= queue_.front().contents.size();
    queue_.pop_front();
    receive_.finish({}, length);
}

void virtual_udp::send_to(net::asio::const_buffer buffer, const net::udp::endpoint& to,
                          net::io_handler handler)
{
    send_.begin(std::move(handler));
    if (!open_) return send_.finish(error::bad_descriptor);
    if (buffer.size() > largest_datagram_bytes) return send_.finish(error::message_size);
    // What a socket bound to all addresses sends leaves from the only address that there is.
    auto from = local_;
    if (from.address().is_unspecified())
        from.address(from.protocol() == net::udp::v4()
                         ? net::asio::ip::address(net::asio::ip::address_v4::loopback())
                         : net::asio::ip::address_v6::loopback());
    world_.send(host_, from, to, datagram(bytes_of(buffer), bytes_of(buffer) + buffer.size()));
    send_.finish({}, buffer.size());
}

void virtual_udp::arrive(const net::udp::endpoint& from, datagram contents)
{
    if (receive_.waiting()) {
        const received next{from, std::move(contents)};
        return receive_.complete({}, take(next));
    }
    if (queued_bytes_ + contents.size() > udp_buffer_bytes) return;
    queued_bytes_ += contents.size();
    queue_.push_back({from, std::move(contents)});
}

} // namespace badwire::sim
