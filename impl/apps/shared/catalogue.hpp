// catalogue.hpp: the programs that the files of impl/apps define. CMake writes this function: each
// file NAME.cpp there defines NAME_programs().
#pragma once

#include "impl/apps/shared/program.hpp"

namespace badwire::apps {

/// In the order of the files' names.
std::vector<program> programs_of_all_files();

} // namespace badwire::apps
