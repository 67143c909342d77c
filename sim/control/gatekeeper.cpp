#include "sim/control/gatekeeper.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

namespace badwire::control {
namespace {

// The host without its port; an IPv6 address without its brackets.
std::string_view host_name(std::string_view host)
{
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

// Whether a page of that origin came from where the request goes to.
bool is_origin_of(std::string_view origin, std::string_view host)
{
    constexpr std::string_view scheme = "http://";
    if (!origin.starts_with(scheme)) return false;
    const std::string_view rest = origin.substr(scheme.size());
    return boost::beast::iequals({rest.data(), rest.size()}, {host.data(), host.size()});
}

} // namespace

gatekeeper::gatekeeper(boost::asio::ip::address bound, std::string token, bool own_pages)
    : bound_(std::move(bound)), token_(std::move(token)), own_pages_(own_pages)
{
    if (!bound_.is_loopback() && token_.empty())
        throw std::invalid_argument(fmt::format(
            "{} can be reached from outside: control needs a token there", bound_.to_string()));
}

bool gatekeeper::is_ours(std::string_view host) const
{
    const std::string_view name = host_name(host);
    if (boost::beast::iequals({name.data(), name.size()}, "localhost")) return true;
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(name, no_address);
    if (no_address) return false;
    return bound_.is_unspecified() || address == bound_ || name == "127.0.0.1" || name == "::1";
}

std::optional<problem> gatekeeper::refusal_of_public(const credentials& shown) const
{
    if (!shown.host) return problem(400, "a request needs a Host");
    if (!is_ours(*shown.host))
        return problem(403, fmt::format("Host \"{}\" is not this server's; expected localhost, "
                                        "127.0.0.1, [::1] or the address it listens on",
                                        *shown.host));
    const bool cross_site =
        shown.fetch_site && *shown.fetch_site != "none" && *shown.fetch_site != "same-origin";
    const bool own = own_pages_ && shown.origin && is_origin_of(*shown.origin, *shown.host);
    if ((shown.origin && !own) || cross_site)
        return problem(403, "web pages have no business here");
    return {};
}

std::optional<problem> gatekeeper::refusal(const credentials& shown) const
{
    if (auto refused = refusal_of_public(shown)) return refused;
    if (token_.empty()) return {};
    constexpr std::string_view scheme = "Bearer ";
    if (!shown.authorization || !shown.authorization->starts_with(scheme))
        return problem(401,
                       "expected \"Authorization: Bearer TOKEN\" with the token that the relay "
                       "was started with or printed");
    if (!same_in_constant_time(shown.authorization->substr(scheme.size()), token_))
        return problem(401, "the token is another one");
    return {};
}

std::string random_token()
{
    unsigned char bytes[32];
    if (::getentropy(bytes, sizeof bytes) != 0)
        throw std::system_error(errno, std::generic_category(), "no random token");
    std::string text;
    for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

bool same_in_constant_time(std::string_view one, std::string_view other)
{
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

} // namespace badwire::control
