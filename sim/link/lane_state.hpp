// lane_state.hpp: what a lane knows, for the files that define its functions; nobody else includes
// this.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "sim/link/bottleneck.hpp"
#include "sim/link/delay_sampler.hpp"
#include "sim/link/exact.hpp"
#include "sim/link/explainer.hpp"
#include "sim/link/impairment/row.hpp"
#include "sim/link/keyed_hash.hpp"
#include "sim/link/link.hpp"
#include "sim/link/occurrence_table.hpp"

namespace badwire::link {

class flow {
public: // but only in this folder's link.cpp and link_streams.cpp
    flow(std::string_view its_name, std::uint64_t its_key, std::uint64_t number)
        : name(its_name), key(its_key), apart(number * 0x9e3779b97f4a7c15)
    {
    }

    std::string name;
    std::uint64_t key;
    std::uint64_t apart; // tells its contents from those of other flows in the table of all
    std::uint64_t offered = 0;
    std::uint64_t arrived = 0;             // one more than the highest index that was delivered
    bool chain_begun = false, bad = false; // Gilbert-Elliott
    std::uint32_t lost_in_a_row = 0;
    bool noise_begun = false;
    double noise = 0; // filtered, of correlated delay
    duration last_due{0};
    counters count;
};

inline std::uint32_t between(std::uint32_t least, std::uint32_t most, double drawn)
{
    const double span = static_cast<double>(most - least) + 1;
    return least + std::min(static_cast<std::uint32_t>(drawn * span), most - least);
}

template <typename Number>
std::uint16_t narrowed(Number wide)
{
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(wide, UINT16_MAX));
}

struct lane::state {
    state(std::uint64_t with_seed, std::string_view name, direction way, const impairments& first,
          std::vector<change> planned, repetition repeated, partition_state separated,
          std::shared_ptr<bottleneck> shared)
        : seed(with_seed),
          link(name),
          which(way),
          changes(std::move(planned)),
          again(repeated),
          partitions(std::move(separated)),
          narrow(shared ? std::move(shared) : std::make_shared<bottleneck>())
    {
        apply(first);
    }

    void apply(const impairments& next)
    {
        narrow->set(next.rate, next.aqm);
        if (next.delay != asked.delay) sampler = delay_sampler(next.delay);
        asked = next;
        explained.reset();
        std::vector<exact_matcher> before = std::exchange(exact, {});
        for (const exact_rule& rule : asked.exact) {
            exact.emplace_back(rule);
            // The same rule in another part of the schedule continues its count.
            const auto same = std::ranges::find_if(
                before, [&](const exact_matcher& old) { return old.rule() == rule; });
            if (same != before.end()) {
                exact.back().resume(*same);
                before.erase(same);
            }
        }
        for (const exact_matcher& one : before) strikes.retire(one);
        strikes.watch(asked);
        draws = draws_by_contents(asked);
        clean = leaves_datagrams_alone(asked);
    }

    /// The change that comes next: its place and time.
    struct coming {
        std::size_t place = 0;
        duration at = duration::max();
    };
    bool repeats() const { return again.every > duration(0); }
    coming next() const
    {
        if (next_change >= changes.size()) return {};
        const bool comes_again = repeats() && next_change >= again.first && next_change < again.end;
        if (!comes_again) return {next_change, changes[next_change].at};
        const duration at = changes[next_change].at + later;
        if (again.end < changes.size() && changes[again.end].at <= at)
            return {again.end, changes[again.end].at};
        return {next_change, at};
    }
    /// Of what comes again, all but the last time before `now`: nobody has seen the others.
    void skip_laps(duration now)
    {
        if (!repeats() || next_change != again.first) return;
        const duration begin = changes[again.first].at + later;
        const duration until =
            again.end < changes.size() ? std::min(now, changes[again.end].at) : now;
        const auto laps = until < begin ? 0 : (until - begin) / again.every;
        if (laps > 1) later += (laps - 1) * again.every;
    }

    /// A number in [0, 1) for this packet and rule.
    static double drawn(const flow& of, rule about, const fate& for_)
    {
        return draw(of.key, about, for_.at.content, for_.at.occurrence);
    }

    /// How often something happens to this packet: not at all, or from its least to its most.
    template <typename Model>
    static std::uint32_t amount_of(const Model& some, const flow& of, rule chance, rule amount,
                                   const fate& decided, double& chance_drawn)
    {
        if (some.probability <= 0) return 0;
        chance_drawn = drawn(of, chance, decided);
        if (chance_drawn >= some.probability) return 0;
        return between(some.least, some.most, drawn(of, amount, decided));
    }

    /// Whether the packet is to be lost on the wire, as far as chance goes.
    bool loses(flow& of, duration now, fate& decided) const
    {
        const loss_model& loss = asked.loss;
        if (!loss.bursts) {
            decided.loss_asked = loss.probability_at(now);
            if (decided.loss_asked <= 0) return false;
            decided.loss_drawn = decided.loss_asked < 1 ? drawn(of, rule::loss, decided) : 0;
            return decided.loss_drawn < decided.loss_asked;
        }
        const std::uint64_t index = decided.at.index;
        const double turn = draw(of.key, rule::chain, index, 0);
        if (std::exchange(of.chain_begun, true)) {
            of.bad = of.bad ? turn >= loss.r : turn < loss.p;
        } else {
            const double both = loss.p + loss.r;
            of.bad = both > 0 && turn < loss.p / both;
        }
        decided.in_bad_state = of.bad;
        decided.loss_drawn = draw(of.key, rule::burst_loss, index, 0);
        decided.loss_asked = of.bad ? loss.in_bad : loss.in_good;
        return decided.loss_drawn < decided.loss_asked;
    }

    void go_on_with_noise(flow& of, std::uint64_t index) const
    {
        if (asked.delay.correlation <= 0) return;
        const double fresh = delay_sampler::to_normal(draw(of.key, rule::delay_noise, index, 0));
        const double kept = sampler.filter();
        of.noise = std::exchange(of.noise_begun, true)
                       ? kept * of.noise + std::sqrt(1 - kept * kept) * fresh
                       : fresh;
    }

    /// What all exact rules that apply to a packet do to it.
    struct exact_effect {
        bool drop = false;
        duration delay{0};
        std::uint32_t copies = 0;
        std::uint32_t flip_bits = 0;
    };
    exact_effect apply_exact_rules(const flow& of, std::span<const std::byte> payload,
                                   const segment* tcp, fate& decided)
    {
        exact_effect all;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            if (!exact[i].applies(payload, of.name, all.drop, tcp)) continue;
            const exact_rule& rule = exact[i].rule();
            decided.exact = narrowed(i + 1);
            all.drop = rule.drop;
            all.delay += rule.delay;
            all.copies += rule.copies;
            all.flip_bits += rule.flip_bits;
        }
        return all;
    }

    /// What drops the packet before the bottleneck: see the order in impairments.hpp.
    cause drops_before_queue(const exact_effect& exactly, mapping nat, std::size_t bytes,
                             const fate& decided)
    {
        if (exactly.drop) return cause::exact;
        if (decided.partition > 0) {
            partitions.count(decided.partition);
            return cause::partition;
        }
        if (asked.cut) return cause::cut;
        if (nat == mapping::forgotten) return cause::rebind;
        if (asked.mtu > 0 && bytes > asked.mtu) return cause::mtu;
        return cause::none;
    }

    /// Whether the wire loses the packet that it should lose.
    bool is_lost(flow& of, bool lost) const
    {
        const std::uint32_t most = asked.loss.at_most_in_a_row;
        if (lost && (most == 0 || of.lost_in_a_row < most)) {
            ++of.lost_in_a_row;
            return true;
        }
        of.lost_in_a_row = 0;
        return false;
    }

    /// Through the bottleneck, unless the packet waits in a managed queue; then on the wire.
    void transmit(flow& of, const exact_effect& exactly, bool lost, std::size_t bytes, duration now,
                  fate& decided)
    {
        if (asked.rate.limited()) {
            if (narrow->managed()) {
                // What stands in these until the packet leaves the queue: see after_queue().
                decided.waits = true;
                decided.lost_after_queue = lost;
                decided.delay = exactly.delay;
                decided.copies = narrowed(exactly.copies);
                decided.flip_bits = narrowed(exactly.flip_bits);
                return;
            }
            const auto queued = narrow->admit(bytes, now);
            if (!queued) return drop(of, cause::queue, decided);
            decided.queued = *queued;
        }
        go_on_wire(of, exactly, lost, bytes, now, decided);
    }

    void go_on_wire(flow& of, const exact_effect& exactly, bool lost, std::size_t bytes,
                    duration now, fate& decided)
    {
        if (is_lost(of, lost)) return drop(of, cause::loss, decided);
        alter(of, exactly, bytes, decided);
        hold_up(of, exactly, now, decided);
    }

    static void drop(flow& of, cause why, fate& decided)
    {
        decided.dropped = true;
        decided.why = why;
        ++of.count.dropped;
        ++of.count.dropped_by[static_cast<std::size_t>(why)];
    }

    /// Corruption and duplication.
    void alter(flow& of, const exact_effect& exactly, std::size_t bytes, fate& decided)
    {
        const std::uint32_t flips =
            exactly.flip_bits +
            amount_of(asked.corrupt, of, rule::corrupt, rule::bits, decided, decided.corrupt_drawn);
        decided.flip_bits = narrowed(std::min<std::uint64_t>(flips, 8 * bytes));
        if (decided.flip_bits > 0) ++of.count.corrupted;

        decided.copies =
            narrowed(exactly.copies + amount_of(asked.duplicate, of, rule::duplicate, rule::copies,
                                                decided, decided.duplicate_drawn));
        decided.copy_after = asked.duplicate.after;
        of.count.duplicated += decided.copies;
    }

    /// Delay and reordering.
    void hold_up(flow& of, const exact_effect& exactly, duration now, fate& decided) const
    {
        decided.delay = asked.delay.constant_at(now);
        if (!asked.delay.is_constant()) {
            decided.delay_drawn = asked.delay.correlation > 0 ? delay_sampler::to_quantile(of.noise)
                                                              : drawn(of, rule::delay, decided);
            decided.delay = sampler.at(decided.delay_drawn);
        }
        decided.delay += decided.queued;
        if (asked.delay.keep_order) {
            of.last_due = std::max(of.last_due, now + decided.delay);
            decided.delay = of.last_due - now;
        }
        decided.delay += exactly.delay;

        decided.overtakers = narrowed(amount_of(asked.reorder, of, rule::reorder, rule::overtakers,
                                                decided, decided.reorder_drawn));
        if (decided.overtakers > 0) decided.overtaken_within = asked.reorder.within;
    }

    std::uint64_t seed;
    std::string link;
    direction which;
    std::vector<change> changes; // in order of time
    std::size_t next_change = 0;
    repetition again;
    duration later{0}; // than they say, those that come again
    duration time{0};  // the latest that advance() was told
    partition_state partitions;

    impairments asked;
    bool draws = false; // whether any decision depends on contents
    bool clean = true;  // nothing is asked of datagrams
    delay_sampler sampler{delay_model{}};
    std::optional<explainer> explained; // made when first asked for
    std::shared_ptr<bottleneck> narrow; // other lanes may share it
    std::vector<exact_matcher> exact;
    strike_counter strikes{};
    stream_counters streams{};
    counters forgotten{}; // of forgotten flows
    std::map<std::string, std::unique_ptr<flow>, std::less<>> flows{};
    std::uint64_t flows_opened = 0;
    occurrence_table seen; // one for all flows, so that many of them take no more memory
};

} // namespace badwire::link
