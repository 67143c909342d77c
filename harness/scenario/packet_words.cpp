#include "harness/scenario/packet_words.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/bytes.hpp"
#include "impl/base/printable.hpp"

namespace badwire::harness {
namespace {

std::optional<std::uint64_t> value_of(const link::field& one, std::span<const std::byte> payload)
{
    if (one.offset + one.size > payload.size()) return {};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < one.size; ++i) {
        const auto byte = payload[one.offset + (one.big_endian ? i : one.size - 1 - i)];
        value = value << 8 | std::to_integer<std::uint64_t>(byte);
    }
    return value;
}

} // namespace

link::wire_tables wires_of(const scenario& of)
{
    auto known = link::own_wires();
    if (of.asked.contains("wires"))
        for (auto& [name, table] : link::parse_wires(of.asked["wires"])) known[name] = table;
    return known;
}

json packet_fields(std::span<const std::byte> payload, const link::wire_tables& wires)
{
    for (const auto& [name, table] : wires) {
        if (table.fields.empty() || !as_text(payload).starts_with(table.starts_with)) continue;
        json match = json::object();
        const bool own = name == "framed";
        if (!own) match["wire"] = name;
        bool fits = true;
        for (const link::field& one : table.fields) {
            if (own && one.name != "kind" && one.name != "unit") continue;
            const auto value = value_of(one, payload);
            if (!(fits = value.has_value())) break;
            const auto named = std::ranges::find(
                one.values, *value, &std::pair<const std::string, std::uint64_t>::second);
            if (named != one.values.end()) match[one.name] = named->first;
            else match[one.name] = *value;
        }
        if (fits) return match;
    }
    return {};
}

std::string hexadecimal(std::span<const std::byte> bytes)
{
    std::string made;
    for (const std::byte one : bytes) made += fmt::format("{:02x}", std::to_integer<int>(one));
    return made;
}

std::string packet_words(std::span<const std::byte> payload, const link::wire_tables& wires,
                         const std::optional<link::segment>& tcp)
{
    if (tcp) return link::words_of(*tcp);
    if (const json fields = packet_fields(payload, wires); !fields.is_null()) {
        std::vector<std::string> words;
        for (const auto& [name, value] : fields.items())
            if (name == "kind")
                words.push_back(value.is_string() ? value.get<std::string>()
                                                  : "kind " + value.dump());
            else if (name == "unit") words.push_back(value.dump());
            else if (name != "wire")
                words.push_back(name + " " +
                                (value.is_string() ? value.get<std::string>() : value.dump()));
        return fmt::format("{}", fmt::join(words, " "));
    }
    constexpr std::size_t shown_max = 24;
    const std::string_view text = as_text(payload);
    const bool is_text =
        std::ranges::all_of(text, [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
    if (is_text)
        return fmt::format("\"{}\"", printable(text.substr(0, text.find('\n')), shown_max));
    const std::span all(payload);
    return fmt::format("{} bytes {}…", all.size(),
                       hexadecimal(all.first(std::min<std::size_t>(all.size(), 8))));
}

} // namespace badwire::harness
