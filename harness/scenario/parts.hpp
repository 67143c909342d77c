// parts.hpp: the parts of a scenario, each read by itself. All throw mistake, or note it.
#pragma once

#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"
#include "impl/base/reading.hpp"

namespace badwire::harness {

inline constexpr std::uint64_t most_processes = 150'000; // of a scenario

/// Notes a key that cannot be the name of a process or of a link: letters, digits, - and _,
/// beginning with a letter. Without `dashes`, it is the name of a parameter, which has no -.
void check_key(const reading& at, const std::string& key, bool dashes = true);

/// Throws mistake where so many copies of a part that takes so many bytes of JSON are too much.
void check_copies(const reading& at, std::size_t copies, std::size_t bytes_each);

/// A name or a list of names.
std::vector<std::string> read_names(const reading& at);

/// `name` is the file's: a path inside the run's folder.
file_spec read_file(const std::string& name, const reading& at, const scenario& of);

/// Reads a process whose names and pointer are set; its references to others are not checked.
/// Flawed values keep their defaults.
void read_process(process_spec& into, const reading& at, const scenario& of);

} // namespace badwire::harness
