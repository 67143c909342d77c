// link_requests.hpp: what requests say of links: where they begin and end, and what is to change.
// A machine may be named; the system looks the name up before the rest of a request is done.
//
// All that parse throw problem: 400.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "sim/control/fleet.hpp"

namespace badwire::control {

/// Addresses of the ends that a request's body names, by how they are written there.
using address_book = std::map<std::string, relay::endpoint, std::less<>>;

/// Looks them up, wherever they stand in a link or in a list of links. What is not known is missing;
/// whoever parses the body says so.
boost::asio::awaitable<address_book> look_up(const nlohmann::json& body);

link_wish parse_wish(const nlohmann::json& body, const address_book& addresses);
/// A list of them, all of different names.
std::vector<link_wish> parse_wishes(const nlohmann::json& body, const address_book& addresses);

struct link_change {
    link_end listen, upstream;
    std::optional<bool> enabled{}, cut{};
};
/// The body may repeat what else the link is (toxiproxy's clients send all of it).
link_change parse_change(const nlohmann::json& body, const controlled_link& link,
                         const address_book& addresses);

} // namespace badwire::control
