// classic_files.hpp: the course's own wire of FTP over TCP (Q1a) and of the file server (Q2).
//
// Both begin with the length of the file's name (4 bytes, big-endian) and the name. In Q1a units of
// at most 100 bytes follow, each answered by ACK, and last __END__. TCP keeps no borders between
// units: where a unit ends is guessed from its size and from silence (talk/classic_reader.hpp).
#pragma once

#include <string>
#include <string_view>

namespace badwire::wire {

inline constexpr std::size_t classic_name_max = 4096;
inline constexpr std::size_t classic_unit_max = 100;
inline constexpr std::string_view classic_end = "__END__";
inline constexpr std::string_view classic_ack = "ACK";
inline constexpr std::string_view classic_ok = "OK";
inline constexpr std::string_view classic_not_found = "ERR:FILE_NOT_FOUND";

/// Length and name, as they travel.
std::string classic_name(std::string_view name);

/// The length of the name that follows these four bytes, which the caller must check.
std::size_t classic_name_length(std::string_view length);

} // namespace badwire::wire
