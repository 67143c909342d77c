// combinations.hpp: which combinations of a scenario's matrix an experiment of virtual time is about.
#pragma once

#include <vector>

#include "harness/scenario/selection.hpp"

namespace badwire::harness {

/// Those of `loaded` that are selected. Throws mistake where there are none, or one cannot run in
/// virtual time.
std::vector<scenario> selected(std::vector<scenario> loaded, const selection& only);

/// The one of `loaded` that is selected. Throws mistake; where there are several it names one.
scenario only_selected(std::vector<scenario> loaded, const selection& only);

} // namespace badwire::harness
