#include "impl/base/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace badwire {
namespace {

using unit = std::pair<std::string_view, double>;

constexpr std::array<unit, 6> duration_units{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};
constexpr std::array<unit, 8> size_units{{{"", 1},
                                          {"B", 1},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 1024},
                                          {"MiB", 1024.0 * 1024},
                                          {"GiB", 1024.0 * 1024 * 1024}}};

constexpr std::array<unit, 4> bit_rate_units{
    {{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}}};

// A decimal number and one of `units`, in the smallest unit.
template <std::size_t N>
std::optional<double> parse_quantity(std::string_view text, const std::array<unit, N>& units)
{
    double number = 0;
    const char* const end = text.data() + text.size();
    auto [rest, failed] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (failed != std::errc{} || !std::isfinite(number) || std::signbit(number)) return {};
    if (text.front() == '.' || rest[-1] == '.') return {}; // as the scenarios' schema has it
    for (const auto& [name, factor] : units)
        if (name == std::string_view(rest, end)) return number * factor;
    if (text == "0") return 0;
    return {};
}

} // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text)
{
    constexpr double hundred_years_ns = 3.1536e18;
    const auto ns = parse_quantity(text, duration_units);
    if (!ns || *ns > hundred_years_ns) return {};
    return std::chrono::nanoseconds(std::llround(*ns));
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    constexpr double largest_bytes = 9e15; // every whole number up to here is a double
    const auto bytes = parse_quantity(text, size_units);
    if (!bytes || *bytes > largest_bytes || *bytes != std::floor(*bytes)) return {};
    return static_cast<std::uint64_t>(*bytes);
}

std::optional<double> parse_bit_rate(std::string_view text)
{
    return parse_quantity(text, bit_rate_units);
}

std::string format_bit_rate(double bits_per_second)
{
    for (const auto& [name, factor] : bit_rate_units)
        if (bits_per_second >= factor || factor == 1)
            return fmt::format("{}{}", bits_per_second / factor, name);
    return {};
}

std::string format_duration(std::chrono::nanoseconds duration)
{
    const auto ns = duration.count();
    if (ns < 0) return "-" + format_duration(-duration);
    struct step {
        std::string_view name;
        std::int64_t ns;
        int digits; // after the point
    };
    for (const auto& [name, one, digits] :
         {step{"s", 1'000'000'000, 9}, step{"ms", 1'000'000, 6}, step{"us", 1'000, 3}}) {
        if (ns < one) continue;
        // By hand: captures write a million of these a second.
        std::array<char, 32> text;
        char* end = std::to_chars(text.data(), text.data() + text.size(), ns / one).ptr;
        if (auto rest = ns % one; rest > 0) {
            *end = '.';
            for (int i = digits; i > 0; --i, rest /= 10)
                end[i] = static_cast<char>('0' + rest % 10);
            end += digits + 1;
            while (end[-1] == '0') --end;
        }
        return std::string(text.data(), end).append(name);
    }
    return ns == 0 ? "0s" : fmt::format("{}ns", ns);
}

std::optional<std::string> respell(std::string_view text)
{
    // In small letters; units that differ only by the size of their letters are found below.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 22> others{
        {{"byte", "B"},      {"bytes", "B"},     {"bit", "bit/s"},   {"bps", "bit/s"},
         {"kbit", "kbit/s"}, {"kbps", "kbit/s"}, {"mbit", "Mbit/s"}, {"mbps", "Mbit/s"},
         {"gbit", "Gbit/s"}, {"gbps", "Gbit/s"}, {"nsec", "ns"},     {"usec", "us"},
         {"msec", "ms"},     {"sec", "s"},       {"secs", "s"},      {"second", "s"},
         {"seconds", "s"},   {"minute", "min"},  {"minutes", "min"}, {"hour", "h"},
         {"hours", "h"},     {"hr", "h"}}};
    const auto small = [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    };
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (failed != std::errc{}) return {};
    const std::string digits(text.data(), rest);
    std::string unit;
    for (const char c : std::string_view(rest, end))
        if (c != ' ') unit += small(c);
    if (unit == "%") return fmt::format("{}", number / 100);
    const auto among = [&](const auto& units) {
        for (const auto& [name, meaning] : units)
            if (std::ranges::equal(name, unit, {}, small)) return std::string(name);
        return std::string();
    };
    for (const auto& [name, right] : others)
        if (name == unit) return digits + std::string(right);
    for (const std::string& name :
         {among(duration_units), among(size_units), among(bit_rate_units)})
        if (!name.empty()) return digits + name;
    return {};
}

} // namespace badwire
