#include "bindings/live_multicast.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "impl/base/json_text.hpp"
#include "impl/base/reading.hpp"
#include "sim/link/options_json.hpp"
#include "sim/relay/relay.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::bindings {

using link::direction;
using nlohmann::json;

live_multicast::live_multicast(const std::vector<multicast_member>& members, std::uint64_t seed)
    : hub_(thread_.context())
{
    for (const multicast_member& one : members) {
        relay::relay_options options;
        options.name = one.name;
        options.seed = seed;
        options.link = link::parse_link_options(parse_json(one.link));
        auto made = std::make_unique<relay::relay>(thread_.context(), std::move(options));
        hub_.add(one.name, one.group, made.get());
        links_.emplace_back(one.name, std::move(made));
    }
    thread_.start();
}

live_multicast::~live_multicast()
{
    try {
        close();
    } catch (...) {
        // Nobody is left to be told.
    }
}

json live_multicast::state_now() const
{
    json told = json::object();
    for (const auto& [name, link] : links_) told[name] = relay::state_json(*link);
    return told;
}

json live_multicast::state()
{
    const auto now = [this] { return state_now(); };
    return thread_.ask(now, now);
}

void live_multicast::change(const std::string& member, const std::string& keys)
{
    thread_.ask(
        [&] {
            change_now(member, keys);
            return json();
        },
        []() -> json { throw std::logic_error("the relay is closed"); });
}

// A mistake changes nothing.
void live_multicast::change_now(const std::string& member, const std::string& keys)
{
    const auto found = std::ranges::find(links_, member, [](const auto& one) { return one.first; });
    if (found == links_.end()) throw std::logic_error("there is no member \"" + member + "\"");
    relay::relay& link = *found->second;
    const std::array before{link.asked(direction::up), link.asked(direction::down)};
    const auto asked = parse_json(keys);
    const auto now =
        read_document(asked, [&](const reading& at) { return link::read_changes(before, at, {}); });
    link.change(direction::up, now[0]);
    try {
        link.change(direction::down, now[1]);
    } catch (const mistake&) {
        link.change(direction::up, before[0]);
        throw;
    }
}

void live_multicast::close()
{
    thread_.end(
        [this] {
            hub_.close();
            for (const auto& [name, link] : links_) link->close();
        },
        [] {});
}

} // namespace badwire::bindings
