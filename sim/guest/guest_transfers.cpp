// What guests send and receive through sockets.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sim/guest/addresses.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/times.hpp"
#include "sim/guest/traffic_class.hpp"

namespace badwire::guest {

namespace {

constexpr std::size_t most_at_once = 256 << 10;

void tell_sender(const memory& into, std::uint64_t name, std::uint64_t size_at,
                 const std::optional<address>& from, int domain)
{
    if (name == 0 || size_at == 0) return;
    const auto packed = from ? pack_address(*from, domain) : std::vector<std::byte>();
    put_sized(into, name, size_at, packed, true);
}

// Where a struct msghdr of the program wants what is received.
std::pair<buffers, message> message_at(const memory& its, std::uint64_t at)
{
    const auto header = its.get<msghdr>(at);
    return {
        buffers::listed(its, reinterpret_cast<std::uint64_t>(header.msg_iov), header.msg_iovlen),
        {.name = reinterpret_cast<std::uint64_t>(header.msg_name),
         .size_at = at + offsetof(msghdr, msg_namelen),
         .header = at,
         .control = reinterpret_cast<std::uint64_t>(header.msg_control),
         .control_room = header.msg_control == nullptr ? 0 : header.msg_controllen}};
}

template <typename Value>
void add_control(std::vector<std::byte>& to, int level, int type, const Value& value)
{
    const std::size_t begin = to.size();
    to.resize(begin + CMSG_SPACE(sizeof value));
    const cmsghdr head{CMSG_LEN(sizeof value), level, type};
    std::memcpy(to.data() + begin, &head, sizeof head);
    std::memcpy(to.data() + begin + CMSG_LEN(0), &value, sizeof value);
}

// What a socket wants to be told besides the contents of a datagram; `calendar`: what its program's
// calendar shows when the world begins.
std::vector<std::byte> told_beside(const socket_description& socket, const received& got,
                                   net::duration calendar)
{
    const socket_options& wants = socket.options;
    const auto when = calendar + got.when.time_since_epoch();
    const bool v6 = socket.domain() == AF_INET6;
    const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    constexpr int loopback_index = 1, hops = 64;
    std::vector<std::byte> told;
    if (wants.tells_time) add_control(told, SOL_SOCKET, SCM_TIMESTAMP, timeval_of(when));
    if (wants.tells_exact_time) add_control(told, SOL_SOCKET, SCM_TIMESTAMPNS, timespec_of(when));
    if (wants.tells_destination && v6) {
        in6_pktinfo about{};
        about.ipi6_addr = as_v6(got.to);
        about.ipi6_ifindex = loopback_index;
        add_control(told, level, IPV6_PKTINFO, about);
    } else if (wants.tells_destination) {
        in_pktinfo about{};
        about.ipi_ifindex = loopback_index;
        about.ipi_addr.s_addr = htonl(got.to.address().to_v4().to_uint());
        about.ipi_spec_dst = about.ipi_addr;
        if (got.to.address().is_multicast()) about.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK);
        add_control(told, level, IP_PKTINFO, about);
    }
    const bool to_group = got.to.address().is_multicast();
    if (wants.tells_hops)
        add_control(told, level, v6 ? IPV6_HOPLIMIT : IP_TTL, to_group ? 1 : hops);
    if (wants.tells_service && v6) add_control(told, level, IPV6_TCLASS, int{got.traffic_class});
    if (wants.tells_service && !v6) add_control(told, level, IP_TOS, got.traffic_class);
    return told;
}

// Ancillary data of a message that is sent. What a datagram is not addressed by goes where its
// socket is connected to.
asked_class class_asked(const memory& its, const msghdr& header, const parsed_address& to,
                        const socket_description& socket)
{
    constexpr std::size_t most = 4096;
    if (header.msg_control == nullptr || header.msg_controllen == 0) return {};
    std::vector<std::byte> control(std::min<std::size_t>(header.msg_controllen, most));
    its.read(reinterpret_cast<std::uint64_t>(header.msg_control), control);
    const auto target = to.value ? to.value : socket.peer();
    return parse_control(control, target && target->address().is_v6());
}

// Where a datagram is to go, if its call says.
parsed_address receiver_at(const memory& its, std::uint64_t at, std::uint64_t length)
{
    if (at == 0 || length == 0) return {};
    return read_address(its, at, length);
}

} // namespace

// ---- in

// What receives one message, or bytes of a stream, if it need not wait for them, or must not any more.
std::function<answer(bool no_longer)>
guest::reception(const thread& by, const std::shared_ptr<socket_description>& at, buffers into,
                 int flags, const message& to)
{
    const bool stream = at->type() == SOCK_STREAM;
    const bool at_once = at->never_blocks || (flags & MSG_DONTWAIT) != 0;
    const bool all = stream && (flags & MSG_WAITALL) != 0 && !at_once;
    const std::size_t size = into.size();
    const net::duration calendar = options_.date.time_since_epoch();
    return [=, its = by.of->its, into = std::move(into),
            done = std::size_t{0}](bool no_longer) mutable -> answer {
        const auto finish = [&](std::size_t told, int message_flags,
                                const std::vector<std::byte>& beside = {}) {
            if (to.header != 0) {
                const bool fits = beside.size() <= to.control_room;
                if (fits) its.write(to.control, beside);
                its.put(to.header + offsetof(msghdr, msg_flags),
                        message_flags | (fits ? 0 : MSG_CTRUNC));
                its.put(to.header + offsetof(msghdr, msg_controllen),
                        std::uint64_t{fits ? beside.size() : 0});
            }
            return reply::of(static_cast<std::int64_t>(told));
        };
        for (;;) {
            const auto got = at->receive(size - done, (flags & MSG_PEEK) != 0);
            if (got.error == EAGAIN && !no_longer && !at_once) return {};
            if (got.error != 0) return done > 0 ? finish(done, 0) : reply::failed(got.error);
            into.scatter(done, got.value.bytes);
            done += got.value.bytes.size();
            if (!stream) {
                tell_sender(its, to.name, to.size_at, got.value.from, at->domain());
                const bool cut = got.value.whole > done;
                return finish((flags & MSG_TRUNC) != 0 ? got.value.whole : done,
                              cut ? MSG_TRUNC : 0, told_beside(*at, got.value, calendar));
            }
            if (!all || done == size || got.value.bytes.empty() || (flags & MSG_PEEK) != 0) {
                tell_sender(its, to.name, to.size_at, {}, at->domain());
                return finish(done, 0);
            }
        }
    };
}

answer guest::transfer_in(thread& by, int descriptor, buffers into, int flags, const message& about)
{
    const auto socket = socket_of(by, descriptor);
    if (!socket) return reply::failed(look_up(by, descriptor).ours ? EINVAL : ENOTSOCK);
    return wait_at(by, socket, POLLIN, socket->options.receive_timeout,
                   reception(by, socket, std::move(into), flags, about));
}

// recvfrom and recvmsg
answer guest::do_receive(thread& by)
{
    const auto& with = by.call.with;
    const bool whole_message = by.call.number == SYS_recvmsg;
    const int flags = integer(by, whole_message ? 2 : 3);
    if ((flags & MSG_OOB) != 0) return reply::failed(EINVAL);      // no byte is urgent here
    if ((flags & MSG_ERRQUEUE) != 0) return reply::failed(EAGAIN); // nor is an error kept
    if (!look_up(by, integer(by, 0)).ours)
        return allow_socket_call(by, integer(by, 0), POLLIN, (flags & MSG_DONTWAIT) != 0);
    if (!whole_message)
        return transfer_in(by, integer(by, 0), {by.of->its, {{with[1], with[2]}}}, flags,
                           {.name = with[4], .size_at = with[5]});
    auto [into, about] = message_at(by.of->its, with[1]);
    return transfer_in(by, integer(by, 0), std::move(into), flags, about);
}

// recvmmsg: so many messages; with MSG_WAITFORONE only the first is waited for. It asks for its
// time only when a message has come, as the kernel does.
answer guest::do_receive_many(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::failed(ENOSYS);
    const int flags = integer(by, 3);
    constexpr std::uint64_t most = 1024;
    std::vector<std::function<answer(bool)>> each;
    for (std::uint64_t i = 0; i < std::min(with[2], most); ++i) {
        auto [into, about] = message_at(its, with[1] + i * sizeof(mmsghdr));
        each.push_back(reception(by, socket, std::move(into), flags, about));
    }
    const auto until =
        with[4] == 0 ? net::never : world_.now() + duration_of(its.get<timespec>(with[4]));
    const auto attempt = [=, this, its = by.of->its, at = with[1], count = std::uint64_t{0},
                          each = std::move(each)](bool timed_out) mutable -> answer {
        const bool for_one = (flags & MSG_WAITFORONE) != 0;
        while (count < each.size()) {
            answer one = each[count](timed_out || (for_one && count > 0));
            if (!one) return {};
            if (one->what != reply::kind::value && count == 0) return one;
            if (one->what != reply::kind::value) break;
            its.put(at + count * sizeof(mmsghdr) + offsetof(mmsghdr, msg_len),
                    static_cast<std::uint32_t>(one->value));
            ++count;
            if (world_.now() >= until) break;
        }
        return reply::of(static_cast<std::int64_t>(count));
    };
    return wait_at(by, socket, POLLIN, socket->options.receive_timeout, attempt);
}

// ---- out

answer guest::broken_pipe(thread& by, int flags)
{
    if ((flags & MSG_NOSIGNAL) == 0) syscall(SYS_tgkill, by.of->id, by.id, SIGPIPE);
    return reply::failed(EPIPE);
}

answer guest::transfer_out(thread& by, int descriptor, const buffers& from, int flags,
                           const std::optional<address>& to,
                           std::optional<std::uint8_t> traffic_class)
{
    const auto socket = socket_of(by, descriptor);
    if (!socket) return reply::failed(look_up(by, descriptor).ours ? EINVAL : ENOTSOCK);
    const bool at_once = socket->never_blocks || (flags & MSG_DONTWAIT) != 0;
    const std::size_t size = from.size();
    const bool stream = socket->type() == SOCK_STREAM;
    const auto attempt = [=, this, &by, done = std::size_t{0}](bool timed_out) mutable -> answer {
        for (;;) {
            auto sent = socket->send_as(traffic_class,
                                        from.gather(done, stream ? most_at_once : SIZE_MAX), to);
            if (sent.error == EAGAIN && !timed_out && !at_once) return {};
            if (sent.error != 0 && done > 0) break;
            if (sent.error == EPIPE) return broken_pipe(by, flags);
            if (sent.error != 0) return reply::failed(sent.error);
            done += sent.value;
            if (done >= size) break;
        }
        return reply::of(static_cast<std::int64_t>(done));
    };
    return wait_at(by, socket, POLLOUT, socket->options.send_timeout, attempt);
}

// sendto and sendmsg
answer guest::do_send(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    const bool whole_message = by.call.number == SYS_sendmsg;
    const int flags = integer(by, whole_message ? 2 : 3);
    if ((flags & MSG_OOB) != 0) return reply::failed(EOPNOTSUPP);
    if (!look_up(by, integer(by, 0)).ours)
        return allow_socket_call(by, integer(by, 0), POLLOUT, (flags & MSG_DONTWAIT) != 0);
    const auto header = whole_message ? its.get<msghdr>(with[1]) : msghdr{};
    const auto to =
        whole_message
            ? receiver_at(its, reinterpret_cast<std::uint64_t>(header.msg_name), header.msg_namelen)
            : receiver_at(its, with[4], with[5]);
    if (to.error != 0) return reply::failed(to.error);
    const auto socket = socket_of(by, integer(by, 0));
    const auto service = socket ? class_asked(its, header, to, *socket) : asked_class{};
    if (service.error != 0) return reply::failed(service.error);
    return transfer_out(by, integer(by, 0),
                        whole_message
                            ? buffers::listed(its, reinterpret_cast<std::uint64_t>(header.msg_iov),
                                              header.msg_iovlen)
                            : buffers(its, {{with[1], with[2]}}),
                        flags, to.value, service.value);
}

// sendmmsg: as many as go without waiting, and of a stream one.
answer guest::do_send_many(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    const auto socket = socket_of(by, integer(by, 0));
    if (!socket) return reply::failed(ENOSYS);
    std::uint64_t count = 0;
    for (; count < with[2]; ++count) {
        const std::uint64_t at = with[1] + count * sizeof(mmsghdr);
        const auto header = its.get<mmsghdr>(at).msg_hdr;
        const auto to =
            receiver_at(its, reinterpret_cast<std::uint64_t>(header.msg_name), header.msg_namelen);
        const auto from = buffers::listed(its, reinterpret_cast<std::uint64_t>(header.msg_iov),
                                          header.msg_iovlen);
        const auto service = class_asked(its, header, to, *socket);
        const int error = to.error != 0 ? to.error : service.error;
        const auto sent = error != 0
                              ? outcome<std::size_t>{error}
                              : socket->send_as(service.value, from.gather(0, SIZE_MAX), to.value);
        if (sent.error != 0 && count == 0) return reply::failed(sent.error);
        if (sent.error != 0) break;
        its.put(at + offsetof(mmsghdr, msg_len), static_cast<std::uint32_t>(sent.value));
    }
    return reply::of(static_cast<std::int64_t>(count));
}

} // namespace badwire::guest
