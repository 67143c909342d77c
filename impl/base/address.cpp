#include "impl/base/address.hpp"

#include <charconv>

#include <fmt/format.h>

namespace badwire {

std::string to_text(const boost::asio::ip::address& address, std::uint16_t port)
{
    return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), port)
                           : fmt::format("{}:{}", address.to_string(), port);
}

std::optional<host_and_port> parse_host_and_port(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data() + colon + 1, end, port);
    if (failed != std::errc{} || rest != end) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    return host_and_port{std::string(host), port, bracketed};
}

} // namespace badwire
