#include "sim/guest/traffic_class.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace badwire::guest {
namespace {

constexpr int codepoint = 3; // the bits of ECN

std::optional<int> number_in(std::span<const std::byte> value)
{
    int number = 0;
    if (value.size() < sizeof number) return {};
    std::memcpy(&number, value.data(), sizeof number);
    return number;
}

} // namespace

std::optional<std::uint8_t> parse_traffic_class(int name, std::span<const std::byte> value,
                                                bool of_stream, std::uint8_t before)
{
    auto number = number_in(value);
    if (name == IPV6_TCLASS) {
        if (!number || *number < -1 || *number > 255) return {};
        if (*number == -1) number = 0; // RFC 3542, section 6.5: the default
    } else if (!number) {
        number = value.empty() ? 0 : std::to_integer<int>(value[0]); // IP_TOS may be one byte
    }
    if (of_stream) number = (*number & ~codepoint) | (before & codepoint);
    return static_cast<std::uint8_t>(*number);
}

asked_class parse_control(std::span<const std::byte> control, bool to_v6)
{
    asked_class found;
    while (control.size() >= sizeof(cmsghdr)) {
        cmsghdr head{};
        std::memcpy(&head, control.data(), sizeof head);
        if (head.cmsg_len < sizeof head || head.cmsg_len > control.size()) return {EINVAL};
        const auto value = control.subspan(CMSG_LEN(0), head.cmsg_len - CMSG_LEN(0));
        const bool v4 = head.cmsg_level == IPPROTO_IP && head.cmsg_type == IP_TOS;
        const bool v6 = head.cmsg_level == IPPROTO_IPV6 && head.cmsg_type == IPV6_TCLASS;
        if (to_v6 ? v6 : v4) {
            const bool one_byte = v4 && value.size() == 1;
            if (!one_byte && value.size() != sizeof(int)) return {EINVAL};
            int number = one_byte ? std::to_integer<int>(value[0]) : *number_in(value);
            if (v6 && number == -1) number = 0;
            if (number < 0 || number > 255) return {EINVAL};
            found.value = static_cast<std::uint8_t>(number);
        }
        control = control.subspan(std::min(control.size(), CMSG_ALIGN(head.cmsg_len)));
    }
    return found;
}

} // namespace badwire::guest
