// addresses.hpp: what a guest may call a place of the virtual world.
#pragma once

#include "sim/guest/description.hpp"
#include "sim/guest/memory.hpp"

namespace badwire::guest {

/// Whether a socket of that family may name the address at all; the errno.
int check_family(int domain, const address& of);
/// Whether a socket can be bound to that address: 127.0.0.1 and ::1 are all there is.
int check_local(const address& of);
/// Where a packet to that address goes: the unspecified address is this host. ENETUNREACH for
/// everything that is not of the virtual world.
struct destination {
    int error = 0;
    address value{};
};
destination resolve_destination(int domain, const address& to);

net::asio::ip::address loopback(bool v6);
/// All addresses of that family, at no port.
address any_address(int domain);
bool is_unspecified(const address& of);
/// The broadcast addresses of IPv4, as this host sees them.
bool is_broadcast(const address& of);
/// Where a socket hears that is bound there: of IPv6 at all addresses IPv4 as well, unless it wants
/// none of that.
std::vector<address> heard_at(const address& bound, bool v6_only);

/// The struct sockaddr of that length in a guest's memory.
parsed_address read_address(const memory& its, std::uint64_t at, std::uint64_t length);
/// What a call returns through a pointer and a pointer to a length, cut where it does not fit; the
/// length is then what fitted, or the whole.
void put_sized(const memory& its, std::uint64_t at, std::uint64_t size_at,
               std::span<const std::byte> bytes, bool tell_whole);

} // namespace badwire::guest
