// process_load.hpp: the load that the clients of a scenario make: when they come, how much they ask
// for, how long they wait; and the theory that their waiting is held against.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/theory/queue.hpp"
#include "impl/load/arrivals.hpp"

namespace badwire::harness {

struct process_spec;
struct scenario;

/// The program that makes a whole load: it is told the three keys, and is no single client.
inline constexpr std::string_view load_program = "load-client";

/// "arrivals", "work" and "patience" of a process and its copies.
struct process_load {
    std::optional<load::arrivals> arrivals;
    std::optional<load::distribution> work;
    std::optional<load::distribution> patience; // in ns
    nlohmann::ordered_json asked;               // the three as they stand in the scenario
    std::filesystem::path file;                 // that the arrivals come from; empty: none

    /// How many units of work the k-th copy asks for. `seed` is the run's.
    std::uint64_t work_of(const process_spec& process, std::uint64_t seed) const;
};

/// Reads the three keys into a process. Throws mistake, or notes it.
void read_process_load(process_spec& into, const reading& at, const scenario& in);

/// Notes what does not fit together: arrivals for fewer clients than there are, work that nothing
/// asks for.
void check_process_load(const process_spec& first, std::size_t copies, const reading& at);

/// What the waiting of some clients is held against.
struct theory_spec {
    std::string clients; // a process, with its copies
    theory::queue_model model;
    std::optional<std::chrono::nanoseconds> service; // for a unit of work, or for each request
    double warm_up = 0.1; // the share of the requests, the first ones, that is left out
    std::optional<double> precision{}; // half the interval's width, as a share of the mean
};

/// {"client": "M/D/1"}, or {"client": {"model": "M/M/1", "service": "1ms", "warm_up": 0.1,
/// "precision": 0.05}}. Throws mistake, or notes it.
std::vector<theory_spec> read_theory(const reading& at, const scenario& in);

} // namespace badwire::harness
