#include "sim/control/controlled_link.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

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

controlled_link::controlled_link(relay::relay& through, std::string name, link_end listen,
                                 link_end upstream, bool enabled)
    : relay_(through),
      name_(std::move(name)),
      listen_(std::move(listen)),
      upstream_(std::move(upstream)),
      started_with_(asked()),
      now_{started_with_},
      applied_(started_with_)
{
    enable(enabled);
}

void controlled_link::open()
{
    if (relay::leads_to_itself(listen_.at, upstream_.at))
        throw problem(400, fmt::format("upstream {}: the link would lead to itself; name the "
                                       "server's address, or listen on another port",
                                       upstream_.written));
    try {
        listen_.at = relay_.open(listen_.at, upstream_.at, "");
    } catch (const boost::system::system_error& error) {
        throw problem(
            409, fmt::format("cannot listen on {}: {}", listen_.written, error.code().message()),
            error.code());
    }
    listen_.written = to_text(listen_.at);
}

void controlled_link::enable(bool enabled)
{
    if (enabled == enabled_) return;
    if (enabled) open();
    else relay_.shut();
    enabled_ = enabled;
}

void controlled_link::move(const link_end& listen, const link_end& upstream)
{
    if (listen.at == listen_.at && upstream == upstream_) return;
    const auto before = std::pair(listen_, upstream_);
    const bool enabled = enabled_;
    enable(false);
    std::tie(listen_, upstream_) = std::tie(listen, upstream);
    try {
        enable(enabled);
    } catch (const problem&) {
        std::tie(listen_, upstream_) = before;
        enable(enabled);
        throw;
    }
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

link::impairments controlled_link::effect(const state& of, direction way, carried what,
                                          const std::function<bool(const toxic&)>& counts)
{
    auto made = of.base.at(static_cast<std::size_t>(way));
    for (const toxic& one : of.toxics)
        if (one.stream == way && counts(one)) made = apply(made, one, what);
    made.cut |= of.cut;
    return made;
}

// The schedule suspends the toxics: then a connection meets what datagrams meet.
relay::stream_terms controlled_link::terms(const state& of, const both_ways& of_datagrams)
{
    const auto suspended = [of_datagrams](const link::lane& way) {
        return way.asked() != of_datagrams.at(static_cast<std::size_t>(way.which()));
    };
    return {.set_up =
                [=](const link::lane& way) {
                    return suspended(way) ? way.asked()
                                          : effect(of, way.which(), carried::streams, is_of_set_up);
                },
            .afterwards =
                [=](const link::lane& way, const link::flow& flow, std::uint64_t number) {
                    if (suspended(way)) return way.asked();
                    return effect(of, way.which(), carried::streams, [&](const toxic& one) {
                        return !is_of_some_connections(one) ||
                               way.stream_meets(flow, number, one.name, one.toxicity);
                    });
                }};
}

void controlled_link::become(state wanted)
{
    both_ways of_datagrams;
    for (const direction way : directions) {
        effect(wanted, way, carried::datagrams,
               [](const toxic&) { return true; }); // throws where one is not possible
        of_datagrams.at(static_cast<std::size_t>(way)) =
            effect(wanted, way, carried::datagrams,
                   [](const toxic& one) { return !is_of_some_connections(one); });
    }

    const both_ways before = asked();
    for (std::size_t way = 0; way < 2; ++way) {
        if (of_datagrams[way] == before[way]) continue;
        try {
            relay_.change(directions[way], of_datagrams[way]);
        } catch (const mistake& wrong) { // in the options, so in the request
            if (way == 1) relay_.change(directions[0], before[0]);
            throw bad_request(wrong);
        }
    }
    applied_ = asked();
    const bool alike = std::ranges::all_of(wanted.toxics, is_of_set_up);
    relay_.change_streams(alike ? std::nullopt : std::optional(terms(wanted, applied_)));
    now_ = std::move(wanted);
}

void controlled_link::cut(bool cut)
{
    state wanted = current();
    wanted.cut = cut;
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

// Ramps begin when they are asked for.
link::surroundings controlled_link::from_now_on() const
{
    link::surroundings around = no_files;
    around.begins = relay_.now();
    return around;
}

void controlled_link::write_impairments(const json& link)
{
    const auto parsed = read_request(link, [this](const reading& at) {
        at.with("schedule", [](const reading& changes) {
            if (changes.size() > 0) changes.wrong("a running link takes no new schedule");
        });
        return link::read_link_options(at, from_now_on());
    });
    become({.base = {parsed.up, parsed.down}, .cut = now_.cut});
}

void controlled_link::merge_impairments(const json& keys)
{
    if (!keys.is_object())
        throw problem(400, "expected an object such as {\"up\": {\"loss\": 0.1}}");
    state wanted = current();
    // A cut of the whole link is none of its impairments.
    for (const toxic& one : wanted.toxics) {
        if (is_of_some_connections(one)) continue;
        auto& way = wanted.base.at(static_cast<std::size_t>(one.stream));
        way = apply(way, one, carried::datagrams);
    }
    wanted.toxics.clear();
    wanted.base = read_request(keys, [&](const reading& at) {
        return link::read_changes(wanted.base, at, from_now_on());
    });
    become(std::move(wanted));
}

void controlled_link::reset()
{
    become({.base = started_with_});
    enable(true);
}

json controlled_link::description() const
{
    json toxics = json::array();
    for (const toxic& one : now_.toxics) toxics.push_back(to_json(one));
    return {{"name", name_},       {"listen", listen_.written}, {"upstream", upstream_.written},
            {"enabled", enabled_}, {"cut", now_.cut},           {"toxics", std::move(toxics)}};
}

json controlled_link::counters() const
{
    json told = relay::state_json(relay_);
    told["flows"] =
        link::flows_json(relay_.decisions(direction::up), relay_.decisions(direction::down));
    return told;
}

} // namespace badwire::control
