// differential.hpp: whether two runs of one scenario and seed, on two networks, came to the same.
//
// What must be the same, whatever the machine does: the verdict, each expectation, each exit code, and
// the fate of every packet that both runs have, known by its coordinate (link, direction, flow, contents,
// how many times before), but for rules that go by the time (cut, partition, queue, aqm, rebind).
// Beside the network direct, where links do something that nothing does there, only the first three.
// What time may change: which packets are sent again, when all is over, how much is printed. Message
// counts and times may differ by a stated tolerance. Outputs and files are compared closely (but for times,
// rates, addresses and the run's folder) where both runs have the same packets, and by their lines without
// numbers where they have not. A process that the run stopped may have been kept from its last lines.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// One of two runs, and its folder with packets.jsonl and what its processes wrote.
struct compared_run {
    const run_record* record;
    std::filesystem::path folder;
};

struct network_difference {
    std::string
        of; // "verdict", "expectation", "exit", "fate", "messages", "time", "output", "file"
    std::string what; // for people, with both values
};

struct comparison {
    enum { agree, differ, inconclusive } result = agree;
    std::vector<network_difference> differences;
    std::size_t packets = 0;   // of the first run
    std::size_t in_common = 0; // coordinates of both
    /// The first packet, in the order of the first run, that the other does not have or that met another
    /// fate there; empty: none.
    std::string first_diverging;
    std::string why_inconclusive;
};

struct tolerance {
    double share = 0.2; // of the larger of two times or counts, and beside that:
    duration time = std::chrono::milliseconds(250);
    std::size_t messages = 5;
};

comparison compare(const compared_run& one, const compared_run& other, const tolerance& allowed);

json to_json(const comparison& made, const compared_run& one, const compared_run& other);

/// "relay and virtual agree: 340 of 358 packets in common", or what differs, a line each.
std::string comparison_text(const comparison& made, const compared_run& one,
                            const compared_run& other);

} // namespace badwire::harness
