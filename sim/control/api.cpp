#include "sim/control/api.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/json_text.hpp"
#include "sim/control/link_requests.hpp"
#include "sim/control/metrics.hpp"
#include "sim/control/problem.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::control {
namespace {

using nlohmann::json;
using words = std::vector<std::string>;

constexpr int depth_max = 32;

int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text)
{
    std::string made;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            made += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
        if (high < 0 || low < 0) throw problem(400, "path: expected two hex digits after \"%\"");
        made += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return made;
}

// "/proxies/my%20link/" has the words "proxies" and "my link".
words split(std::string_view path)
{
    words made;
    while (!path.empty()) {
        path.remove_prefix(path.starts_with('/') ? 1 : 0);
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) made.push_back(decoded(path.substr(0, end)));
        path.remove_prefix(end);
    }
    return made;
}

json parse_body(std::string_view text)
{
    try {
        return parse_json(text, depth_max);
    } catch (const mistake& wrong) {
        throw problem(400, in_file("bad request body", wrong));
    }
}

std::string written(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

struct wrong_method : problem {
    explicit wrong_method(const std::string& methods)
        : problem(405, fmt::format("this takes {}", methods)), allowed(methods)
    {
    }
    std::string allowed;
};

struct call {
    fleet& links;
    const std::string& version;
    std::string name; // of the path's link
    std::string toxic;
    json body{};
    address_book addresses{};

    controlled_link& link() const { return links.find(name); }
};

json create_link(const call& asked)
{
    return asked.links.add(parse_wish(asked.body, asked.addresses)).description();
}

json populate(const call& asked)
{
    json made = json::array();
    for (const link_wish& one : parse_wishes(asked.body, asked.addresses))
        made.push_back(asked.links.add_or_move(one).description());
    return {{"proxies", std::move(made)}};
}

json all_links(const call& asked)
{
    json made = json::object();
    asked.links.each([&](const controlled_link& link, const relay::relay&) {
        made[link.name()] = link.description();
    });
    return made;
}

json change_link(const call& asked)
{
    controlled_link& link = asked.link();
    const link_change change = parse_change(asked.body, link, asked.addresses);
    if (change.enabled == false) link.enable(false); // it then need not be able to listen there
    link.move(change.listen, change.upstream);
    if (change.enabled) link.enable(*change.enabled);
    if (change.cut) link.cut(*change.cut);
    return link.description();
}

json remove_link(const call& asked)
{
    asked.links.remove(asked.name);
    return {};
}

json reset(const call& asked)
{
    asked.links.reset();
    return {};
}

json all_toxics(const call& asked) { return asked.link().description().at("toxics"); }

} // namespace

json openapi()
{
    json made = json::parse(openapi_text());
    json& types = made["components"]["schemas"]["ToxicType"]["enum"];
    for (const std::string_view key : link::impairment_keys()) types.push_back(key);
    return made;
}

struct api::route {
    std::string_view method, path;
    json (*act)(const call&); // a null is answered without a body
    unsigned status = 200;
    enum { nothing, something, links } body = nothing; // links: with ends that may be names
    std::string_view text{}; // the type of an answer that is no JSON: act() returns it as a string

    // "{name}" and "{toxic}" match any word; "links" matches "proxies".
    static bool matches(const words& pattern, const words& asked)
    {
        if (pattern.size() != asked.size()) return false;
        for (std::size_t i = 0; i < asked.size(); ++i)
            if (!pattern[i].starts_with('{') && pattern[i] != asked[i] &&
                !(i == 0 && pattern[i] == "proxies" && asked[i] == "links"))
                return false;
        return true;
    }
};

const std::vector<api::route>& api::table()
{
    constexpr unsigned ok = 200, created = 201, no_content = 204;
    constexpr auto takes_body = route::something, takes_links = route::links;
    static constexpr auto update_toxic = [](const call& c) {
        return to_json(c.link().update(c.toxic, c.body));
    };
    static constexpr auto impairments = [](const call& c) { return c.link().impairments(); };
    static const std::vector<route> routes{
        {"GET", "/version",
         [](const call& c) {
             return json::object({{"version", c.version}});
         }},
        {"GET", "/openapi.json", [](const call&) { return openapi(); }},
        {"GET", "/metrics", [](const call& c) { return json(open_metrics(c.links, c.version)); },
         ok, route::nothing, metrics_type},
        {"POST", "/reset", reset, no_content},
        {"POST", "/populate", populate, created, takes_links},
        {"GET", "/proxies", all_links},
        {"POST", "/proxies", create_link, created, takes_links},
        {"GET", "/proxies/{name}", [](const call& c) { return c.link().description(); }},
        {"POST", "/proxies/{name}", change_link, ok, takes_links},
        {"PATCH", "/proxies/{name}", change_link, ok, takes_links},
        {"DELETE", "/proxies/{name}", remove_link, no_content},
        {"GET", "/proxies/{name}/counters", [](const call& c) { return c.link().counters(); }},
        {"GET", "/proxies/{name}/impairments", impairments},
        {"PUT", "/proxies/{name}/impairments",
         [](const call& c) {
             c.link().write_impairments(c.body);
             return impairments(c);
         },
         ok, takes_body},
        {"PATCH", "/proxies/{name}/impairments",
         [](const call& c) {
             c.link().merge_impairments(c.body);
             return impairments(c);
         },
         ok, takes_body},
        {"GET", "/proxies/{name}/toxics", all_toxics},
        {"POST", "/proxies/{name}/toxics",
         [](const call& c) { return to_json(c.link().add(parse_toxic(c.body))); }, ok, takes_body},
        {"GET", "/proxies/{name}/toxics/{toxic}",
         [](const call& c) { return to_json(c.link().find(c.toxic)); }},
        {"POST", "/proxies/{name}/toxics/{toxic}", update_toxic, ok, takes_body},
        {"PATCH", "/proxies/{name}/toxics/{toxic}", update_toxic, ok, takes_body},
        {"DELETE", "/proxies/{name}/toxics/{toxic}",
         [](const call& c) {
             c.link().remove(c.toxic);
             return json();
         },
         no_content},
    };
    return routes;
}

std::vector<std::string> api::routes()
{
    std::vector<std::string> made;
    for (const route& one : table()) made.push_back(fmt::format("{} {}", one.method, one.path));
    return made;
}

answer error_answer(unsigned status, std::string_view what)
{
    return {status, written({{"error", what}, {"status", status}})};
}

// Throws problem; where only the method is wrong, with the methods there are.
const api::route& api::find_route(const request& asked, const words& path)
{
    std::string allowed;
    for (const route& one : table()) {
        if (!route::matches(split(one.path), path)) continue;
        if (one.method == asked.method) return one;
        allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", one.method);
    }
    if (allowed.empty())
        throw problem(404, "there is nothing here; GET /openapi.json says what there is");
    throw wrong_method(allowed);
}

boost::asio::awaitable<answer> api::handle(request asked)
{
    try {
        const words path = split(asked.target.substr(0, asked.target.find('?')));
        const route& found = find_route(asked, path);
        call made{.links = links_,
                  .version = version_,
                  .name = path.size() > 1 ? path[1] : "",
                  .toxic = path.size() > 3 ? path[3] : ""};
        if (!made.name.empty()) links_.find(made.name);
        if (found.body != route::nothing) made.body = parse_body(asked.body);
        if (found.body == route::links) made.addresses = co_await look_up(made.body);
        const json said = found.act(made);
        if (!found.text.empty())
            co_return answer{
                .status = found.status, .body = said.get<std::string>(), .type = found.text};
        co_return answer{found.status, said.is_null() ? "" : written(said)};
    } catch (const wrong_method& error) {
        answer refused = error_answer(error.status, error.what());
        refused.allow = error.allowed;
        co_return refused;
    } catch (const problem& error) {
        co_return error_answer(error.status, error.what());
    } catch (const std::exception& error) {
        co_return error_answer(500, error.what());
    }
}

} // namespace badwire::control
