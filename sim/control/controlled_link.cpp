#include "sim/control/controlled_link.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/address.hpp"
#include "sim/control/problem.hpp"
#include "sim/link/counters_json.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/link/options_json.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::control {
namespace {

using link::direction;
using nlohmann::json;

constexpr direction directions[] = {direction::up, direction::down};

template <typename Toxics>
auto position(Toxics& toxics, std::string_view name)
{
    const auto found = std::find_if(toxics.begin(), toxics.end(),
                                    [&](const toxic& one) { return one.name == name; });
    if (found == toxics.end()) throw problem(404, fmt::format("toxic not found: \"{}\"", name));
    return found;
}

} // namespace

controlled_link::controlled_link(relay::relay& through, std::string name)
    : relay_(through),
      name_(std::move(name)),
      started_with_(asked()),
      now_{started_with_},
      applied_(started_with_)
{
}

controlled_link::both_ways controlled_link::asked() const
{
    return {relay_.asked(direction::up), relay_.asked(direction::down)};
}

// What a schedule has changed in the meantime becomes part of the base.
controlled_link::state controlled_link::current() const
{
    state made = now_;
    for (std::size_t way = 0; way < 2; ++way)
        if (const auto& held = relay_.asked(directions[way]); held != applied_[way])
            made.base[way] = held;
    return made;
}

void controlled_link::become(state wanted)
{
    both_ways effect = wanted.base;
    for (const toxic& one : wanted.toxics) {
        auto& way = effect[one.stream == direction::up ? 0 : 1];
        way = apply(way, one);
    }
    if (!wanted.enabled)
        for (auto& way : effect) way.cut = true;

    const both_ways before = asked();
    for (std::size_t way = 0; way < 2; ++way) {
        if (effect[way] == before[way]) continue;
        try {
            relay_.change(directions[way], effect[way]);
        } catch (const mistake& wrong) { // in the options, so in the request
            if (way == 1) relay_.change(directions[0], before[0]);
            throw bad_request(wrong);
        }
    }
    applied_ = asked();
    now_ = std::move(wanted);
}

void controlled_link::enable(bool enabled)
{
    state wanted = current();
    wanted.enabled = enabled;
    become(std::move(wanted));
}

const toxic& controlled_link::find(std::string_view toxic_name) const
{
    return *position(now_.toxics, toxic_name);
}

const toxic& controlled_link::add(toxic added)
{
    state wanted = current();
    for (const toxic& one : wanted.toxics)
        if (one.name == added.name)
            throw problem(409, fmt::format("toxic already exists: \"{}\"; update or delete it, or "
                                           "give this one another name",
                                           one.name));
    if (wanted.toxics.size() >= toxics_max)
        throw problem(409, fmt::format("a link has at most {} toxics", toxics_max));
    wanted.toxics.push_back(std::move(added));
    become(std::move(wanted));
    return now_.toxics.back();
}

const toxic& controlled_link::update(std::string_view toxic_name, const json& body)
{
    state wanted = current();
    auto& one = *position(wanted.toxics, toxic_name);
    one = updated(one, body);
    become(std::move(wanted));
    return find(toxic_name);
}

void controlled_link::remove(std::string_view toxic_name)
{
    state wanted = current();
    wanted.toxics.erase(position(wanted.toxics, toxic_name));
    become(std::move(wanted));
}

json controlled_link::impairments() const
{
    return {{"up", link::to_json(relay_.asked(direction::up))},
            {"down", link::to_json(relay_.asked(direction::down))}};
}

void controlled_link::write_impairments(const json& link)
{
    const auto parsed = read_request(link, [](const reading& at) {
        at.with("schedule", [](const reading& changes) {
            if (changes.size() > 0) changes.wrong("a running link takes no new schedule");
        });
        return link::read_link_options(at, no_files);
    });
    become({.base = {parsed.up, parsed.down}, .enabled = now_.enabled});
}

void controlled_link::merge_impairments(const json& keys)
{
    if (!keys.is_object())
        throw problem(400, "expected an object such as {\"up\": {\"loss\": 0.1}}");
    json common = keys;
    state wanted = current();
    // A link that is not enabled is cut, but that cut is none of its impairments.
    for (const toxic& one : wanted.toxics) {
        auto& way = wanted.base[one.stream == direction::up ? 0 : 1];
        way = apply(way, one);
    }
    wanted.toxics.clear();
    for (const char* name : {"up", "down"}) common.erase(name);
    const nlohmann::ordered_json in_both_ways = common;
    read_request(keys, [&](const reading& at) {
        const reading both(in_both_ways, at.found());
        for (std::size_t way = 0; way < 2; ++way) {
            auto& base = wanted.base[way];
            at.attempt([&] { base = link::read_impairments_over(base, both, no_files); });
            at.with(way == 0 ? "up" : "down", [&](const reading& own) {
                base = link::read_impairments_over(base, own, no_files);
            });
        }
        return true;
    });
    become(std::move(wanted));
}

void controlled_link::reset() { become({.base = started_with_}); }

json controlled_link::description() const
{
    json toxics = json::array();
    for (const toxic& one : now_.toxics) toxics.push_back(to_json(one));
    json made{{"name", name_},
              {"listen", ""},
              {"upstream", ""},
              {"enabled", now_.enabled},
              {"toxics", std::move(toxics)}};
    if (!relay_.ports().empty()) { // the first port stands for all
        made["listen"] = to_text(relay_.ports().front().listening);
        made["upstream"] = to_text(relay_.ports().front().upstream);
    }
    return made;
}

json controlled_link::counters() const
{
    json told = relay::state_json(relay_);
    told["flows"] =
        link::flows_json(relay_.decisions(direction::up), relay_.decisions(direction::down));
    return told;
}

} // namespace badwire::control
