#include "sim/link/reading.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/units.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

using json = nlohmann::json;

struct rate_unit {
    std::string_view name;
    double bits_per_second;
};
constexpr std::array<rate_unit, 4> rate_units{
    {{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}}};

// Insertions, deletions and replacements between two words (Levenshtein).
std::size_t edits_between(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

} // namespace

std::string no_such(std::string_view name, std::span<const std::string_view> valid)
{
    const auto nearest =
        std::ranges::min(valid, {}, [&](std::string_view one) { return edits_between(name, one); });
    const bool alike = edits_between(name, nearest) <= std::max<std::size_t>(1, nearest.size() / 2);
    return alike ? fmt::format("did you mean \"{}\"?", nearest)
                 : fmt::format("there are \"{}\"", fmt::join(valid, "\", \""));
}

void reading::expected(std::string_view what) const
{
    std::string shown = value_->dump(-1, ' ', false, json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    throw options_error(pointer_, fmt::format("expected {}, found {}", what, shown));
}

void reading::check_object(std::string_view what, std::span<const std::string_view> keys) const
{
    if (!value_->is_object()) expected(what);
    for (const auto& [key, value] : value_->items())
        if (std::ranges::find(keys, key) == keys.end())
            throw options_error(at(key).pointer(),
                                fmt::format("no such key; {}", no_such(key, keys)));
}

// A key may hold what a pointer gives a meaning of its own (RFC 6901).
reading reading::at(std::string_view key) const
{
    return {value_->is_object() ? value_->at(std::string(key)) : *value_,
            (json::json_pointer(pointer_) / std::string(key)).to_string()};
}

reading reading::at(std::size_t index) const
{
    return {value_->at(index), fmt::format("{}/{}", pointer_, index)};
}

double reading::number(std::string_view what, double least, double most) const
{
    if (!value_->is_number()) expected(what);
    const auto read = value_->get<double>();
    if (!(read >= least && read <= most)) expected(what);
    return read;
}

double reading::probability() const
{
    return number("a probability from 0 to 1 such as 0.05", 0, 1);
}

std::uint64_t reading::whole(std::string_view what, std::uint64_t least, std::uint64_t most) const
{
    if (!value_->is_number_integer() ||
        (!value_->is_number_unsigned() && value_->get<std::int64_t>() < 0))
        expected(what);
    const auto read = value_->get<std::uint64_t>();
    if (read < least || read > most) expected(what);
    return read;
}

std::uint64_t reading::size_in_bytes(std::uint64_t least) const
{
    if (!value_->is_string()) return whole(size_format, least, UINT64_MAX);
    const auto parsed = parse_size(value_->get_ref<const std::string&>());
    if (!parsed || *parsed < least) expected(size_format);
    return *parsed;
}

duration reading::time() const
{
    if (!value_->is_string()) expected(duration_format);
    const auto parsed = parse_duration(value_->get_ref<const std::string&>());
    if (!parsed) expected(duration_format);
    return *parsed;
}

bool reading::truth() const
{
    if (!value_->is_boolean()) expected("true or false");
    return value_->get<bool>();
}

std::string reading::text(std::string_view what) const
{
    if (!value_->is_string()) expected(what);
    return value_->get<std::string>();
}

std::string reading::bytes() const
{
    constexpr std::string_view what = R"(bytes in hexadecimal such as "de ad 01")";
    std::string digits = text(what);
    std::erase(digits, ' ');
    if (digits.empty() || digits.size() % 2 != 0) expected(what);
    std::string read;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned char byte = 0;
        const char* const end = digits.data() + i + 2;
        const auto [rest, failed] = std::from_chars(digits.data() + i, end, byte, 16);
        if (failed != std::errc{} || rest != end) expected(what);
        read.push_back(static_cast<char>(byte));
    }
    return read;
}

double reading::bits_per_second() const
{
    constexpr std::string_view what = R"(a rate such as "20Mbit/s" or 20000000 (bits a second))";
    constexpr double most = 1e15;
    if (!value_->is_string()) return number(what, 1e-3, most);
    const auto& written = value_->get_ref<const std::string&>();
    double amount = 0;
    const char* const end = written.data() + written.size();
    const auto [rest, failed] = std::from_chars(written.data(), end, amount);
    if (failed != std::errc{}) expected(what);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    const auto known = std::ranges::find(rate_units, unit, &rate_unit::name);
    if (known == rate_units.end()) expected(what);
    amount *= known->bits_per_second;
    if (!(amount >= 1e-3 && amount <= most)) expected(what);
    return amount;
}

std::string format_rate(double bits_per_second)
{
    for (const auto& unit : rate_units)
        if (bits_per_second >= unit.bits_per_second || unit.bits_per_second == 1)
            return fmt::format("{}{}", bits_per_second / unit.bits_per_second, unit.name);
    return {};
}

std::pair<std::uint32_t, std::uint32_t> reading::range(std::string_view what,
                                                       std::uint32_t most_possible) const
{
    const auto one = [&](const reading& from) {
        return static_cast<std::uint32_t>(from.whole(what, 1, most_possible));
    };
    if (!value_->is_array()) return {one(*this), one(*this)};
    if (size() != 2) expected(what);
    const std::pair read{one(at(std::size_t{0})), one(at(std::size_t{1}))};
    if (read.first > read.second) expected("the least before the most");
    return read;
}

} // namespace badwire::link
