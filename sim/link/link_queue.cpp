// The part of link.hpp that decides over packets that wait in a managed queue.
#include "sim/link/lane_state.hpp"

namespace badwire::link {

void lane::enter_queue(flow& of, const fate& met, std::size_t bytes, duration now,
                       std::uint64_t within, std::unique_ptr<queue_guest> guest)
{
    const bool by_chance = state_->asked.aqm.is == aqm_model::discipline::pie;
    state_->narrow->enter({.bytes = bytes,
                           .flow = of.key ^ within,
                           .capable = met.ecn != ecn::not_capable,
                           .drawn = by_chance ? state::drawn(of, rule::pie, met) : 1,
                           .guest = std::move(guest)},
                          now);
}

fate lane::after_queue(flow& of, fate met, std::size_t bytes, duration now,
                       const queue_guest::outcome& what)
{
    state& my = *state_;
    const state::exact_effect exactly{false, met.delay, met.copies, met.flip_bits};
    met.waits = false;
    met.delay = duration(0);
    met.copies = met.flip_bits = 0;
    met.queued = what.transmitted - now;
    met.aqm_asked = what.asked;
    met.marked = what.marked;
    if (what.asked > 0) met.aqm_drawn = state::drawn(of, rule::pie, met);
    if (met.marked) ++of.count.marked;
    if (what.why != cause::none) {
        my.drop(of, what.why, met);
        if (what.why == cause::aqm && my.asked.aqm.ecn && met.ecn == ecn::not_capable)
            ++of.count.not_capable;
    } else {
        my.go_on_wire(of, exactly, std::exchange(met.lost_after_queue, false), bytes, now, met);
    }
    met.lost_after_queue = false;
    my.strikes.count(my.asked, met);
    return met;
}

bottleneck& lane::narrow() { return *state_->narrow; }
const bottleneck& lane::narrow() const { return *state_->narrow; }

} // namespace badwire::link
