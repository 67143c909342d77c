// gatekeeper.hpp: who may talk to the control server. The server changes what a network does, so a
// web page must not reach it: not by a name that is made to point here (DNS rebinding), not from
// another origin. Nobody from outside may reach it without the token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "sim/control/problem.hpp"

namespace badwire::control {

/// The headers of a request that matter here; nothing for one that is missing.
struct credentials {
    std::optional<std::string_view> host{}, origin{}, fetch_site{}, authorization{};
};

class gatekeeper {
public:
    /// The server is bound to that address. An empty token is no token; if others can reach the
    /// address and there is none, this throws invalid_argument. With `own_pages` it serves pages of
    /// its own, which may ask it, and those of no other origin.
    gatekeeper(boost::asio::ip::address bound, std::string token, bool own_pages = false);

    /// Why a request is refused; nothing when it is welcome. The Host must be localhost, 127.0.0.1,
    /// [::1] or the bound address (any address if it is bound to all).
    std::optional<problem> refusal(const credentials& shown) const;
    /// The same of what holds no secret and changes nothing: no token is needed.
    std::optional<problem> refusal_of_public(const credentials& shown) const;

private:
    bool is_ours(std::string_view host) const;

    const boost::asio::ip::address bound_;
    const std::string token_;
    const bool own_pages_;
};

/// 32 random bytes from the system, in hex.
std::string random_token();

/// Whether both are the same, in a time that does not show where they differ.
bool same_in_constant_time(std::string_view one, std::string_view other);

} // namespace badwire::control
