#include "sim/relay/refusals.hpp"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {
namespace {

constexpr std::size_t quoted_max = 2048;
// What fits into a message of 576 bytes (RFC 1812, section 4.3.2.3), beside its headers.
constexpr std::size_t quoted_always = 576 - 20 - 8 - 20 - 8;

bool is_refusal(msghdr& message)
{
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        const bool error = (part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR) ||
                           (part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (!error) continue;
        sock_extended_err said{};
        std::memcpy(&said, CMSG_DATA(part), sizeof said);
        return said.ee_errno == ECONNREFUSED;
    }
    return false;
}

std::uint16_t checksum(std::span<const std::byte> of)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + 1 < of.size(); i += 2)
        sum +=
            std::to_integer<std::uint32_t>(of[i]) << 8 | std::to_integer<std::uint32_t>(of[i + 1]);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return htons(static_cast<std::uint16_t>(~sum));
}

udphdr udp_header(in_port_t from, in_port_t to, std::size_t bytes)
{
    udphdr made{};
    made.source = from;
    made.dest = to;
    made.len = htons(static_cast<std::uint16_t>(sizeof made + bytes));
    return made;
}

template <typename Message>
void send_raw(int socket, const Message& message, const sockaddr* to, socklen_t size)
{
    // Best effort, as ICMP is.
    static_cast<void>(::sendto(socket, &message, sizeof message, MSG_DONTWAIT, to, size));
}

struct port_unreachable_v4 {
    icmphdr icmp{};
    iphdr ip{};
    udphdr udp{};
};
struct port_unreachable_v6 {
    icmp6_hdr icmp{};
    ip6_hdr ip{};
    udphdr udp{};
};

void tell_v4(int socket, sockaddr_in from, sockaddr_in to, std::size_t bytes)
{
    port_unreachable_v4 message;
    message.ip.version = 4;
    message.ip.ihl = sizeof(iphdr) / 4;
    message.ip.tot_len = htons(static_cast<std::uint16_t>(sizeof(iphdr) + sizeof(udphdr) + bytes));
    message.ip.ttl = IPDEFTTL;
    message.ip.protocol = IPPROTO_UDP;
    message.ip.saddr = from.sin_addr.s_addr;
    message.ip.daddr = to.sin_addr.s_addr;
    message.ip.check = checksum(std::as_bytes(std::span(&message.ip, 1)));
    message.udp = udp_header(from.sin_port, to.sin_port, bytes);
    message.icmp.type = ICMP_DEST_UNREACH;
    message.icmp.code = ICMP_PORT_UNREACH;
    message.icmp.checksum = checksum(std::as_bytes(std::span(&message, 1)));
    from.sin_port = 0;
    send_raw(socket, message, reinterpret_cast<const sockaddr*>(&from), sizeof from);
}

void tell_v6(int socket, sockaddr_in6 from, const sockaddr_in6& to, std::size_t bytes)
{
    port_unreachable_v6 message;
    message.ip.ip6_vfc = 6 << 4;
    message.ip.ip6_plen = htons(static_cast<std::uint16_t>(sizeof(udphdr) + bytes));
    message.ip.ip6_nxt = IPPROTO_UDP;
    message.ip.ip6_hlim = IPDEFTTL;
    message.ip.ip6_src = from.sin6_addr;
    message.ip.ip6_dst = to.sin6_addr;
    message.udp = udp_header(from.sin6_port, to.sin6_port, bytes);
    message.icmp.icmp6_type = ICMP6_DST_UNREACH;
    message.icmp.icmp6_code = ICMP6_DST_UNREACH_NOPORT; // the kernel adds the checksum
    from.sin6_port = 0;
    send_raw(socket, message, reinterpret_cast<const sockaddr*>(&from), sizeof from);
}

} // namespace

void keep_refusals(int socket)
{
    const int wanted = 1;
    // One of them fails, by the socket's family.
    ::setsockopt(socket, SOL_IP, IP_RECVERR, &wanted, sizeof wanted);
    ::setsockopt(socket, SOL_IPV6, IPV6_RECVERR, &wanted, sizeof wanted);
}

std::optional<refusal> next_refusal(int socket)
{
    for (;;) {
        refusal read{};
        std::array<std::byte, quoted_max> quoted{};
        alignas(cmsghdr) std::array<std::byte, 512> control{};
        iovec where{quoted.data(), quoted.size()};
        msghdr message{};
        message.msg_name = &read.to.raw;
        message.msg_namelen = sizeof read.to.raw;
        message.msg_iov = &where;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto length = ::recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (length < 0) return {};
        if (!is_refusal(message)) continue;
        read.to.size = message.msg_namelen;
        read.bytes = static_cast<std::size_t>(length);
        read.cut_short = read.bytes >= quoted_always;
        std::copy_n(quoted.begin(), std::min(read.bytes, read.start.size()), read.start.begin());
        return read;
    }
}

std::uint64_t dropped_by_kernel(int socket)
{
    std::array<std::uint32_t, SK_MEMINFO_VARS> said{};
    socklen_t size = sizeof said;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, said.data(), &size) != 0) return 0;
    return said[SK_MEMINFO_DROPS];
}

refusal_teller::refusal_teller()
    : v4_(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)),
      v6_(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6))
{
    // They only send: what the system receives is not for them.
    for (const int socket : {v4_, v6_})
        if (socket >= 0) drop_all(socket, true);
}

refusal_teller::~refusal_teller()
{
    for (const int socket : {v4_, v6_})
        if (socket >= 0) ::close(socket);
}

void refusal_teller::tell(const sockaddr* from, const sockaddr* to, std::size_t bytes) const
{
    if (from->sa_family == AF_INET && v4_ >= 0) {
        sockaddr_in sender{}, receiver{};
        std::memcpy(&sender, from, sizeof sender);
        std::memcpy(&receiver, to, sizeof receiver);
        tell_v4(v4_, sender, receiver, bytes);
    } else if (from->sa_family == AF_INET6 && v6_ >= 0) {
        sockaddr_in6 sender{}, receiver{};
        std::memcpy(&sender, from, sizeof sender);
        std::memcpy(&receiver, to, sizeof receiver);
        tell_v6(v6_, sender, receiver, bytes);
    }
}

} // namespace badwire::relay
