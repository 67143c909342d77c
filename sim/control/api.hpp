// api.hpp: what can be asked of a running relay, in the shape that users of toxiproxy know, without
// HTTP around it: method, path and body in, status and JSON (of /metrics, text) out. openapi.json describes it; /links
// is a synonym of /proxies everywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "sim/control/fleet.hpp"

namespace badwire::control {

struct request {
    std::string_view method; // "GET"
    std::string_view target; // path, percent-encoded, maybe with a query, which is ignored
    std::string_view body;   // JSON, or nothing
};

struct answer {
    unsigned status = 200;
    std::string body{};                         // may be empty
    std::string allow{};                        // methods, for 405
    std::string_view type = "application/json"; // of the body
};

/// {"error": what, "status": status}
answer error_answer(unsigned status, std::string_view what);

class api {
public:
    /// The fleet must outlive it.
    api(fleet& links, std::string version) : links_(links), version_(std::move(version)) {}

    /// Never throws, whatever the request is. Waits only for the system to look up the names of
    /// machines; the rest happens at once. What `asked` refers to must live until it is done.
    boost::asio::awaitable<answer> handle(request asked);

    /// All methods and paths, as openapi.json writes them: "GET /proxies/{name}".
    static std::vector<std::string> routes();

private:
    struct route;
    static const std::vector<route>& table();
    static const route& find_route(const request& asked, const std::vector<std::string>& path);

    fleet& links_;
    const std::string version_;
};

/// The OpenAPI description, as it is served.
nlohmann::json openapi();
/// openapi.json: the same, without the types of toxics that are impairments.
std::string_view openapi_text();

} // namespace badwire::control
