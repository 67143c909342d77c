// certify.hpp: tries every pattern of a few faults among the first packets of a scenario: either none
// makes it fail, which is then proved for this implementation and these patterns, or the smallest
// that does is found.
//
// A pattern is a set of packets, by their numbers in the order in which links meet them, with a fault
// for each. Runs up to the first fault are the same, so patterns are tried as a tree: a run shows
// which packets a further, later fault can befall. Left out without being run: patterns with a packet
// that does not come, and those with a fault that changes nothing: the run after which every program
// has got the same bytes at the same times as without it. Programs of virtual time are functions of
// what they get, so whatever else befalls that run befalls the other one likewise.
#pragma once

#include <functional>
#include <optional>

#include "harness/lab/faults.hpp"

namespace badwire::harness {

/// "drop,duplicate,delay=500ms", as certify_options has them. Throws mistake.
std::vector<json> parse_actions(std::string_view text);

struct certify_options {
    std::vector<json> actions; // "drop", "duplicate", {"delay": "500ms"}
    std::size_t at_most = 1;   // faults in a pattern
    std::size_t first = 10;    // packets that they may befall
    std::uint64_t seed = 1;
    unsigned jobs = 1;
    /// Only patterns whose first fault befalls this packet, from 0, and the one without faults: a part
    /// of the work. All parts are all patterns; the smallest counterexample is that of the first part
    /// among those with the fewest faults.
    std::optional<std::size_t> part{};
    const std::atomic<bool>* cancelled = nullptr;
    /// Told now and then: how many runs were made, and how many are known to come.
    std::function<void(std::uint64_t made, std::uint64_t known)> progress{};
};

struct certificate {
    scenario base;                     // what was tried: without chance
    std::vector<std::string> left_out; // what chance would have decided: "wan.up.loss"
    std::vector<json> not_expected;    // expectations that fail without any fault
    std::size_t packets = 0;           // of the run without faults
    double patterns = 0;               // that are decided: all there are, if certified
    std::uint64_t runs = 0;            // that it took
    std::uint64_t unchanged = 0;       // runs in which the last fault changed nothing
    bool complete = false;             // every pattern is decided, or a counterexample was found
    std::vector<fault> counterexample; // the first of the smallest; empty: none
    std::string kind;                  // of its failure
};

/// How many patterns there are of at most so many faults of so many kinds among so many packets.
double count_patterns(std::size_t packets, std::size_t kinds, std::size_t at_most);

/// Throws net::failure where the scenario fails without any fault, or no datagram goes over a link.
certificate certify(const scenario& what, const certify_options& options);

/// What exactly was proved, or the counterexample.
json to_json(const certificate& made, const scenario& of, const certify_options& options);

} // namespace badwire::harness
