#include "impl/base/reading.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/units.hpp"

namespace badwire {

using json = nlohmann::ordered_json;

namespace {

bool is_plain_number(const std::string& text)
{
    return text.find_first_not_of("0123456789.") == std::string::npos;
}

// A value in a message.
std::string shown(const json& value)
{
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

} // namespace

void reading::expected(std::string_view what) const
{
    // What is wrong inside an object or array says more than what is expected of the whole.
    const auto inside = std::ranges::find_if(found_->noted(), [&](const mistake& one) {
        return one.pointer.starts_with(pointer_ + "/");
    });
    if (inside != found_->noted().end()) throw *inside; // is noted once only
    wrong(fmt::format("expected {}, found {}", what, shown(*value_)));
}

template <typename Parses>
void reading::expected_quantity(std::string_view what, Parses parses) const
{
    const auto meant = value_->is_string() ? respell(value_->get_ref<const std::string&>())
                                           : std::optional<std::string>();
    if (!meant || !parses(*meant)) expected(what);
    wrong(fmt::format("expected {}, found {}; did you mean {}?", what, shown(*value_),
                      is_plain_number(*meant) ? *meant : "\"" + *meant + "\""));
}

void reading::lacks(std::string_view key, std::string_view what) const
{
    wrong(fmt::format("expected a key \"{}\": {}", key, what));
}

void reading::check_object(std::string_view what) const
{
    if (!value_->is_object()) expected(what);
}

void reading::check_object(std::string_view what, std::span<const std::string_view> keys) const
{
    check_object(what);
    each([&](const std::string& key, const reading& one) {
        if (std::ranges::find(keys, key) == keys.end())
            one.wrong("no such key" + suggestion(key, keys));
    });
}

void reading::check_array(std::string_view what, std::size_t least) const
{
    if (!value_->is_array() || value_->size() < least) expected(what);
}

reading reading::at(std::string_view key) const
{
    return {value_->at(std::string(key)), *found_, pointer_ + pointer_step(key)};
}

reading reading::at(std::size_t index) const { return {value_->at(index), *found_, step(index)}; }

double reading::number(std::string_view what, double least, double most) const
{
    if (!value_->is_number()) expected(what);
    const auto read = value_->get<double>();
    if (!(read >= least && read <= most)) expected(what);
    return read;
}

double reading::probability() const
{
    constexpr std::string_view what = "a probability from 0 to 1 such as 0.05";
    if (!value_->is_number())
        expected_quantity(what, [](const std::string& meant) {
            return is_plain_number(meant) && std::stod(meant) <= 1;
        });
    return number(what, 0, 1);
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

std::uint64_t reading::size_in_bytes(std::uint64_t least, std::uint64_t most) const
{
    const std::string what = most == UINT64_MAX ? std::string(size_format)
                                                : fmt::format("{}, at most {}", size_format, most);
    if (!value_->is_string()) return whole(what, least, most);
    const auto parsed = parse_size(value_->get_ref<const std::string&>());
    if (!parsed) expected_quantity(what, parse_size);
    if (*parsed < least || *parsed > most) expected(what);
    return *parsed;
}

std::chrono::nanoseconds reading::time() const
{
    if (!value_->is_string()) expected(duration_format);
    const auto parsed = parse_duration(value_->get_ref<const std::string&>());
    if (!parsed) expected_quantity(duration_format, parse_duration);
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

std::string reading::choice(std::span<const std::string_view> among) const
{
    if (value_->is_string()) {
        const auto& chosen = value_->get_ref<const std::string&>();
        if (std::ranges::find(among, chosen) != among.end()) return chosen;
    }
    expected(fmt::format("\"{}\" or \"{}\"", fmt::join(among.first(among.size() - 1), "\", \""),
                         among.back()));
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
    constexpr double least = 1e-3;
    constexpr double most = 1e15;
    if (value_->is_number_unsigned()) {
        const std::string bare = value_->dump();
        wrong(fmt::format("expected {0}, found {1} without a unit: \"{1}bit/s\" or \"{1}Mbit/s\"?",
                          bit_rate_format, bare));
    }
    if (!value_->is_string()) expected(bit_rate_format);
    const auto parsed = parse_bit_rate(value_->get_ref<const std::string&>());
    if (!parsed) expected_quantity(bit_rate_format, parse_bit_rate);
    if (*parsed < least || *parsed > most) expected(bit_rate_format);
    return *parsed;
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

} // namespace badwire
