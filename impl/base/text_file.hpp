// text_file.hpp: reads files that somebody else named or wrote: regular ones only, and bounded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace badwire {

/// Why a file was not read, for people: "there is no such file", "it is a named pipe, not a regular
/// file", "it is larger than 16 MiB".
struct unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The contents of a regular file, of at most `bytes_max`. Never blocks on a named pipe or a device.
/// Throws unreadable.
std::string read_regular_file(const std::filesystem::path& file, std::size_t bytes_max);

} // namespace badwire
