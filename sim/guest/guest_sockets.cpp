// Guests' sockets: making, naming and connecting them, and their options.
#include <cerrno>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/syscall.h>

#include "sim/guest/addresses.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/interfaces.hpp"
#include "sim/guest/tcp_description.hpp"
#include "sim/guest/udp_description.hpp"

namespace badwire::guest {
namespace {

bool wants(int type, int flag) { return (type & flag) != 0; }

} // namespace

answer guest::do_socket(thread& by)
{
    const int domain = integer(by, 0);
    const int type = integer(by, 1);
    if (domain == AF_UNIX) return reply::allow();
    if (domain == AF_NETLINK && integer(by, 2) == NETLINK_ROUTE)
        return new_descriptor(std::make_shared<netlink_description>(host_),
                              wants(type, SOCK_CLOEXEC), wants(type, SOCK_NONBLOCK));
    if (domain != AF_INET && domain != AF_INET6) return reply::failed(EAFNOSUPPORT);
    constexpr int mask = 0xf;
    constexpr int most = 10; // SOCK_PACKET
    if (const int flags = type & ~mask; (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0)
        return reply::failed(EINVAL);
    if ((type & mask) > most) return reply::failed(EINVAL);
    std::shared_ptr<description> made;
    switch (type & mask) {
    case SOCK_STREAM: made = std::make_shared<tcp_description>(host_, domain, requests_); break;
    case SOCK_DGRAM: made = std::make_shared<udp_description>(host_, domain); break;
    case SOCK_RAW: return reply::failed(EPERM);
    default: return reply::failed(ESOCKTNOSUPPORT);
    }
    return new_descriptor(std::move(made), wants(type, SOCK_CLOEXEC), wants(type, SOCK_NONBLOCK));
}

answer guest::do_bind(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const auto local =
        read_address(by.of->its, by.call.with[1], static_cast<std::uint32_t>(by.call.with[2]));
    if (socket->domain() == AF_NETLINK) return reply::of(0);
    if (local.error != 0 || !local.value) return reply::failed(local.error ? local.error : EINVAL);
    return reply::of_errno(socket->bind(*local.value));
}

answer guest::do_connect(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const auto to =
        read_address(by.of->its, by.call.with[1], static_cast<std::uint32_t>(by.call.with[2]));
    if (to.error != 0) return reply::failed(to.error);
    const int begun = to.value ? socket->connect(*to.value) : socket->disconnect();
    const bool waits = begun == EINPROGRESS || (begun == EALREADY && by.interrupted);
    if (!waits || socket->never_blocks) return reply::of_errno(begun);
    return wait_at(by, socket, POLLOUT, socket->options.send_timeout,
                   [socket](bool timed_out) -> answer {
                       const int result = socket->connect_result();
                       if (result != EINPROGRESS || timed_out) return reply::of_errno(result);
                       return {};
                   });
}

answer guest::do_listen(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    return reply::of_errno(socket->listen(integer(by, 1)));
}

answer guest::do_accept(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return allow_socket_call(by, integer(by, 0), POLLIN, false);
    const int flags = by.call.number == SYS_accept4 ? integer(by, 3) : 0;
    const auto attempt = [this, &by, socket, flags, with = by.call.with](bool timed_out) -> answer {
        auto next = socket->accept();
        if (next.error == EAGAIN && !timed_out && !socket->never_blocks) return {};
        if (next.error != 0) return reply::failed(next.error);
        if (with[1] != 0)
            put_sized(by.of->its, with[1], with[2],
                      pack_address(*next.value->peer(), socket->domain()), true);
        return new_descriptor(std::move(next.value), wants(flags, SOCK_CLOEXEC),
                              wants(flags, SOCK_NONBLOCK));
    };
    return wait_at(by, socket, POLLIN, socket->options.receive_timeout, attempt);
}

answer guest::do_shutdown(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const int how = integer(by, 1);
    if (how < SHUT_RD || how > SHUT_RDWR) return reply::failed(EINVAL);
    return reply::of_errno(socket->shut_down(how));
}

// getsockname and getpeername
answer guest::do_name(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const std::optional<address> name =
        by.call.number == SYS_getsockname ? socket->local() : socket->peer();
    if (!name) return reply::failed(ENOTCONN);
    put_sized(by.of->its, by.call.with[1], by.call.with[2], pack_address(*name, socket->domain()),
              true);
    return reply::of(0);
}

answer guest::do_getsockopt(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const int level = integer(by, 1);
    const int name = integer(by, 2);
    const auto tell = [&](std::span<const std::byte> value) {
        put_sized(by.of->its, by.call.with[3], by.call.with[4], value, false);
        return reply::of(0);
    };
    const auto tell_number = [&](int value) { return tell(std::as_bytes(std::span(&value, 1))); };
    if (level == SOL_SOCKET) {
        switch (name) {
        case SO_ERROR: return tell_number(socket->take_error());
        case SO_TYPE: return tell_number(socket->type());
        case SO_DOMAIN: return tell_number(socket->domain());
        case SO_PROTOCOL:
            return tell_number(socket->type() == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
        case SO_ACCEPTCONN: return tell_number(socket->listens() ? 1 : 0);
        default: break;
        }
    }
    const auto value = socket->options.get(level, name);
    return value ? tell(*value) : reply::failed(ENOPROTOOPT);
}

answer guest::do_setsockopt(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::allow();
    const int level = integer(by, 1);
    const int name = integer(by, 2);
    constexpr std::uint64_t longest = 512;
    if (by.call.with[4] > longest) return reply::failed(EINVAL);
    std::vector<std::byte> value(by.call.with[4]);
    by.of->its.read(by.call.with[3], value);
    if (const auto asked = parse_membership(level, name, value))
        return reply::of_errno(asked->joins ? socket->join(asked->what)
                                            : socket->leave(asked->what));
    return reply::of_errno(socket->options.set(level, name, value));
}

} // namespace badwire::guest
