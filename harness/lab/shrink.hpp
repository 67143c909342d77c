// shrink.hpp: reduces a run that fails to the fewest faults of single packets that still fail so.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "harness/lab/faults.hpp"

namespace badwire::harness {

struct shrunk {
    std::string kind;            // of the failure: see failure_kind()
    scenario base;               // what is left of the scenario, without any fault
    std::vector<fault> faults{}; // none of them can be left out
    std::size_t at_first = 0;    // how many there were
    bool robust = false;         // it also fails so where packets take up to 3 ms more
    std::uint64_t runs = 0;      // that it took
};

/// Why a run cannot be shrunk.
struct not_shrinkable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Delta debugging over the faults that struck in the run with that seed. What is left is to fail on
/// real sockets, too: faults that matter only to the millisecond are avoided where others will do, and
/// delays become losses, or long. Throws not_shrinkable where it does not fail, or not through faults
/// of single packets.
shrunk shrink(const scenario& what, std::uint64_t seed, laboratory& lab);

/// The fewest of `all` with which `fails` still holds, as it does for all of them: none of the result
/// can be left out (Zeller and Hildebrandt's ddmin).
std::vector<fault> fewest(std::vector<fault> all,
                          const std::function<bool(const std::vector<fault>&)>& fails);

} // namespace badwire::harness
