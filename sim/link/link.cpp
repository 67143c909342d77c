#include "sim/link/link.hpp"

#include <algorithm>
#include <map>

#include "sim/link/keyed_hash.hpp"
#include "sim/link/occurrence_table.hpp"

namespace badwire::link {

class flow {
public:
    flow(std::string_view name, std::uint64_t key) : name_(name), key_(key) {}

private:
    friend class lane;
    std::string name_;
    std::uint64_t key_;
    std::uint64_t offered_ = 0;
    std::uint64_t arrived_ = 0; // one more than the highest index that was delivered
    occurrence_table seen_;
};

struct lane::state {
    std::uint64_t seed;
    std::string link;
    direction which;
    impairments asked;
    bool draws; // whether any decision depends on the packet
    counters count{};
    std::map<std::string, std::unique_ptr<flow>, std::less<>> flows{};
};

namespace {

duration delay_at(const delay_model& asked, double drawn)
{
    const auto span = asked.most - asked.least;
    const auto above = static_cast<duration::rep>(drawn * (static_cast<double>(span.count()) + 1));
    return asked.least + std::min(duration(above), span);
}

bool is_constant(const delay_model& asked) { return asked.most <= asked.least; }

} // namespace

std::string_view to_string(direction which) { return which == direction::up ? "up" : "down"; }

lane::lane(std::uint64_t seed, std::string_view link, direction which, const impairments& asked)
    : state_(new state{.seed = seed,
                       .link = std::string(link),
                       .which = which,
                       .asked = asked,
                       .draws = (asked.loss > 0 && asked.loss < 1) || !is_constant(asked.delay)})
{
}

lane::~lane() = default;
lane::lane(lane&&) noexcept = default;

fate lane::decide(flow& of, std::span<const std::byte> payload, coordinates wanted)
{
    const impairments& asked = state_->asked;
    fate decided;
    decided.at.index = of.offered_++;
    ++state_->count.offered;
    state_->count.offered_bytes += payload.size();

    if (state_->draws || wanted == coordinates::always) {
        decided.at.content = content_hash(payload);
        decided.at.occurrence = of.seen_.next(decided.at.content);
        if (asked.loss > 0)
            decided.loss_drawn =
                draw(of.key_, rule::loss, decided.at.content, decided.at.occurrence);
    }
    decided.dropped = asked.loss >= 1 || decided.loss_drawn < asked.loss;
    if (decided.dropped) {
        ++state_->count.dropped;
        return decided;
    }
    decided.delay = is_constant(asked.delay)
                        ? asked.delay.least
                        : delay_at(asked.delay, draw(of.key_, rule::delay, decided.at.content,
                                                     decided.at.occurrence));
    return decided;
}

void lane::delivered(flow& of, std::uint64_t index, std::size_t bytes)
{
    ++state_->count.delivered;
    state_->count.delivered_bytes += bytes;
    if (index < of.arrived_) ++state_->count.reordered;
    else of.arrived_ = index + 1;
}

duration lane::stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const
{
    const delay_model& asked = state_->asked.delay;
    if (is_constant(asked)) return asked.least;
    return delay_at(asked, draw(of.key_, rule::stream_delay, offset, stream));
}

flow& lane::open_flow(std::string_view flow_name)
{
    const auto known = state_->flows.find(flow_name);
    if (known != state_->flows.end()) return *known->second;
    const auto key =
        flow_key(state_->seed, state_->link, static_cast<std::uint8_t>(state_->which), flow_name);
    return *state_->flows.emplace(flow_name, std::make_unique<flow>(flow_name, key)).first->second;
}

void lane::forget_flow(flow& of) { state_->flows.erase(state_->flows.find(of.name_)); }

const impairments& lane::asked() const { return state_->asked; }

counters& lane::count() { return state_->count; }

const counters& lane::count() const { return state_->count; }

} // namespace badwire::link
