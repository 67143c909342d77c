#include "impl/net/files.hpp"

#include <algorithm>

namespace badwire::net {

std::string base_name(std::string_view peer_name)
{
    constexpr std::size_t longest = 255; // bytes, the limit of common file systems
    const auto separator = peer_name.find_last_of("/\\");
    const auto name =
        separator == std::string_view::npos ? peer_name : peer_name.substr(separator + 1);
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    const bool legal =
        !name.empty() && name.size() <= longest && name != "." && name != ".." &&
        std::none_of(name.begin(), name.end(), is_control) &&
        std::none_of(peer_name.begin(), peer_name.end(), [](char c) { return c == '\0'; });
    return legal ? std::string(name) : std::string();
}

} // namespace badwire::net
