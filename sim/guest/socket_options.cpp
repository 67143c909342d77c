#include "sim/guest/socket_options.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "sim/guest/times.hpp"
#include "sim/guest/traffic_class.hpp"

namespace badwire::guest {
namespace {

// What options are that nobody has set.
struct preset {
    int level, name, value;
};
constexpr std::array presets{preset{SOL_SOCKET, SO_RCVBUF, 212'992},
                             preset{SOL_SOCKET, SO_SNDBUF, 212'992},
                             preset{SOL_SOCKET, SO_REUSEADDR, 0},
                             preset{SOL_SOCKET, SO_REUSEPORT, 0},
                             preset{SOL_SOCKET, SO_BROADCAST, 0},
                             preset{SOL_SOCKET, SO_KEEPALIVE, 0},
                             preset{SOL_SOCKET, SO_OOBINLINE, 0},
                             preset{SOL_SOCKET, SO_DONTROUTE, 0},
                             preset{SOL_SOCKET, SO_RCVLOWAT, 1},
                             preset{SOL_SOCKET, SO_SNDLOWAT, 1},
                             preset{IPPROTO_IP, IP_TTL, 64},
                             preset{IPPROTO_IP, IP_TOS, 0},
                             preset{IPPROTO_IP, IP_MULTICAST_TTL, 1},
                             preset{IPPROTO_IP, IP_MULTICAST_LOOP, 1},
                             preset{IPPROTO_IP, IP_MULTICAST_IF, 0},
                             preset{IPPROTO_IPV6, IPV6_MULTICAST_IF, 0},
                             preset{IPPROTO_IPV6, IPV6_TCLASS, 0},
                             preset{IPPROTO_IP, IP_MULTICAST_ALL, 1},
                             preset{IPPROTO_IPV6, IPV6_V6ONLY, 0},
                             preset{IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64},
                             preset{IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1},
                             preset{IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1},
                             preset{IPPROTO_TCP, TCP_NODELAY, 0},
                             preset{IPPROTO_TCP, TCP_MAXSEG, 536},
                             preset{IPPROTO_TCP, TCP_CORK, 0},
                             preset{IPPROTO_TCP, TCP_QUICKACK, 1},
                             preset{SOL_SOCKET, SO_PRIORITY, 0},
                             preset{SOL_SOCKET, SO_MARK, 0},
                             preset{SOL_SOCKET, SO_TIMESTAMP, 0},
                             preset{SOL_SOCKET, SO_TIMESTAMPNS, 0},
                             preset{SOL_SOCKET, SO_INCOMING_CPU, 0},
                             preset{SOL_SOCKET, SO_BUSY_POLL, 0},
                             preset{SOL_SOCKET, SO_RXQ_OVFL, 0},
                             preset{IPPROTO_IP, IP_PKTINFO, 0},
                             preset{IPPROTO_IP, IP_RECVTTL, 0},
                             preset{IPPROTO_IP, IP_RECVTOS, 0},
                             preset{IPPROTO_IP, IP_RECVERR, 0},
                             preset{IPPROTO_IP, IP_FREEBIND, 0},
                             preset{IPPROTO_IP, IP_TRANSPARENT, 0},
                             preset{IPPROTO_IP, IP_HDRINCL, 0},
                             preset{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT},
                             preset{IPPROTO_IP, IP_MTU, 65536},
                             preset{IPPROTO_IPV6, IPV6_RECVPKTINFO, 0},
                             preset{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 0},
                             preset{IPPROTO_IPV6, IPV6_RECVTCLASS, 0},
                             preset{IPPROTO_IPV6, IPV6_RECVERR, 0},
                             preset{IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT},
                             preset{IPPROTO_IPV6, IPV6_MTU, 65536},
                             preset{IPPROTO_TCP, TCP_KEEPIDLE, 7200},
                             preset{IPPROTO_TCP, TCP_KEEPINTVL, 75},
                             preset{IPPROTO_TCP, TCP_KEEPCNT, 9},
                             preset{IPPROTO_TCP, TCP_SYNCNT, 6},
                             preset{IPPROTO_TCP, TCP_LINGER2, 60},
                             preset{IPPROTO_TCP, TCP_DEFER_ACCEPT, 0},
                             preset{IPPROTO_TCP, TCP_WINDOW_CLAMP, 0},
                             preset{IPPROTO_TCP, TCP_USER_TIMEOUT, 0},
                             preset{IPPROTO_TCP, TCP_FASTOPEN, 0}};

template <typename Value>
std::optional<Value> read_as(std::span<const std::byte> bytes)
{
    Value value{};
    if (bytes.size() < sizeof value) return {};
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

template <typename Value>
std::vector<std::byte> bytes_of(const Value& value)
{
    const auto bytes = std::as_bytes(std::span(&value, 1));
    return {bytes.begin(), bytes.end()};
}

// What is mapped from IPv4 is IPv4.
address plain(const in6_addr& of, std::uint16_t port)
{
    net::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &of, bytes.size());
    const net::asio::ip::address_v6 found(bytes);
    if (found.is_v4_mapped())
        return {net::asio::ip::make_address_v4(net::asio::ip::v4_mapped, found), port};
    return {found, port};
}

net::asio::ip::address_v4 plain(const in_addr& of)
{
    return net::asio::ip::address_v4(ntohl(of.s_addr));
}

std::optional<std::chrono::nanoseconds> timeout_of(const timeval& given)
{
    const auto time = duration_of(given);
    if (time.count() == 0) return {}; // for ever
    return time;
}

timeval timeval_of_timeout(const std::optional<std::chrono::nanoseconds>& time)
{
    return timeval_of(time.value_or(std::chrono::nanoseconds(0)));
}

} // namespace

parsed_address parse_address(std::span<const std::byte> bytes)
{
    const auto family = read_as<sa_family_t>(bytes);
    if (!family) return {EINVAL};
    if (*family == AF_UNSPEC || *family == AF_NETLINK) return {};
    if (*family == AF_INET) {
        const auto found = read_as<sockaddr_in>(bytes);
        if (!found) return {EINVAL};
        return {0, address(plain(found->sin_addr), ntohs(found->sin_port))};
    }
    if (*family != AF_INET6) return {EAFNOSUPPORT};
    constexpr std::size_t without_scope = 24; // RFC 2133 had no sin6_scope_id
    if (bytes.size() < without_scope) return {EINVAL};
    sockaddr_in6 found{};
    std::memcpy(&found, bytes.data(), std::min(bytes.size(), sizeof found));
    return {0, plain(found.sin6_addr, ntohs(found.sin6_port))};
}

std::vector<std::byte> pack_address(const address& of, int domain)
{
    if (domain == AF_INET) {
        sockaddr_in packed{};
        packed.sin_family = AF_INET;
        packed.sin_port = htons(of.port());
        if (of.address().is_v4()) packed.sin_addr.s_addr = htonl(of.address().to_v4().to_uint());
        return bytes_of(packed);
    }
    if (domain == AF_NETLINK) {
        sockaddr_nl packed{};
        packed.nl_family = AF_NETLINK;
        packed.nl_pid = of.port();
        return bytes_of(packed);
    }
    sockaddr_in6 packed{};
    packed.sin6_family = AF_INET6;
    packed.sin6_port = htons(of.port());
    packed.sin6_addr = as_v6(of);
    return bytes_of(packed);
}

in6_addr as_v6(const address& of)
{
    const auto bytes =
        (of.address().is_v6()
             ? of.address().to_v6()
             : net::asio::ip::make_address_v6(net::asio::ip::v4_mapped, of.address().to_v4()))
            .to_bytes();
    in6_addr made{};
    std::memcpy(&made, bytes.data(), bytes.size());
    return made;
}

int socket_options::set(int level, int name, std::span<const std::byte> value)
{
    const auto number = read_as<int>(value);
    const bool truth = number ? *number != 0 : !value.empty() && value[0] != std::byte{0};
    const bool is_timeout = level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
    if (is_timeout) {
        const auto given = read_as<timeval>(value);
        if (!given) return EINVAL;
        (name == SO_RCVTIMEO ? receive_timeout : send_timeout) = timeout_of(*given);
        return 0;
    }
    if (level == SOL_SOCKET && name == SO_LINGER) {
        const auto given = read_as<linger>(value);
        if (!given) return EINVAL;
        linger_seconds.reset();
        if (given->l_onoff != 0) linger_seconds = given->l_linger;
    }
    if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS)) {
        const bool v6 = level == IPPROTO_IPV6;
        const auto asked = parse_traffic_class(name, value, of_stream, traffic_class(v6));
        if (!asked) return EINVAL;
        kept[{level, name}] = bytes_of(int{*asked});
        return 0;
    }
    if (level == SOL_SOCKET && (name == SO_REUSEADDR || name == SO_REUSEPORT)) reuse |= truth;
    for (const auto& [its_level, its_name, used] :
         {std::tuple{SOL_SOCKET, SO_BROADCAST, &broadcast},
          {SOL_SOCKET, SO_REUSEPORT, &reuse_port},
          {SOL_SOCKET, SO_TIMESTAMP, &tells_time},
          {SOL_SOCKET, SO_TIMESTAMPNS, &tells_exact_time},
          {IPPROTO_IP, IP_MULTICAST_LOOP, &multicast_loop},
          {IPPROTO_IP, IP_MULTICAST_ALL, &multicast_all},
          {IPPROTO_IPV6, IPV6_MULTICAST_ALL, &multicast_all},
          {IPPROTO_IP, IP_PKTINFO, &tells_destination},
          {IPPROTO_IP, IP_RECVTTL, &tells_hops},
          {IPPROTO_IP, IP_RECVTOS, &tells_service},
          {IPPROTO_IPV6, IPV6_V6ONLY, &v6_only},
          {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &multicast_loop},
          {IPPROTO_IPV6, IPV6_RECVPKTINFO, &tells_destination},
          {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &tells_hops},
          {IPPROTO_IPV6, IPV6_RECVTCLASS, &tells_service}})
        if (level == its_level && name == its_name) *used = truth;
    auto& kept_value = kept[{level, name}];
    kept_value.assign(value.begin(), value.end());
    if (level == SOL_SOCKET && (name == SO_RCVBUF || name == SO_SNDBUF) && number) {
        constexpr int least = 2304,
                      most = 212'992; // as socket(7) says; no number is negative there
        const int bytes = std::max(2 * (*number < 0 ? most : std::min(*number, most)), least);
        if (name == SO_RCVBUF) receive_buffer_bytes = static_cast<std::size_t>(bytes);
        kept_value = bytes_of(bytes);
    }
    return 0;
}

std::uint8_t socket_options::traffic_class(bool v6) const
{
    const auto set = kept.find(v6 ? std::pair{int{IPPROTO_IPV6}, IPV6_TCLASS}
                                  : std::pair{int{IPPROTO_IP}, IP_TOS});
    return set == kept.end() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(set->second[0]);
}

std::optional<std::vector<std::byte>> socket_options::get(int level, int name) const
{
    if (level == SOL_SOCKET && name == SO_RCVTIMEO)
        return bytes_of(timeval_of_timeout(receive_timeout));
    if (level == SOL_SOCKET && name == SO_SNDTIMEO)
        return bytes_of(timeval_of_timeout(send_timeout));
    if (const auto found = kept.find({level, name}); found != kept.end()) return found->second;
    for (const preset& one : presets)
        if (one.level == level && one.name == name) return bytes_of(one.value);
    if (level == SOL_SOCKET && name == SO_LINGER) return bytes_of(linger{});
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
        constexpr std::array<char, 16> usual{"cubic"}; // TCP_CA_NAME_MAX
        return bytes_of(usual);
    }
    return {};
}

std::optional<membership_request> parse_membership(int level, int name,
                                                   std::span<const std::byte> value)
{
    if (level == IPPROTO_IP && (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP)) {
        // struct ip_mreq, or struct ip_mreqn with an index of an interface; programs also pack the first
        // into 16 bytes.
        const auto found = read_as<ip_mreq>(value);
        if (!found) return {};
        return membership_request{name == IP_ADD_MEMBERSHIP,
                                  {plain(found->imr_multiaddr), plain(found->imr_interface)}};
    }
    if (level == IPPROTO_IPV6 && (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP)) {
        const auto found = read_as<ipv6_mreq>(value);
        if (!found) return {};
        return membership_request{
            name == IPV6_JOIN_GROUP,
            {plain(found->ipv6mr_multiaddr, 0).address(), net::asio::ip::address_v6::any()}};
    }
    // The JVM's way: struct group_req, for both families.
    if ((level == IPPROTO_IP || level == IPPROTO_IPV6) &&
        (name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP)) {
        if (value.size() < sizeof(group_req)) return {};
        const auto group =
            parse_address(value.subspan(offsetof(group_req, gr_group), sizeof(sockaddr_in6)));
        if (!group.value) return {};
        return membership_request{name == MCAST_JOIN_GROUP, {group.value->address(), {}}};
    }
    // From one source: there is only one that a host could hear, itself.
    if (level == IPPROTO_IP &&
        (name == IP_ADD_SOURCE_MEMBERSHIP || name == IP_DROP_SOURCE_MEMBERSHIP)) {
        const auto found = read_as<ip_mreq_source>(value);
        if (!found || !plain(found->imr_sourceaddr).is_loopback()) return {};
        return membership_request{name == IP_ADD_SOURCE_MEMBERSHIP,
                                  {plain(found->imr_multiaddr), plain(found->imr_interface)}};
    }
    return {};
}

} // namespace badwire::guest
