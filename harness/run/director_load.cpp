// When the clients of a load come, and when they give up.
#include <fmt/format.h>

#include "harness/run/director.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {

// Its delay counts from when it may start; with arrivals, its place among them as well.
net::awaitable<void> director::wait_for_turn(supervised& one)
{
    net::time_point turn = stage_.network().now();
    const auto& load = one.spec->load;
    const bool comes = load && load->arrivals && one.spec->program != load_program;
    if (comes) {
        if (const load::closed_loop* const loop = load->arrivals->closed()) {
            if (one.spec->place >= loop->users) {
                const std::size_t before = one.spec->place - loop->users;
                supervised& last = *called_.at(one.spec->family).at(before);
                co_await until(
                    &last, [&] { return ending_ || last.has_ended(); }, net::never);
                const load::draws think(record_.seed, one.spec->family + "/think");
                turn = stage_.network().now() + loop->think.time(think.at(one.spec->place));
            }
        } else {
            turn = turn_in_family(one);
        }
    }
    turn += one.spec->delay;
    if (turn > stage_.network().now())
        co_await until(
            &one, [&] { return ending_; }, turn, true);
}

net::time_point director::turn_in_family(const supervised& one)
{
    const std::string& family = one.spec->family;
    auto known = turns_.find(family);
    if (known == turns_.end()) {
        const load::draws drawn(record_.seed, family + "/arrivals");
        known = turns_
                    .try_emplace(family, family_turns{stage_.network().now(),
                                                      one.spec->load->arrivals->times(
                                                          called_.at(family).size(), drawn)})
                    .first;
    }
    const auto& [begin, times] = known->second;
    if (one.spec->place < times.size()) return begin + times[one.spec->place];
    fail(fmt::format("by their arrivals only {} of {} clients {} come; lower the \"count\"",
                     times.size(), called_.at(family).size(), family));
    return begin;
}

net::awaitable<void> director::lose_patience(supervised& one)
{
    const load::draws drawn(record_.seed, one.spec->family + "/patience");
    const duration patience = one.spec->load->patience->time(drawn.at(one.spec->place));
    const bool ended = co_await until(
        &one, [&] { return ending_ || one.has_ended(); }, start_ + one.record->started + patience,
        true);
    if (ended) co_return;
    one.record->gave_up = true;
    one.actor->stop();
}

} // namespace badwire::harness
