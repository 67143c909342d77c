// examples.hpp: the files of scenarios/yours, inside the executable, so that badwire init needs no installation.
#pragma once

#include <string_view>
#include <vector>

namespace badwire::harness {

struct example_file {
    std::string_view name; // without a folder
    std::string_view contents;
};

/// Scenarios and the programs that they run, sorted by name.
std::vector<example_file> example_files();

} // namespace badwire::harness
