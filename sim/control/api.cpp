#include "sim/control/api.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/json_text.hpp"
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

struct call {
    controlled_link& link;
    const std::string& version;
    std::string toxic; // of the path
    std::string_view body;

    json json_body() const { return parse_body(body); }
};

// A proxy's body may repeat what else it is (toxiproxy's clients send all of it), but may change
// only "enabled": a relay's ports are opened when it starts.
json change_link(const call& asked)
{
    const json now = asked.link.description();
    const auto enabled = read_request(asked.json_body(), [&](const reading& body) {
        constexpr std::string_view what = R"(an object such as {"enabled": false})";
        body.check_object(what);
        if (body.size() == 0) body.expected(what);
        std::optional<bool> read;
        body.each([&](const std::string& key, const reading& at) {
            if (key == "enabled") read = at.truth();
            else if (!now.contains(key)) at.wrong("a link has name, listen, upstream, enabled");
            else if (json(at.value()) != now.at(key) && !(key == "toxics" && at.value().is_null()))
                at.wrong(fmt::format("cannot change while the relay runs; it is {}",
                                     now.at(key).dump()));
        });
        return read;
    });
    if (enabled) asked.link.enable(*enabled);
    return asked.link.description();
}

json all_toxics(const call& asked) { return asked.link.description().at("toxics"); }

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
    json (*act)(const call&); // a null is answered as 204

    // "{name}" matches the link's name, "{toxic}" any word; "links" matches "proxies".
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
    static constexpr auto update_toxic = [](const call& c) {
        return to_json(c.link.update(c.toxic, c.json_body()));
    };
    static const std::vector<route> routes{
        {"GET", "/version",
         [](const call& c) {
             return json{{"version", c.version}};
         }},
        {"GET", "/openapi.json", [](const call&) { return openapi(); }},
        {"POST", "/reset",
         [](const call& c) {
             c.link.reset();
             return json();
         }},
        {"GET", "/proxies",
         [](const call& c) {
             return json{{c.link.name(), c.link.description()}};
         }},
        {"GET", "/proxies/{name}", [](const call& c) { return c.link.description(); }},
        {"POST", "/proxies/{name}", change_link},
        {"PATCH", "/proxies/{name}", change_link},
        {"GET", "/proxies/{name}/counters", [](const call& c) { return c.link.counters(); }},
        {"GET", "/proxies/{name}/impairments", [](const call& c) { return c.link.impairments(); }},
        {"PUT", "/proxies/{name}/impairments",
         [](const call& c) {
             c.link.write_impairments(c.json_body());
             return c.link.impairments();
         }},
        {"PATCH", "/proxies/{name}/impairments",
         [](const call& c) {
             c.link.merge_impairments(c.json_body());
             return c.link.impairments();
         }},
        {"GET", "/proxies/{name}/toxics", all_toxics},
        {"POST", "/proxies/{name}/toxics",
         [](const call& c) { return to_json(c.link.add(parse_toxic(c.json_body()))); }},
        {"GET", "/proxies/{name}/toxics/{toxic}",
         [](const call& c) { return to_json(c.link.find(c.toxic)); }},
        {"POST", "/proxies/{name}/toxics/{toxic}", update_toxic},
        {"PATCH", "/proxies/{name}/toxics/{toxic}", update_toxic},
        {"DELETE", "/proxies/{name}/toxics/{toxic}",
         [](const call& c) {
             c.link.remove(c.toxic);
             return json();
         }},
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

answer api::handle(const request& asked)
{
    try {
        const words path = split(asked.target.substr(0, asked.target.find('?')));
        std::string allowed;
        for (const route& one : table()) {
            if (!route::matches(split(one.path), path)) continue;
            if (path.size() > 1 && path[1] != link_.name())
                throw problem(404, fmt::format("proxy not found: \"{}\"; there is \"{}\"", path[1],
                                               link_.name()));
            if (one.method != asked.method) {
                allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", one.method);
                continue;
            }
            const json said =
                one.act({link_, version_, path.size() > 3 ? path[3] : "", asked.body});
            if (said.is_null()) return {204};
            return {200, written(said)};
        }
        if (allowed.empty())
            throw problem(404, "there is nothing here; GET /openapi.json says what there is");
        answer refused = error_answer(405, fmt::format("this takes {}", allowed));
        refused.allow = allowed;
        return refused;
    } catch (const problem& error) {
        return error_answer(error.status, error.what());
    } catch (const std::exception& error) {
        return error_answer(500, error.what());
    }
}

} // namespace badwire::control
