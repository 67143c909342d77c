#include "sim/guest/tcp_description.hpp"

#include <algorithm>

#include <netinet/in.h>

#include "impl/base/address.hpp"
#include "sim/guest/addresses.hpp"

namespace badwire::guest {

namespace {

// Asio's errors are the system's, but for the end of a file.
int to_errno(const net::error_code& error) { return error.value(); }

} // namespace

tcp_description::tcp_description(sim::host& of, int domain, net::metrics& requests)
    : socket_description(of, domain, SOCK_STREAM), requests_(requests)
{
}

tcp_description::tcp_description(sim::host& of, int domain, net::metrics& requests,
                                 std::unique_ptr<sim::virtual_stream> accepted)
    : socket_description(of, domain, SOCK_STREAM),
      requests_(requests),
      began_(of.in().now()),
      last_byte_(began_),
      accepted_(true),
      stream_(std::move(accepted))
{
    stream_->observe(this);
}

// A client's request is over with the last byte that came, if one has; a server's with the last that went.
void tcp_description::note_request()
{
    if (!connected() || (!accepted_ && !heard_)) return;
    const auto& client = accepted_ ? stream_->remote_endpoint() : stream_->local_endpoint();
    net::request one{to_text(client), began_, last_byte_};
    if (accepted_) requests_.add_served(std::move(one));
    else requests_.add_made(std::move(one));
}

tcp_description::~tcp_description()
{
    note_request();
    release();
    if (!stream_ || stream_->was_reset()) return;
    if (options.linger_seconds == 0) stream_->abort();
    else if (connected() && !stream_->end_has_come())
        host_.in().rest_after_close(stream_->local_endpoint());
}

short tcp_description::ready() const
{
    if (!listeners_.empty()) {
        for (const auto& one : listeners_)
            if (one->may_accept()) return POLLIN;
        return 0;
    }
    short found = error_ != 0 ? POLLERR | POLLIN | POLLOUT | POLLHUP : 0;
    if (!connected()) return static_cast<short>(connecting_ ? found : found | POLLOUT | POLLHUP);
    if (stream_->may_read() || no_more_input_) found |= POLLIN;
    if (stream_->may_write() || sends_ended_) found |= POLLOUT;
    if (stream_->end_has_come() || no_more_input_) found |= POLLRDHUP;
    if (stream_->end_has_come() && sends_ended_) found |= POLLHUP;
    if (stream_->was_reset()) found |= POLLHUP | POLLRDHUP;
    if (stream_->has_reset_to_tell()) found |= POLLERR;
    return found;
}

std::string tcp_description::awaited(short events) const
{
    if (!listeners_.empty()) return "a client at " + to_text(local());
    const std::string other = peer() ? to_text(*peer()) : peer_ ? to_text(*peer_) : "nobody";
    if (connecting_) return "the answer of " + other;
    return ((events & POLLIN) != 0 ? "bytes of " : "room to write to ") + other;
}

outcome<received> tcp_description::receive(std::size_t most, bool peek)
{
    if (error_ != 0) return {take_error()};
    if (!connected()) return {connecting_ ? EAGAIN : ENOTCONN};
    if (most == 0 && stream_->readable() > 0) return {};
    auto got = stream_->read_now(most, peek);
    if (!got.empty()) heard_ = true;
    if (!got.empty() && !accepted_) last_byte_ = host_.in().now();
    if (!got.empty()) return {0, {.bytes = std::move(got)}};
    if (stream_->ended() || no_more_input_) return {};
    if (stream_->was_reset()) return {stream_->tell_reset_once() ? ECONNRESET : 0};
    return {EAGAIN};
}

outcome<std::size_t> tcp_description::send(std::vector<std::byte> bytes,
                                           const std::optional<address>&)
{
    if (error_ != 0) return {take_error()};
    if (connecting_) return {EAGAIN};
    if (!stream_ || sends_ended_) return {EPIPE};
    if (const auto failed = stream_->why_no_write_now()) {
        const bool told = stream_->was_reset() && !stream_->tell_reset_once();
        return {told ? EPIPE : to_errno(failed)};
    }
    if (bytes.empty()) return {};
    const std::size_t length = stream_->write_now(bytes);
    if (length > 0 && accepted_) last_byte_ = host_.in().now();
    return length > 0 ? outcome<std::size_t>{0, length} : outcome<std::size_t>{EAGAIN};
}

int tcp_description::bind(const address& local)
{
    if (bound_ || stream_) return EINVAL;
    if (const int error = check_family(domain(), local)) return error;
    if (const int error = check_local(local)) return error;
    bound_ = local;
    if (local.port() == 0) bound_->port(host_.in().ephemeral().port());
    if (local.port() != 0 && taken()) {
        bound_.reset();
        return EADDRINUSE;
    }
    for (const address& one : heard_at(*bound_, options.v6_only))
        host_.in().reserve(as_tcp(one), options.reuse);
    reserved_ = true;
    return 0;
}

bool tcp_description::taken() const
{
    return std::ranges::any_of(heard_at(*bound_, options.v6_only), [this](const address& one) {
        return host_.in().conflicts(as_tcp(one), options.reuse, options.reuse_port);
    });
}

void tcp_description::release()
{
    if (!std::exchange(reserved_, false)) return;
    for (const address& one : heard_at(*bound_, options.v6_only)) host_.in().release(as_tcp(one));
}

int tcp_description::listen(int backlog)
{
    if (stream_) return EINVAL;
    // As Linux counts: one more than asked.
    const std::size_t most = static_cast<std::size_t>(std::clamp(backlog, 0, SOMAXCONN)) + 1;
    for (const auto& one : listeners_) one->limit_backlog(most);
    if (!listeners_.empty()) return 0;
    if (!bound_) bind(any_address(domain()));
    release();
    if (taken()) return EADDRINUSE;
    for (const address& one : heard_at(*bound_, options.v6_only)) {
        listeners_.push_back(
            std::make_unique<sim::virtual_listener>(host_, as_tcp(one), options.reuse_port));
        listeners_.back()->observe(this);
        listeners_.back()->limit_backlog(most);
    }
    tell_change();
    return 0;
}

outcome<std::unique_ptr<socket_description>> tcp_description::accept()
{
    if (listeners_.empty()) return {EINVAL};
    for (const auto& one : listeners_)
        if (one->may_accept())
            return {0, std::make_unique<tcp_description>(host_, domain(), requests_,
                                                         one->accept_now())};
    return {EAGAIN};
}

int tcp_description::connect(const address& to)
{
    if (!listeners_.empty()) return EISCONN;
    if (connecting_) return EALREADY;
    if (connected()) return EISCONN;
    if (to.port() == 0 && check_family(domain(), to) == 0) return ECONNREFUSED;
    const auto target = resolve_destination(domain(), to);
    if (target.error != 0) return target.error;
    peer_ = target.value;
    error_ = 0;
    stream_ = std::make_unique<sim::virtual_stream>(host_);
    // From where it is bound, else from the family's own loopback and any port that is free.
    const bool at_one = bound_ && !is_unspecified(*bound_);
    const auto port = bound_ ? bound_->port() : host_.in().ephemeral().port();
    stream_->bind({at_one ? bound_->address() : loopback(peer_->address().is_v6()), port});
    stream_->observe(this);
    connecting_ = true;
    began_ = last_byte_ = host_.in().now();
    stream_->connect(as_tcp(target.value), [self = std::weak_ptr(self_)](net::error_code failed) {
        if (const auto still = self.lock()) (*still)->connect_done(failed);
    });
    return EINPROGRESS;
}

void tcp_description::connect_done(net::error_code failed)
{
    connecting_ = false;
    if (failed) {
        error_ = to_errno(failed);
        stream_.reset();
    }
    tell_change();
}

int tcp_description::connect_result()
{
    if (connecting_) return EINPROGRESS;
    return take_error();
}

int tcp_description::shut_down(int how)
{
    if (!listeners_.empty() && how != SHUT_WR) {
        listeners_.clear();
        tell_change();
        return 0;
    }
    if (!connected() || stream_->was_reset()) return ENOTCONN;
    if (sends_ended_ && stream_->end_has_come()) return ENOTCONN; // the connection is over
    if (how != SHUT_WR) no_more_input_ = true;
    if (how != SHUT_RD) {
        sends_ended_ = true;
        stream_->shutdown_send();
    }
    tell_change();
    return 0;
}

address tcp_description::local() const
{
    if (!stream_) return bound_.value_or(any_address(domain()));
    const auto found = stream_->local_endpoint();
    if (!found.address().is_unspecified()) return as_address(found);
    return {loopback(peer_ && peer_->address().is_v6()), found.port()};
}

std::optional<address> tcp_description::peer() const
{
    if (!connected() || stream_->was_reset()) return {};
    return peer_ ? *peer_ : as_address(stream_->remote_endpoint());
}

std::size_t tcp_description::pending() const { return connected() ? stream_->readable() : 0; }

} // namespace badwire::guest
