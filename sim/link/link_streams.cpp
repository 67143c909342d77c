// The part of link.hpp that decides over byte streams.
#include "sim/link/lane_state.hpp"

namespace badwire::link {

duration lane::stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const
{
    if (state_->asked.delay.is_constant()) return state_->asked.delay.first;
    return state_->sampler.at(draw(of.key, rule::stream_delay, offset, stream));
}

duration lane::stream_transmission(std::size_t bytes, duration now)
{
    advance(now);
    if (!state_->asked.rate.limited()) return duration(0);
    if (state_->narrow->managed()) return state_->narrow->reserve(bytes, now);
    return state_->narrow->transmit(bytes, now);
}

std::size_t lane::stream_slice(const flow& of, std::uint64_t stream, std::uint64_t offset) const
{
    const stream_faults& tcp = state_->asked.tcp;
    if (tcp.slice_variation == 0) return tcp.slice_bytes;
    const auto most = static_cast<double>(tcp.slice_variation);
    const double more = std::floor((2 * most + 1) * draw(of.key, rule::slice, offset, stream));
    return static_cast<std::size_t>(
        std::max(1.0, static_cast<double>(tcp.slice_bytes) - most + more));
}

bool lane::stream_meets(const flow& of, std::uint64_t stream, std::string_view what,
                        double share) const
{
    const auto name = content_hash(std::as_bytes(std::span(what)));
    return draw(of.key, rule::toxicity, name, stream) < share;
}

bool lane::stream_refused(const flow& of, std::uint64_t stream)
{
    const double asked = state_->asked.tcp.refuse;
    const bool refused = asked > 0 && draw(of.key, rule::refuse, stream, 0) < asked;
    if (refused) state_->strikes.stream_struck("tcp");
    return refused;
}

} // namespace badwire::link
