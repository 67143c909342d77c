#include "sim/guest/addresses.hpp"

#include <netinet/in.h>

namespace badwire::guest {

int check_family(int domain, const address& of)
{
    return domain == AF_INET && of.address().is_v6() ? EAFNOSUPPORT : 0;
}

bool is_unspecified(const address& of) { return of.address().is_unspecified(); }

net::asio::ip::address loopback(bool v6)
{
    if (v6) return net::asio::ip::address_v6::loopback();
    return net::asio::ip::address_v4::loopback();
}

address any_address(int domain)
{
    if (domain == AF_INET6) return {net::asio::ip::address_v6::any(), 0};
    return {net::asio::ip::address_v4::any(), 0};
}

bool is_broadcast(const address& of)
{
    if (!of.address().is_v4()) return false;
    const auto found = of.address().to_v4();
    constexpr std::uint32_t of_loopback = 0x7fffffff; // 127.255.255.255
    return found == net::asio::ip::address_v4::broadcast() || found.to_uint() == of_loopback;
}

std::vector<address> heard_at(const address& bound, bool v6_only)
{
    std::vector<address> all{bound};
    if (bound.address().is_v6() && is_unspecified(bound) && !v6_only)
        all.emplace_back(net::asio::ip::address_v4::any(), bound.port());
    return all;
}

parsed_address read_address(const memory& its, std::uint64_t at, std::uint64_t length)
{
    if (length > sizeof(sockaddr_storage)) return {EINVAL};
    std::vector<std::byte> bytes(length);
    its.read(at, bytes);
    return parse_address(bytes);
}

void put_sized(const memory& its, std::uint64_t at, std::uint64_t size_at,
               std::span<const std::byte> bytes, bool tell_whole)
{
    const auto room = its.get<std::uint32_t>(size_at);
    const auto fitting = bytes.first(std::min<std::size_t>(room, bytes.size()));
    its.write(at, fitting);
    its.put(size_at, static_cast<std::uint32_t>(tell_whole ? bytes.size() : fitting.size()));
}

int check_local(const address& of)
{
    const bool here =
        of.address().is_loopback() || is_unspecified(of) || of.address().is_multicast();
    return here ? 0 : EADDRNOTAVAIL;
}

destination resolve_destination(int domain, const address& to)
{
    if (const int error = check_family(domain, to)) return {error};
    if (to.port() == 0) return {EINVAL};
    if (is_unspecified(to)) return {0, {loopback(to.address().is_v6()), to.port()}};
    if (to.address().is_loopback() || to.address().is_multicast()) return {0, to};
    return {ENETUNREACH};
}

} // namespace badwire::guest
