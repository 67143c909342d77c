// compared_networks.hpp: badwire run --network A,B: the same runs on several networks, beside each other.
#pragma once

#include <string>
#include <vector>

#include "harness/lab/differential.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

/// What a list such as "relay,virtual" names; empty with a reason in `wrong`.
std::vector<network_kind> parse_networks(const std::string& text, std::string& wrong);

/// Every run on the first network that has links beside the same on each other one. Prints what they come to, and
/// puts it into `results`. `folder`: where the runs were kept. Returns the exit code that it asks for.
int compare_networks(const std::vector<planned_run>& runs, const std::vector<run_record>& records,
                     const std::filesystem::path& folder, const tolerance& allowed, json& results);

} // namespace badwire::harness
