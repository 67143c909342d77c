#include "sim/link/link.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/link/bottleneck.hpp"
#include "sim/link/delay_sampler.hpp"
#include "sim/link/exact.hpp"
#include "sim/link/keyed_hash.hpp"
#include "sim/link/occurrence_table.hpp"

namespace badwire::link {

class flow {
public:
    flow(std::string_view name, std::uint64_t key, std::uint64_t number)
        : name_(name), key_(key), apart_(number * 0x9e3779b97f4a7c15)
    {
    }

private:
    friend class lane;
    std::string name_;
    std::uint64_t key_;
    std::uint64_t apart_; // tells its contents from other flows' in the table of all
    std::uint64_t offered_ = 0;
    std::uint64_t arrived_ = 0;              // one more than the highest index that was delivered
    bool chain_begun_ = false, bad_ = false; // Gilbert-Elliott
    std::uint32_t lost_in_a_row_ = 0;
    bool noise_begun_ = false;
    double noise_ = 0; // filtered, of correlated delay
    duration last_due_{0};
};

struct lane::state {
    state(std::uint64_t with_seed, std::string_view name, direction way, const impairments& first,
          std::vector<change> later)
        : seed(with_seed), link(name), which(way), changes(std::move(later))
    {
        apply(first);
    }

    void apply(const impairments& next)
    {
        asked = next;
        sampler = delay_sampler(asked.delay);
        narrow.set(asked.rate);
        std::vector<exact_matcher> before = std::exchange(exact, {});
        for (const exact_rule& rule : asked.exact) {
            exact.emplace_back(rule);
            // The same rule in another part of the schedule goes on counting.
            const auto same = std::ranges::find_if(
                before, [&](const exact_matcher& old) { return old.rule() == rule; });
            if (same != before.end()) {
                exact.back().resume(*same);
                before.erase(same);
            }
        }
        const auto sometimes = [](double chance) { return chance > 0; };
        draws = (!asked.loss.bursts && asked.loss.probability > 0 && asked.loss.probability < 1) ||
                (!asked.delay.is_constant() && asked.delay.correlation <= 0) ||
                sometimes(asked.duplicate.probability) || sometimes(asked.reorder.probability) ||
                sometimes(asked.corrupt.probability) ||
                std::ranges::any_of(asked.exact,
                                    [](const exact_rule& rule) { return rule.flip_bits > 0; });
        clean = asked == impairments{.tcp = asked.tcp};
    }

    std::uint64_t seed;
    std::string link;
    direction which;
    std::vector<change> changes; // in order of time
    std::size_t next_change = 0;

    impairments asked;
    bool draws = false; // whether any decision depends on the packet's contents
    bool clean = true;  // nothing is asked of datagrams
    delay_sampler sampler{delay_model{}};
    bottleneck narrow;
    std::vector<exact_matcher> exact;
    counters count{};
    std::map<std::string, std::unique_ptr<flow>, std::less<>> flows{};
    std::uint64_t flows_opened = 0;
    occurrence_table seen; // of all flows, so that many of them take no more memory than one
};

namespace {

std::uint32_t between(std::uint32_t least, std::uint32_t most, double drawn)
{
    const double span = static_cast<double>(most - least) + 1;
    return least + std::min(static_cast<std::uint32_t>(drawn * span), most - least);
}

template <typename Number>
std::uint16_t narrowed(Number wide)
{
    return static_cast<std::uint16_t>(std::min<std::uint64_t>(wide, UINT16_MAX));
}

} // namespace

lane::lane(std::uint64_t seed, std::string_view link, direction which, const impairments& asked,
           std::vector<change> changes)
    : state_(new state(seed, link, which, asked, std::move(changes)))
{
}

lane::~lane() = default;
lane::lane(lane&&) noexcept = default;

fate lane::decide(flow& of, std::span<const std::byte> payload, duration now, coordinates wanted)
{
    state& my = *state_;
    advance(now);
    const impairments& asked = my.asked;
    fate decided;
    decided.at.index = of.offered_++;
    ++my.count.offered;
    my.count.offered_bytes += payload.size();

    if (my.draws || wanted == coordinates::always) {
        decided.at.content = content_hash(payload);
        decided.at.occurrence = my.seen.next(decided.at.content ^ of.apart_);
    }
    if (my.clean) return decided;

    const std::uint64_t index = decided.at.index;
    const auto drawn = [&](rule about) {
        return draw(of.key_, about, decided.at.content, decided.at.occurrence);
    };
    const auto drop = [&](cause why) {
        decided.dropped = true;
        decided.why = why;
        ++my.count.dropped;
        ++my.count.dropped_by[static_cast<std::size_t>(why)];
        return decided;
    };

    // What has a memory goes on with every packet, whatever else becomes of it.
    bool lost = false;
    if (asked.loss.bursts) {
        const double turn = draw(of.key_, rule::chain, index, 0);
        if (!std::exchange(of.chain_begun_, true)) {
            const double both = asked.loss.p + asked.loss.r;
            of.bad_ = both > 0 && turn < asked.loss.p / both;
        } else {
            of.bad_ = of.bad_ ? turn >= asked.loss.r : turn < asked.loss.p;
        }
        decided.in_bad_state = of.bad_;
        decided.loss_drawn = draw(of.key_, rule::burst_loss, index, 0);
        lost = decided.loss_drawn < (of.bad_ ? asked.loss.in_bad : asked.loss.in_good);
    } else if (asked.loss.probability > 0) {
        if (asked.loss.probability < 1) decided.loss_drawn = drawn(rule::loss);
        else decided.loss_drawn = 0;
        lost = decided.loss_drawn < asked.loss.probability;
    }
    if (asked.delay.correlation > 0) {
        const double noise = delay_sampler::to_normal(draw(of.key_, rule::delay_noise, index, 0));
        const double kept = my.sampler.filter();
        of.noise_ = std::exchange(of.noise_begun_, true)
                        ? kept * of.noise_ + std::sqrt(1 - kept * kept) * noise
                        : noise;
    }

    // The packet's way: see the order in impairments.hpp.
    bool dropped_exactly = false;
    duration extra_delay{0};
    std::uint32_t flips = 0;
    std::uint32_t copies = 0;
    for (std::size_t i = 0; i < my.exact.size(); ++i) {
        if (!my.exact[i].applies(payload, of.name_)) continue;
        const exact_rule& rule = my.exact[i].rule();
        decided.exact = narrowed(i + 1);
        extra_delay += rule.delay;
        copies += rule.copies;
        flips += rule.flip_bits;
        dropped_exactly = rule.drop;
        if (dropped_exactly) break;
    }
    if (dropped_exactly) return drop(cause::exact);
    if (asked.cut) return drop(cause::cut);
    if (asked.mtu > 0 && payload.size() > asked.mtu) return drop(cause::mtu);
    if (asked.rate.limited()) {
        const auto queued = my.narrow.admit(payload.size(), now);
        if (!queued) return drop(cause::queue);
        decided.queued = *queued;
    }
    if (lost &&
        (asked.loss.at_most_in_a_row == 0 || of.lost_in_a_row_ < asked.loss.at_most_in_a_row)) {
        ++of.lost_in_a_row_;
        return drop(cause::loss);
    }
    of.lost_in_a_row_ = 0;

    if (asked.corrupt.probability > 0) {
        decided.corrupt_drawn = drawn(rule::corrupt);
        if (decided.corrupt_drawn < asked.corrupt.probability)
            flips += between(asked.corrupt.least, asked.corrupt.most, drawn(rule::bits));
    }
    decided.flip_bits = narrowed(std::min<std::uint64_t>(flips, 8 * payload.size()));
    if (decided.flip_bits > 0) ++my.count.corrupted;

    if (asked.duplicate.probability > 0) {
        decided.duplicate_drawn = drawn(rule::duplicate);
        if (decided.duplicate_drawn < asked.duplicate.probability)
            copies += between(asked.duplicate.least, asked.duplicate.most, drawn(rule::copies));
    }
    decided.copies = narrowed(copies);
    decided.copy_after = asked.duplicate.after;
    my.count.duplicated += decided.copies;

    if (!asked.delay.is_constant()) {
        decided.delay_drawn = asked.delay.correlation > 0 ? delay_sampler::to_quantile(of.noise_)
                                                          : drawn(rule::delay);
        decided.delay = my.sampler.at(decided.delay_drawn);
    } else {
        decided.delay = asked.delay.first;
    }
    decided.delay += decided.queued;

    if (asked.reorder.probability > 0) {
        decided.reorder_drawn = drawn(rule::reorder);
        if (decided.reorder_drawn < asked.reorder.probability) {
            decided.overtakers =
                narrowed(between(asked.reorder.least, asked.reorder.most, drawn(rule::overtakers)));
            decided.overtaken_within = asked.reorder.within;
        }
    }
    if (asked.delay.keep_order) {
        of.last_due_ = std::max(of.last_due_, now + decided.delay);
        decided.delay = of.last_due_ - now;
    }
    decided.delay += extra_delay;
    return decided;
}

void lane::corrupt(const flow& of, const fate& decided, std::span<std::byte> payload) const
{
    const std::size_t bits = 8 * payload.size();
    std::vector<std::size_t> flipped;
    while (flipped.size() < std::min<std::size_t>(decided.flip_bits, bits)) {
        const auto about = static_cast<rule>(static_cast<std::uint64_t>(rule::flipped) +
                                             (std::uint64_t{flipped.size()} << 32));
        const double drawn = draw(of.key_, about, decided.at.content, decided.at.occurrence);
        auto bit = std::min(static_cast<std::size_t>(drawn * static_cast<double>(bits)), bits - 1);
        while (std::ranges::find(flipped, bit) != flipped.end()) bit = (bit + 1) % bits;
        payload[bit / 8] ^= std::byte{0x80} >> (bit % 8);
        flipped.push_back(bit);
    }
}

void lane::delivered(flow& of, std::uint64_t index, std::size_t bytes)
{
    ++state_->count.delivered;
    state_->count.delivered_bytes += bytes;
    if (index + 1 < of.arrived_) ++state_->count.reordered; // a copy of the latest is not late
    else of.arrived_ = index + 1;
}

duration lane::stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const
{
    if (state_->asked.delay.is_constant()) return state_->asked.delay.first;
    return state_->sampler.at(draw(of.key_, rule::stream_delay, offset, stream));
}

duration lane::stream_transmission(std::size_t bytes, duration now)
{
    advance(now);
    return state_->asked.rate.limited() ? state_->narrow.transmit(bytes, now) : duration(0);
}

bool lane::stream_refused(const flow& of, std::uint64_t stream) const
{
    const double asked = state_->asked.tcp.refuse;
    return asked > 0 && draw(of.key_, rule::refuse, stream, 0) < asked;
}

flow& lane::open_flow(std::string_view flow_name)
{
    const auto known = state_->flows.find(flow_name);
    if (known != state_->flows.end()) return *known->second;
    const auto key =
        flow_key(state_->seed, state_->link, static_cast<std::uint8_t>(state_->which), flow_name);
    auto made = std::make_unique<flow>(flow_name, key, state_->flows_opened++);
    return *state_->flows.emplace(flow_name, std::move(made)).first->second;
}

void lane::forget_flow(flow& of) { state_->flows.erase(state_->flows.find(of.name_)); }

const impairments& lane::asked() const { return state_->asked; }

void lane::change_to(const impairments& asked) { state_->apply(asked); }

duration lane::next_change() const
{
    const state& my = *state_;
    return my.next_change < my.changes.size() ? my.changes[my.next_change].at : duration::max();
}

void lane::advance(duration now)
{
    while (next_change() <= now) state_->apply(state_->changes[state_->next_change++].now);
}

counters& lane::count() { return state_->count; }

const counters& lane::count() const { return state_->count; }

} // namespace badwire::link
