#include "harness/run/packet_recorder.hpp"

#include <xxhash.h>

namespace badwire::harness {

void packet_recorder::mix(std::uint64_t number)
{
    arrivals_ = XXH3_64bits_withSeed(&number, sizeof number, arrivals_);
}

// The note that goes with the packet is its place.
packet_recorder::note packet_recorder::offered(const link::watched_packet& what,
                                               const link::lane& by, const link::fate& met)
{
    auto place = std::make_shared<const std::string>(std::to_string(packets_.size()));
    packets_.push_back({.link = by.link_name(),
                        .which = what.which,
                        .flow = std::string(what.flow),
                        .nth = numbers_[&by].next(what.which, what.tcp),
                        .at = what.time,
                        .payload = {what.payload.begin(), what.payload.end()},
                        .tcp = link::copied(what.tcp),
                        .met = met,
                        .why = by.explain(met)});
    return place;
}

// What passes untouched on the relay has no note.
void packet_recorder::left(const link::watched_packet& what, std::uint32_t copy, const note& said)
{
    if (said) {
        seen_packet& of = packets_.at(std::stoull(*said));
        if (copy == 0) of.left = what.time;
        mix(XXH3_64bits(of.link.data(), of.link.size()));
    }
    mix(static_cast<std::uint64_t>(what.which));
    mix(static_cast<std::uint64_t>(what.time.count()));
    mix(XXH3_64bits(what.payload.data(), what.payload.size()));
}

} // namespace badwire::harness
