#include "sim/link/match_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/link/exact.hpp"

namespace badwire::link {
namespace {

constexpr std::uint32_t copies_max = 1000;

// The one wire that has all fields that the match uses; a wire that it names wins.
std::pair<std::string, const wire_table*>
wire_of(const reading& at, const std::vector<std::string>& names, const surroundings& around)
{
    wire_tables::const_iterator found;
    if (at.has("wire")) {
        const auto place = at.at("wire");
        const std::string name = place.text("the name of a wire");
        if (found = around.wires.find(name); found != around.wires.end())
            return {name, &found->second};
        if (found = own_wires().find(name); found != own_wires().end())
            return {name, &found->second};
        std::vector<std::string_view> valid;
        for (const auto* tables : {&around.wires, &own_wires()})
            for (const auto& [known, ignored] : *tables) valid.emplace_back(known);
        place.wrong("no such wire" + suggestion(name, valid));
    }
    for (const auto* tables : {&around.wires, &own_wires()}) {
        std::vector<std::pair<std::string, const wire_table*>> fitting;
        for (const auto& [name, table] : *tables)
            if (std::ranges::all_of(names, [&](const auto& field) { return table.find(field); }))
                fitting.emplace_back(name, &table);
        if (fitting.size() == 1) return fitting.front();
        if (fitting.size() > 1)
            at.wrong(
                fmt::format("several wires have these fields; say which by \"wire\": \"{}\" or "
                            "\"{}\"",
                            fitting[0].first, fitting[1].first));
    }
    // No wire has all of these fields: the mistake is explained by the most likely wire.
    const wire_tables& likely = around.wires.empty() ? own_wires() : around.wires;
    return {likely.begin()->first, &likely.begin()->second};
}

std::uint64_t value_of(const reading& at, const field& of)
{
    if (!at.value().is_string())
        return at.whole("a number, or a name that its wire knows", 0, UINT64_MAX);
    const std::string name = at.text("");
    const auto known = of.values.find(name);
    if (known != of.values.end()) return known->second;
    if (of.values.empty())
        at.wrong(fmt::format("\"{}\" is no value of {}: expected a number", name, of.name));
    std::vector<std::string_view> valid;
    for (const auto& [one, ignored] : of.values) valid.emplace_back(one);
    at.wrong(fmt::format("\"{}\" is no value of {}{}", name, of.name, suggestion(name, valid)));
}

void parse_fields(const reading& at, const surroundings& around, match& into)
{
    std::vector<std::string> names;
    for (const auto& [key, value] : at.value().items())
        if (std::ranges::find(match_keys, key) == match_keys.end()) names.push_back(key);
    if ((names.empty() && !at.has("wire")) || around.wires_flawed) return;

    const auto [wire, table] = wire_of(at, names, around);
    if (!table->starts_with.empty()) into.bytes.push_back({0, table->starts_with});
    for (const std::string& name : names)
        at.with(name, [&, wire = wire, table = table](const reading& place) {
            const field* const known = table->find(name);
            if (known == nullptr) {
                std::vector<std::string_view> valid(match_keys.begin(), match_keys.end());
                for (const field& one : table->fields) valid.emplace_back(one.name);
                place.wrong(fmt::format("no such key, and no field of the wire \"{}\"{}", wire,
                                        suggestion(name, valid)));
            }
            into.numbers.push_back(
                {known->offset, known->size, known->big_endian, value_of(place, *known)});
        });
}

match parse_match(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(what a packet must be like, such as {"kind": "ack", "unit": 7} or {"text": "ACK"})";
    at.check_object(what);
    match read;
    at.attempt([&] { parse_fields(at, around, read); });
    at.with("text", [&](const reading& text) { read.text = text.text("text"); });
    at.with("regex",
            [&](const reading& regex) { read.regex = regex.text("a regular expression"); });
    at.with("bytes", [&](const reading& bytes) {
        std::size_t offset = 0;
        at.with("offset", [&](const reading& from) {
            offset = from.whole("an offset in bytes from 0 to 65535", 0, 65535);
        });
        read.bytes.push_back({offset, bytes.bytes()});
    });
    if (!at.has("bytes"))
        at.with("offset",
                [](const reading& from) { from.wrong("\"offset\" also needs a key \"bytes\""); });
    at.with("size", [&](const reading& size) {
        constexpr std::string_view range = "a payload's size in bytes, or [least, most]";
        if (!size.value().is_array()) {
            read.bytes_least = read.bytes_most = size.whole(range, 0, 65535);
            return;
        }
        if (size.size() != 2) size.expected(range);
        read.bytes_least = size.at(std::size_t{0}).whole(range, 0, 65535);
        read.bytes_most = size.at(std::size_t{1}).whole(range, 0, 65535);
        if (read.bytes_least > read.bytes_most) size.expected("the least before the most");
    });
    return read;
}

// Nothing: a segment of any kind.
std::optional<segment_kind> parse_segment_kind(const reading& at)
{
    std::vector<std::string_view> words(segment_kinds.begin(), segment_kinds.end());
    words.emplace_back("any");
    const auto chosen = std::ranges::find(segment_kinds, at.choice(words));
    if (chosen == segment_kinds.end()) return std::nullopt;
    return static_cast<segment_kind>(chosen - segment_kinds.begin());
}

segment_match parse_segment(const reading& at)
{
    segment_match read;
    if (at.value().is_string()) {
        read.kind = parse_segment_kind(at);
        return read;
    }
    constexpr std::string_view what =
        R"(a TCP segment such as "syn", "data" or {"kind": "data", "byte": 5000})";
    at.check_object(what, {"kind", "from_byte", "byte"});
    if (at.size() == 0) at.expected(what);
    at.with("kind", [&](const reading& word) { read.kind = parse_segment_kind(word); });
    const auto number = [&](const char* key, std::optional<std::uint64_t>& into) {
        at.with(key, [&](const reading& from) {
            into = from.whole("a byte's number in its direction of the connection, from 1", 1,
                              UINT64_MAX);
        });
    };
    number("from_byte", read.from_byte);
    number("byte", read.byte);
    return read;
}

void parse_nth(const reading& at, exact_rule& into)
{
    constexpr std::string_view what =
        R"(which of them, from 1: 2, [1, 3], or {"from": 3, "to": 9, "every": 2})";
    const auto one = [&](const reading& from) { return from.whole(what, 1, UINT64_MAX); };
    if (at.value().is_object()) {
        at.check_object(what, {"from", "to", "every"});
        at.with("from", [&](const reading& from) { into.from = one(from); });
        at.with("to", [&](const reading& to) { into.to = one(to); });
        at.with("every", [&](const reading& every) { into.every = one(every); });
        if (into.from > into.to) at.expected("\"from\" before \"to\"");
        return;
    }
    if (!at.value().is_array()) {
        into.nth = {one(at)};
        return;
    }
    at.check_array(what, 1);
    at.each([&](const reading& from) { into.nth.push_back(one(from)); });
    std::ranges::sort(into.nth);
}

void parse_action(const reading& at, exact_rule& into)
{
    constexpr std::string_view what =
        R"("drop", {"delay": "200ms"}, {"duplicate": 1} or {"corrupt": 1})";
    if (at.value().is_string()) {
        const std::string word = at.text(what);
        if (word == "drop") into.drop = true;
        else if (word == "duplicate") into.copies = 1;
        else if (word == "corrupt") into.flip_bits = 1;
        else at.expected(what);
        return;
    }
    at.check_object(what, {"delay", "duplicate", "corrupt"});
    if (at.size() == 0) at.expected(what);
    at.with("delay", [&](const reading& delay) { into.delay = delay.time(); });
    at.with("duplicate", [&](const reading& copies) {
        into.copies = copies.range("how many copies more", copies_max).first;
    });
    at.with("corrupt", [&](const reading& bits) {
        into.flip_bits = bits.range("how many bits to flip", UINT16_MAX).first;
    });
}

} // namespace

exact_rule parse_chosen_packets(const reading& at, const surroundings& around)
{
    exact_rule read;
    at.with("tcp", [&](const reading& tcp) { read.tcp = parse_segment(tcp); });
    at.with("match", [&](const reading& match) { read.match = parse_match(match, around); });
    at.with("nth", [&](const reading& nth) { parse_nth(nth, read); });
    at.with("flow", [&](const reading& flow) { read.flow = flow.text("the name of a process"); });
    try {
        const exact_matcher tried(read);
    } catch (const mistake& error) {
        throw mistake(at.pointer() + error.pointer, error.what());
    }
    return read;
}

exact_rule parse_exact_rule(const reading& at, const surroundings& around)
{
    at.check_object(R"(a rule such as {"match": {"text": "ACK"}, "nth": 2, "action": "drop"})",
                    {"tcp", "match", "nth", "flow", "action"});
    exact_rule read = parse_chosen_packets(at, around);
    if (!at.has("action")) read.drop = true;
    at.with("action", [&](const reading& action) { parse_action(action, read); });
    read.written = nlohmann::json(at.value()).dump(); // keys in one order, whatever order was read
    return read;
}

} // namespace badwire::link
