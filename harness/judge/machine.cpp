#include "harness/judge/machine.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace badwire::harness {
namespace {

double ms(duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

// What relays noted of their lateness.
struct lateness {
    bool known = true;  // of every link
    duration behind{0}; // how long something that was due had not left
};

lateness lateness_of(const run_record& run, std::string_view link)
{
    lateness all;
    for (const auto& [name, found] : run.links.items()) {
        if (!link.empty() && name != link) continue;
        const json noted = found.value("lateness_ms", json::object());
        all.known = all.known && noted.value("samples", 0.0) > 0;
        all.behind += duration(std::llround(noted.value("behind", 0.0) * 1e6));
    }
    return all;
}

// The process, whom it is connected to, and whom those are.
std::set<const process_spec*> those_who_matter_to(const scenario& what, std::string_view name)
{
    std::set<const process_spec*> found;
    std::vector<const process_spec*> open = what.family(name);
    while (!open.empty()) {
        const process_spec* const one = open.back();
        open.pop_back();
        if (!found.insert(one).second) continue;
        std::ranges::copy(what.family(one->to), std::back_inserter(open));
        for (const auto& [link, names] : what.between) {
            const auto peers = what.peers_on(link);
            if (std::ranges::count(peers, one) > 0)
                std::ranges::copy(peers, std::back_inserter(open));
        }
    }
    return found;
}

duration waited_by_processes(const run_record& run, std::string_view of)
{
    const bool all = of.empty() || run.links.contains(of);
    const auto concerned = those_who_matter_to(*run.what, of);
    duration sum{0};
    for (const process_record& one : run.processes)
        if (all || concerned.contains(run.what->find(one.name))) sum += one.waited;
    return sum;
}

} // namespace

duration added_by_machine(const run_record& run, std::string_view of)
{
    const lateness late = lateness_of(run, run.links.contains(of) ? of : std::string_view());
    // The harness also waits while it starts and ends processes, which only the run's own time shows.
    const duration harness =
        late.known && !of.empty() ? late.behind : std::max(run.harness_waited, late.behind);
    return waited_by_processes(run, of) + harness;
}

bool machine_may_have_missed(const run_record& run, const judgement& unmet)
{
    return unmet.missed_by && 2 * added_by_machine(run, unmet.depends_on) >= *unmet.missed_by;
}

bool machine_may_have_stalled(const run_record& run)
{
    constexpr int telling_part = 4; // of the limit
    return run.time_limit_reached &&
           telling_part * added_by_machine(run, {}) >= run.what->time_limit;
}

std::string what_machine_added(const run_record& run)
{
    return fmt::format(
        "the machine was too busy: processes waited {:.0f} ms for a core, the harness "
        "with its relay {:.0f} ms, and the relay was behind for {:.0f} ms",
        ms(waited_by_processes(run, {})), ms(run.harness_waited), ms(lateness_of(run, {}).behind));
}

} // namespace badwire::harness
