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
