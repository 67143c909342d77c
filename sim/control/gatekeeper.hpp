// gatekeeper.hpp: who may talk to the control server. It changes what a network does, so a web page
// that somebody looks at must not reach it: not by a name that is made to point here (DNS
// rebinding), not from another origin; and nobody from outside who does not know the token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "sim/control/problem.hpp"

namespace badwire::control {

/// The headers of a request that matter here; nothing where there is none.
struct credentials {
    std::optional<std::string_view> host{}, origin{}, fetch_site{}, authorization{};
};

class gatekeeper {
public:
    /// Bound to that address. An empty token is none; one is needed where others can reach it:
    /// throws invalid_argument.
    gatekeeper(boost::asio::ip::address bound, std::string token);

    /// Why a request is refused; nothing when it is welcome. The Host must be localhost,
    /// 127.0.0.1, [::1] or the bound address (any address where it is bound to all).
    std::optional<problem> refusal(const credentials& shown) const;

private:
    bool is_ours(std::string_view host) const;

    const boost::asio::ip::address bound_;
    const std::string token_;
};

/// 32 random bytes of the system's, in hex.
std::string random_token();

/// Whether both are the same, in a time that does not tell where they differ.
bool same_in_constant_time(std::string_view one, std::string_view other);

} // namespace badwire::control
