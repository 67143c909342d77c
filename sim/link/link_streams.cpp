// The part of link.hpp that decides over byte streams.
#include "sim/link/lane_state.hpp"

namespace badwire::link {
namespace {

// What makes a segment's numbers its own: its place in the stream, and its kind, stream and number
// of times. A stream has less than 2^60 bytes and is sent less than 2^20 times.
double draw_segment(std::uint64_t flow_key, rule about, const stream_segment& what)
{
    const auto of_kind = static_cast<std::uint64_t>(what.is);
    return draw(flow_key, about, of_kind << 60 | what.offset, what.stream << 20 | what.before);
}

segment as_exact_rules_see(const stream_segment& what, direction which)
{
    using is_a = stream_segment::kind;
    const bool begins = what.is == is_a::syn && what.offset == 0;
    unsigned flags = begins ? tcp_flags::syn : tcp_flags::ack;
    if (begins && which == direction::down) flags |= tcp_flags::ack;
    if (what.is == is_a::end) flags |= tcp_flags::fin;
    const bool placed = what.is == is_a::data || what.is == is_a::end;
    return {.sequence = placed ? 1 + what.offset : 0,
            .bytes = what.bytes,
            .flags = static_cast<std::uint8_t>(flags)};
}

bool chain_loses(const loss_model& loss, std::uint64_t flow_key, const stream_segment& what,
                 segment_memory& before, fate& decided)
{
    // By the place in the series, which acknowledgments have of their own.
    const std::uint64_t place = static_cast<std::uint64_t>(what.is) << 60 | decided.at.index;
    const double turn = draw(flow_key, rule::segment_chain, place, what.stream);
    const double both = loss.p + loss.r;
    if (std::exchange(before.chain_begun, true))
        before.bad = before.bad ? turn >= loss.r : turn < loss.p;
    else before.bad = both > 0 && turn < loss.p / both;
    decided.in_bad_state = before.bad;
    decided.loss_drawn = draw(flow_key, rule::segment_burst_loss, place, what.stream);
    decided.loss_asked = before.bad ? loss.in_bad : loss.in_good;
    return decided.loss_drawn < decided.loss_asked;
}

} // namespace

duration lane::stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const
{
    if (state_->asked.delay.is_constant()) return state_->asked.delay.constant_at(state_->time);
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

bool lane::loses_segments() const
{
    static const loss_model none;
    return state_->asked.loss != none || state_->asked.corrupt.probability > 0 ||
           looks_at_segments();
}

bool lane::looks_at_segments() const
{
    return std::ranges::any_of(state_->asked.exact,
                               [](const exact_rule& one) { return one.tcp.has_value(); });
}

fate lane::decide(const flow& of, const stream_segment& what, segment_memory& before)
{
    const impairments& asked = state_->asked;
    fate decided;
    decided.at.index = before.index++;
    decided.at.occurrence = what.before;
    bool lost = false;
    if (asked.loss.bursts) {
        lost = chain_loses(asked.loss, of.key, what, before, decided);
    } else if (decided.loss_asked = asked.loss.probability_at(state_->time);
               decided.loss_asked > 0) {
        decided.loss_drawn = draw_segment(of.key, rule::segment_loss, what);
        lost = decided.loss_drawn < decided.loss_asked;
    }
    state::exact_effect exactly;
    if (looks_at_segments()) {
        const segment told = as_exact_rules_see(what, state_->which);
        std::vector<std::byte> canonical(segment_header_bytes);
        canonical.insert(canonical.end(), what.contents.begin(), what.contents.end());
        exactly = state_->apply_exact_rules(of, canonical, &told, decided);
    }
    const std::uint32_t most = asked.loss.at_most_in_a_row;
    if (exactly.drop) {
        decided.why = cause::exact;
    } else if (asked.cut) {
        decided.why = cause::cut;
    } else if (state_->partitions.any() &&
               (decided.partition = state_->partitions.meets(of.name, {})) > 0) {
        decided.why = cause::partition;
    } else if (lost && (most == 0 || before.lost_in_a_row < most)) {
        ++before.lost_in_a_row;
        decided.why = cause::loss;
    } else {
        before.lost_in_a_row = 0;
        if (asked.corrupt.probability > 0)
            decided.corrupt_drawn = draw_segment(of.key, rule::segment_corrupt, what);
        if (decided.corrupt_drawn < asked.corrupt.probability)
            decided.flip_bits = narrowed(asked.corrupt.least);
        decided.flip_bits = narrowed(decided.flip_bits + exactly.flip_bits);
    }
    decided.delay = exactly.delay;
    decided.dropped = decided.why != cause::none;
    return decided;
}

stream_counters& lane::streams() { return state_->streams; }
const stream_counters& lane::streams() const { return state_->streams; }

} // namespace badwire::link
