// The part of director.hpp that says why no process can go on.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/run/director.hpp"
#include "harness/scenario/packet_names.hpp"
#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
// What each waits for, where that is known.
void director::note_who_waits()
{
    record_.pending.clear();
    for (const auto& one : processes_)
        if (one->actor && !one->has_ended())
            for (const auto& [what, since] : one->actor->waits_for())
                record_.pending.push_back({one->spec->name, what, since - start_});
}

// "no program can go on: ann waits for a datagram at 127.0.0.1:49154 since 8ms; …"
std::string director::explain_deadlock()
{
    std::string told = "deadlock: no program can go on";
    note_who_waits();
    json& record = record_.deadlock = {{"at_ms", to_ms(now())}, {"waiting", json::array()}};
    const auto lost = stage_.losses();
    const auto wires = wires_of(scenario_);
    for (const auto& one : processes_) {
        if (!one->actor || one->has_ended()) continue;
        const std::string& name = one->spec->name;
        std::vector<std::string> reasons;
        for (const auto& [process, what, since] : record_.pending) {
            if (process != name) continue;
            reasons.push_back(fmt::format("{} since {}", what, format_duration(since)));
            record["waiting"].push_back(
                {{"process", name}, {"for", what}, {"since_ms", to_ms(since)}});
        }
        if (!reasons.empty())
            told += fmt::format("; {} waits for {}", name, fmt::join(reasons, " and for "));
        const lost_packet* last = nullptr;
        for (const auto& [count, first, latest] : lost)
            if (ends_of(latest.flow, latest.which, scenario_).second == name &&
                (last == nullptr || latest.at > last->at))
                last = &latest;
        if (last == nullptr) continue;
        const std::string words = packet_words(as_bytes(last->contents), wires, last->tcp);
        told += fmt::format("; the last packet to {} that was lost: {} on {} {}, {} at {}", name,
                            words, last->link, link::to_string(last->which), last->why,
                            format_duration(last->at));
        record["lost"].push_back({{"process", name},
                                  {"packet", words},
                                  {"link", last->link},
                                  {"direction", link::to_string(last->which)},
                                  {"flow", last->flow},
                                  {"at_ms", to_ms(last->at)},
                                  {"why", last->why}});
    }
    return told;
}

// Not while a port that is bound has not been looked at, and not while the run ends anyway.
void director::look_for_deadlock()
{
    if (!playing_ || ending_) return;
    for (const auto& one : processes_)
        if (one->started && !one->ready && !one->has_ended() &&
            one->spec->ready == readiness::port && stage_.bound_at(*one->spec, one->address.port()))
            return;
    fail(explain_deadlock());
}

} // namespace badwire::harness
