// units.hpp: durations and sizes as people write them ("200ms", "1.5s", "64KiB").
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace badwire {

/// "200ms", "1.5s", "20us", "5ns", "2min", "1h"; "0" needs no unit. Not negative, at most 100
/// years; nothing when the text is anything else.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "512", "64KiB", "1.5MiB", "2GiB", also "B", "kB", "MB", "GB" (powers of 1000). Whole bytes;
/// nothing when the text is anything else.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest of the above that says it exactly, to the nanosecond: "1.5s", "20ms".
std::string format_duration(std::chrono::nanoseconds duration);

/// What parse_duration and parse_size take, to put into messages.
inline constexpr std::string_view duration_format = "a duration such as \"200ms\" or \"1.5s\"";
inline constexpr std::string_view size_format = "a size such as 512 or \"64KiB\"";

} // namespace badwire
