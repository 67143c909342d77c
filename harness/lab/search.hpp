// search.hpp: looks for seeds with which a scenario fails, and tells the kinds of failures apart.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "harness/lab/laboratory.hpp"

namespace badwire::harness {

/// Failures that look alike: the same expectations, and the same fates of the last packets.
struct failures {
    std::string kind;         // see failure_kind()
    std::string last_packets; // "wan up lost by loss, wan up passed"
    std::uint64_t count = 0;
    std::uint64_t seed = 0;         // of the first that failed so
    std::uint64_t interleaving = 0; // likewise
    std::size_t combination = 0;    // of the scenario's matrix, which of those searched
};

struct search_state {
    std::uint64_t next = 0; // how many runs have been made, from the first on
    std::uint64_t failed = 0;
    std::vector<failures> kinds; // in the order in which they were found
};

struct search_options {
    std::uint64_t first_seed = 1, seeds = 1000;
    std::uint64_t interleavings = 1; // of each seed: the plain one, and so many less one others
    unsigned jobs = 1;
    const std::atomic<bool>* cancelled = nullptr;
    /// Told now and then what has been found so far; runs in order.
    std::function<void(const search_state&)> progress{};
};

/// At most so many kinds are told apart; further ones count as the last.
inline constexpr std::size_t failure_kinds_max = 100;

/// Runs every combination with every seed in every order, going on where `state` stands.
void search(const std::vector<const scenario*>& combinations, const search_options& options,
            search_state& state);

/// The state as JSON, and back; throws mistake where it is of another search.
json to_json(const search_state& state);
search_state read_search_state(const json& from);

} // namespace badwire::harness
