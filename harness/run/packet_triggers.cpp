#include "harness/run/packet_triggers.hpp"

#include <algorithm>

namespace badwire::harness {

void packet_triggers::add(const packet_trigger& one)
{
    armed_.push_back({one, link::exact_matcher(one.on->rule)});
}

packet_triggers::note packet_triggers::offered(const link::watched_packet& what,
                                               const link::lane& by, const link::fate& met)
{
    for (armed& one : armed_)
        if (!one.told && one.what.on->which == what.which && one.what.on->link == by.link_name() &&
            one.matcher.applies(what.payload, what.flow, false, what.tcp)) {
            one.told = true;
            one.what.tell();
        }
    return passing_watcher::offered(what, by, met);
}

run_triggers::run_triggers(const scenario& what)
    : needed_(std::ranges::any_of(what.faults,
                                  [](const process_fault& one) { return one.packet.has_value(); }))
{
}

link::packet_watcher* run_triggers::before(link::packet_watcher* next)
{
    return needed_ ? &all_.emplace_back(next) : next;
}

void run_triggers::add(const packet_trigger& one)
{
    for (packet_triggers& each : all_) each.add(one);
}

} // namespace badwire::harness
