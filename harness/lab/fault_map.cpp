#include "harness/lab/fault_map.hpp"

#include <fmt/format.h>

#include "harness/lab/parallel.hpp"
#include "harness/run/output.hpp"
#include "harness/scenario/packet_words.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {

std::vector<loss_of_packet> map_faults(const scenario& what, std::uint64_t seed, unsigned jobs,
                                       const std::atomic<bool>* cancelled, work_watcher watcher)
{
    laboratory lab(cancelled, std::move(watcher));
    const trial whole = lab.observe(what, seed);
    if (whole.record.verdict != verdict::pass)
        throw net::failure(
            fmt::format("with seed {} it fails: {}; badwire shrink says which faults "
                        "make it fail",
                        seed, whole.record.message));
    if (whole.packets.empty()) throw net::failure("no datagram goes over a link");

    const auto dropped = std::ranges::count_if(
        whole.packets, [](const seen_packet& one) { return one.met.dropped; });
    lab.expect(1 + whole.packets.size() - static_cast<std::size_t>(dropped));
    std::vector<loss_of_packet> map(whole.packets.size());
    in_parallel(jobs, map.size(), [&](std::size_t i) {
        if (cancelled && *cancelled) return;
        loss_of_packet& one = map[i];
        one.packet = whole.packets[i];
        if (one.packet.met.dropped) {
            one.means = loss_of_packet::lost_anyway;
            return;
        }
        const fault lost = numbered_fault(one.packet, "drop", what);
        const run_record run = lab.run(with_faults(what, std::span(&lost, 1)), seed);
        one.cost = run.elapsed - whole.record.elapsed;
        if (run.verdict != verdict::pass) {
            one.means = loss_of_packet::fatal;
            one.kind = failure_kind(run);
        } else if (one.cost > duration(0)) {
            one.means = loss_of_packet::costs;
        }
    });
    return map;
}

json to_json(const std::vector<loss_of_packet>& map, const scenario& of)
{
    constexpr std::array<const char*, 4> words{"lost anyway", "harmless", "costs", "fatal"};
    const auto wires = wires_of(of);
    json made = json::array();
    for (const loss_of_packet& one : map) {
        const auto ms = [](duration time) {
            return std::chrono::duration<double, std::milli>(time).count();
        };
        json entry{{"link", one.packet.link},
                   {"direction", link::to_string(one.packet.which)},
                   {"nth", one.packet.nth},
                   {"flow", one.packet.flow},
                   {"at_ms", ms(one.packet.at)},
                   {"packet", packet_words(one.packet.payload, wires, one.packet.tcp)},
                   {"if_lost", words.at(one.means)}};
        if (one.means == loss_of_packet::costs) entry["cost_ms"] = ms(one.cost);
        if (one.means == loss_of_packet::fatal) entry["failure"] = one.kind;
        made.push_back(std::move(entry));
    }
    return made;
}

void write_explained(const scenario& what, std::uint64_t seed,
                     const std::vector<loss_of_packet>& map, const std::string& folder)
{
    output_folder out(folder, 1);
    runner_options options;
    options.out = folder;
    const run_record record = runner(options).run_one({.what = &what,
                                                       .network = network_kind::virtual_time,
                                                       .seed = seed,
                                                       .repeat = 0,
                                                       .folder_name = "0001-explained"});
    json results = results_json({record}, record.wall);
    results["runs"][0]["fault_map"] = to_json(map, what);
    out.finish(std::move(results));
}

} // namespace badwire::harness
