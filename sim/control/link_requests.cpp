#include "sim/control/link_requests.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "impl/base/address.hpp"
#include "sim/control/problem.hpp"

namespace badwire::control {
namespace {

using nlohmann::json;

constexpr std::string_view such_address = R"(ADDRESS:PORT such as "127.0.0.1:5000")";

bool is_link_end(std::string_view key) { return key == "listen" || key == "upstream"; }

// The texts of all ends in a body that is a link, or a list of links.
void collect_ends(const json& body, address_book& into)
{
    if (body.is_array())
        for (const json& one : body) collect_ends(one, into);
    if (body.is_object())
        for (const auto& [key, value] : body.items())
            if (is_link_end(key) && value.is_string()) into[value.get<std::string>()];
}

link_end read_end(const reading& at, const address_book& addresses)
{
    const std::string written = at.text(such_address);
    const auto parsed = parse_host_and_port(written);
    if (!parsed) at.expected(such_address);
    const auto known = addresses.find(written);
    if (known == addresses.end()) at.wrong(fmt::format("no machine \"{}\" is known", parsed->host));
    return {known->second, written};
}

link_end read_upstream(const reading& at, const address_book& addresses)
{
    auto upstream = read_end(at, addresses);
    if (upstream.at.port() == 0) at.wrong("expected a port from 1 to 65535, found 0");
    return upstream;
}

constexpr std::string_view such_link =
    R"(a link such as {"name": "wan", "listen": "127.0.0.1:4000", "upstream": "127.0.0.1:5000"})";

link_wish read_wish(const reading& at, const address_book& addresses)
{
    at.check_object(such_link, {"name", "listen", "upstream", "enabled", "toxics"});
    link_wish read{.listen = {{boost::asio::ip::address_v4::loopback(), 0}, "127.0.0.1:0"}};
    constexpr std::string_view such_name = "a name, not empty";
    at.need("name", such_name, [&](const reading& name) {
        read.name = name.text(such_name);
        if (read.name.empty()) name.expected(such_name);
    });
    // For toxiproxy an empty text is the same as none.
    if (!at.has("listen") || at.at("listen").value() != "")
        at.with("listen", [&](const reading& end) { read.listen = read_end(end, addresses); });
    at.need("upstream", such_address,
            [&](const reading& end) { read.upstream = read_upstream(end, addresses); });
    at.with("enabled", [&](const reading& enabled) { read.enabled = enabled.truth(); });
    at.with("toxics", [](const reading& toxics) {
        if (!toxics.value().empty()) toxics.wrong("a link begins without toxics; add them to it");
    });
    return read;
}

link_change read_change(const reading& body, const controlled_link& link,
                        const address_book& addresses)
{
    constexpr std::string_view what = R"(an object such as {"enabled": false})";
    body.check_object(what);
    if (body.size() == 0) body.expected(what);
    const json now = link.description();
    link_change read{link.listen(), link.upstream()};
    body.each([&](const std::string& key, const reading& at) {
        if (key == "enabled") read.enabled = at.truth();
        else if (key == "cut") read.cut = at.truth();
        else if (!now.contains(key)) at.wrong("a link has name, listen, upstream, enabled, cut");
        else if (json(at.value()) == now.at(key) || (key == "toxics" && at.value().is_null()))
            return;
        else if (key == "listen") read.listen = read_end(at, addresses);
        else if (key == "upstream") read.upstream = read_upstream(at, addresses);
        else at.wrong(fmt::format("cannot be changed here; it is {}", now.at(key).dump()));
    });
    return read;
}

} // namespace

boost::asio::awaitable<address_book> look_up(const json& body)
{
    address_book wanted, found;
    collect_ends(body, wanted);
    boost::asio::ip::udp::resolver resolver(co_await boost::asio::this_coro::executor);
    for (const auto& [text, _] : wanted) {
        const auto parsed = parse_host_and_port(text);
        if (!parsed) continue;
        boost::system::error_code failed;
        auto address = boost::asio::ip::make_address(parsed->host, failed);
        if (parsed->host.empty()) {
            address = boost::asio::ip::address_v4::any();
        } else if (failed) {
            const auto known = co_await resolver.async_resolve(
                parsed->host, "", boost::asio::redirect_error(boost::asio::use_awaitable, failed));
            if (failed || known.empty()) continue;
            address = known.begin()->endpoint().address();
            for (const auto& one : known)
                if (one.endpoint().address().is_v4()) address = one.endpoint().address();
        }
        found[text] = {address, parsed->port};
    }
    co_return found;
}

link_wish parse_wish(const json& body, const address_book& addresses)
{
    return read_request(body, [&](const reading& at) { return read_wish(at, addresses); });
}

std::vector<link_wish> parse_wishes(const json& body, const address_book& addresses)
{
    return read_request(body, [&](const reading& at) {
        at.check_array("a list of links");
        std::vector<link_wish> read;
        at.each([&](const reading& one) {
            auto wish = read_wish(one, addresses);
            if (std::ranges::find(read, wish.name, &link_wish::name) != read.end())
                one.at("name").wrong(fmt::format("there are two of the name \"{}\"", wish.name));
            read.push_back(std::move(wish));
        });
        return read;
    });
}

link_change parse_change(const json& body, const controlled_link& link,
                         const address_book& addresses)
{
    return read_request(body, [&](const reading& at) { return read_change(at, link, addresses); });
}

} // namespace badwire::control
