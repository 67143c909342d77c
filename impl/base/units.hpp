// units.hpp: durations, sizes and rates as people write them ("200ms", "64KiB", "20Mbit/s").
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

/// "20Mbit/s", "1.5kbit/s", "1Gbit/s", "8bit/s", in bits a second; nothing when the text is
/// anything else.
std::optional<double> parse_bit_rate(std::string_view text);

/// The shortest text that parse_bit_rate reads as exactly this: "20Mbit/s".
std::string format_bit_rate(double bits_per_second);

/// The shortest text that parse_duration reads as exactly this, to the nanosecond: "1.5s", "20ms".
std::string format_duration(std::chrono::nanoseconds duration);

/// How the three parsers spell what was probably meant: "500kB" for "500KB", "10Mbit/s" for "10mbps";
/// also "0.05" for "5%". Nothing where that is not known.
std::optional<std::string> respell(std::string_view text);

/// What the three parsers take, in words for messages.
inline constexpr std::string_view duration_format = "a duration such as \"200ms\" or \"1.5s\"";
inline constexpr std::string_view size_format = "a size such as 512 or \"64KiB\"";
inline constexpr std::string_view bit_rate_format = "a rate such as \"20Mbit/s\"";

} // namespace badwire
