#include "sim/link/link.hpp"

#include "sim/link/lane_state.hpp"

namespace badwire::link {

lane::lane(std::uint64_t seed, std::string_view link, direction which, const impairments& asked,
           std::vector<change> changes, repetition again, std::shared_ptr<bottleneck> shared)
    : state_(new state(seed, link, which, asked, std::move(changes), again, {which, {}, {}},
                       std::move(shared)))
{
}

lane::lane(std::uint64_t seed, std::string_view link, const link_options& asked, direction which,
           std::shared_ptr<bottleneck> shared)
    : state_(new state(seed, link, which, which == direction::up ? asked.up : asked.down,
                       which == direction::up ? asked.up_changes : asked.down_changes,
                       which == direction::up ? asked.up_again : asked.down_again,
                       {which, asked.partitions, asked.goes_to}, std::move(shared)))
{
}

lane::~lane() = default;
lane::lane(lane&&) noexcept = default;

std::uint64_t lane::foresee(const flow& of, std::span<const std::byte> payload,
                            coordinates wanted) const
{
    if (!state_->draws && wanted != coordinates::always) return 0;
    const std::uint64_t content = content_hash(payload);
    state_->seen.prefetch(content ^ of.apart);
    return content;
}

fate lane::decide(flow& of, std::span<const std::byte> payload, duration now, coordinates wanted)
{
    return decide(of, payload, now, wanted, foresee(of, payload, wanted));
}

fate lane::decide(flow& of, std::span<const std::byte> payload, duration now, coordinates wanted,
                  std::uint64_t content, mapping nat, const segment* tcp, std::string_view sender,
                  std::uint8_t ecn)
{
    state& my = *state_;
    advance(now);
    my.strikes.used(now);
    fate decided;
    decided.ecn = ecn;
    decided.at.index = of.offered++;
    ++of.count.offered;
    of.count.offered_bytes += payload.size();
    if (my.draws || wanted == coordinates::always) {
        // A schedule may need the contents only now, after they were foreseen.
        decided.at.content = content != 0 ? content : content_hash(payload);
        decided.at.occurrence = my.seen.next(decided.at.content ^ of.apart);
    }
    if (my.partitions.any()) decided.partition = my.partitions.meets(of.name, sender);
    if (my.clean && decided.partition == 0) return decided;

    // Models with a memory advance with every packet, even with one that is dropped below.
    decided.rebound = nat == mapping::renewed;
    if (decided.rebound) ++of.count.rebound;
    const bool lost = my.loses(of, now, decided);
    my.go_on_with_noise(of, decided.at.index);

    const state::exact_effect exactly = my.apply_exact_rules(of, payload, tcp, decided);
    const cause why = my.drops_before_queue(exactly, nat, payload.size(), decided);
    if (why != cause::none) my.drop(of, why, decided);
    else my.transmit(of, exactly, lost, payload.size(), now, decided);
    if (!decided.waits) my.strikes.count(my.asked, decided);
    return decided;
}

void lane::corrupt(const flow& of, const fate& decided, std::span<std::byte> payload) const
{
    const std::size_t bits = 8 * payload.size();
    std::vector<bool> flipped(bits);
    for (std::uint64_t i = 0; i < decided.flip_bits && i < bits; ++i) {
        const auto about = static_cast<rule>(static_cast<std::uint64_t>(rule::flipped) + (i << 32));
        const double drawn = draw(of.key, about, decided.at.content, decided.at.occurrence);
        auto bit = std::min(static_cast<std::size_t>(drawn * static_cast<double>(bits)), bits - 1);
        while (flipped[bit]) bit = (bit + 1) % bits;
        flipped[bit] = true;
        payload[bit / 8] ^= std::byte{0x80} >> (bit % 8);
    }
}

void lane::delivered(flow& of, std::uint64_t index, std::size_t bytes)
{
    ++of.count.delivered;
    of.count.delivered_bytes += bytes;
    if (index + 1 < of.arrived) ++of.count.reordered; // a copy of the latest packet is not late
    else of.arrived = index + 1;
}

void lane::undeliverable(flow& of) { ++of.count.undeliverable; }
void lane::refused(flow& of, std::size_t bytes) { of.count.refused(bytes); }

strike_counter& lane::strikes() { return state_->strikes; }
strikes lane::struck() const { return state_->strikes.so_far(state_->exact); }

const std::string& lane::link_name() const { return state_->link; }
direction lane::which() const { return state_->which; }
const std::string& lane::name_of(const flow& of) { return of.name; }

flow& lane::open_flow(std::string_view flow_name)
{
    const auto known = state_->flows.find(flow_name);
    if (known != state_->flows.end()) return *known->second;
    const auto key =
        flow_key(state_->seed, state_->link, static_cast<std::uint8_t>(state_->which), flow_name);
    auto made = std::make_unique<flow>(flow_name, key, state_->flows_opened++);
    return *state_->flows.emplace(flow_name, std::move(made)).first->second;
}

void lane::forget_flow(flow& of)
{
    state_->forgotten += of.count;
    state_->flows.erase(state_->flows.find(of.name));
}

std::string lane::explain(const fate& decided) const
{
    if (decided.why == cause::partition)
        return "dropped: " + state_->partitions.said(decided.partition);
    if (!state_->explained) state_->explained.emplace(state_->asked);
    return (*state_->explained)(decided);
}

const impairments& lane::asked() const { return state_->asked; }

void lane::change_to(const impairments& asked) { state_->apply(asked); }

duration lane::next_change() const
{
    return std::min(state_->next().at, state_->partitions.next());
}

bool lane::cuts(const flow& of) const
{
    state& my = *state_;
    return my.asked.cut || (my.partitions.any() && my.partitions.meets(of.name, {}) > 0);
}

void lane::stream_cut(const flow& of)
{
    state& my = *state_;
    if (my.asked.cut) my.strikes.stream_struck("cut");
    else if (const auto said = my.partitions.meets(of.name, {})) my.partitions.count(said);
}

const partition_state& lane::partitions() const { return state_->partitions; }

void lane::advance(duration now)
{
    state& my = *state_;
    my.time = std::max(my.time, now);
    my.skip_laps(now);
    my.partitions.advance(my.time);
    for (auto next = my.next(); next.at <= now; next = my.next()) {
        my.narrow->serve(next.at);
        my.next_change = next.place + 1;
        my.apply(my.changes[next.place].now);
        if (my.repeats() && my.next_change == my.again.end) {
            my.next_change = my.again.first;
            my.later += my.again.every;
        }
    }
}

counters lane::count() const
{
    counters all = state_->forgotten;
    for (const auto& [name, one] : state_->flows) all += one->count;
    return all;
}

const counters& lane::forgotten() const { return state_->forgotten; }

void lane::each_flow(const std::function<void(std::string_view, const counters&)>& use) const
{
    for (const auto& [name, one] : state_->flows) use(name, one->count);
}

} // namespace badwire::link
