// client.hpp: one request to a control server, for `badwire ctl`. Waits for the answer. Any thread
// may call it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace badwire::control {

struct server_address {
    std::string host; // a name or an address, without brackets
    std::string port;
};

/// "http://127.0.0.1:8474", "http://[::1]:8474/", "http://localhost" (port 8474). Nothing when the
/// text is not such an address.
std::optional<server_address> parse_url(std::string_view url);

struct reply {
    unsigned status = 0;
    std::string body;
};

/// Throws system_error when no answer came in time. An empty token is none.
reply send_request(const server_address& to, std::string_view method, std::string_view target,
                   std::string_view body, std::string_view token,
                   std::chrono::nanoseconds timeout = std::chrono::seconds(10));

} // namespace badwire::control
