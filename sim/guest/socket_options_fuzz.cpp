// What a guest calls an address, a membership or an option is taken or refused, whatever its bytes are; an
// address that is taken can be written and read again.
#include <cstdint>
#include <cstring>

#include "sim/guest/interfaces.hpp"
#include "sim/guest/socket_options.hpp"
#include "sim/virtual/world.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire;
    std::array<int, 2> which{}; // a level and a name
    if (size < sizeof which) return 0;
    std::memcpy(which.data(), data, sizeof which);
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(sizeof which);
    const auto name = guest::parse_address(bytes);
    if (name.value)
        for (const int domain : {AF_INET, AF_INET6}) {
            if (domain == AF_INET && name.value->address().is_v6()) continue;
            const auto again = guest::parse_address(guest::pack_address(*name.value, domain));
            if (again.value != name.value) __builtin_trap();
        }
    guest::parse_membership(which[0], which[1], bytes);
    guest::socket_options options;
    if (options.set(which[0], which[1], bytes) == 0) options.get(which[0], which[1]);
    sim::world in;
    guest::netlink_description system(in.make_host());
    system.send({bytes.begin(), bytes.end()}, {});
    for (int i = 0; i < 4 && system.receive(SIZE_MAX, false).error == 0; ++i) {}
    return 0;
}
