// named_file.hpp: files that options name, such as traces.
#pragma once

#include <filesystem>
#include <string>

#include "impl/base/reading.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

/// The file that a text names, if it may be named here; else throws mistake.
std::filesystem::path named_file(const reading& at, const surroundings& around);
/// Its contents; throws mistake.
std::string contents_of(const reading& at, const std::filesystem::path& file);

} // namespace badwire::link
