#include "sim/link/dissector.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace badwire::link {
namespace {

// What may stand in a filter.
std::string filter_name(const std::string& name)
{
    std::string made;
    for (const unsigned char c : name)
        made += std::isalnum(c) != 0 ? static_cast<char>(std::tolower(c)) : '_';
    return made;
}

// A literal of Lua: any bytes.
std::string lua_quoted(const std::string& text)
{
    std::string made = "\"";
    for (const unsigned char c : text)
        if (std::isalnum(c) != 0 || c == ' ' || c == '_' || c == '-') made += static_cast<char>(c);
        else made += fmt::format("\\{:03}", c);
    return made + '"';
}

// The same of a name that may stand in a filter.
std::string quoted_filter(const std::string& name) { return '"' + name + '"'; }

// Lua knows fields of 1, 2, 3, 4 and 8 bytes; others fill the next larger one.
int bits_of(const field& one)
{
    constexpr std::size_t largest_in_lua = 4;
    return one.size <= largest_in_lua ? static_cast<int>(8 * one.size) : 64;
}

std::string declare(const field& one, const std::string& proto, std::size_t number)
{
    const int bits = bits_of(one);
    std::vector<std::string> names;
    if (bits <= 32)
        for (const auto& [name, value] : one.values)
            names.push_back(fmt::format("[{}] = {}", value, lua_quoted(name)));
    return fmt::format("  local field_{} = ProtoField.uint{}({}, {}, base.DEC{})\n", number, bits,
                       quoted_filter(proto + "." + filter_name(one.name)), lua_quoted(one.name),
                       names.empty() ? "" : fmt::format(", {{{}}}", fmt::join(names, ", ")));
}

std::string show(const field& one, std::size_t number)
{
    const std::string range = fmt::format("buffer({}, {})", one.offset, one.size);
    const bool by_lua = bits_of(one) == static_cast<int>(8 * one.size);
    const std::string value =
        by_lua ? "" : fmt::format(", {}:{}uint64()", range, one.big_endian ? "" : "le_");
    return fmt::format("    if buffer:len() >= {} then branch:{}(field_{}, {}{}) end\n",
                       one.offset + one.size, one.big_endian ? "add" : "add_le", number, range,
                       value);
}

std::string of_wire(const std::string& name, const wire_table& table)
{
    const std::string proto = "badwire_" + filter_name(name);
    std::string made = fmt::format("do\n  local wire = Proto({}, {})\n", lua_quoted(proto),
                                   lua_quoted("badwire wire " + name));
    std::string shown;
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
        made += declare(table.fields[i], proto, i);
        shown += show(table.fields[i], i);
        fields.push_back(fmt::format("field_{}", i));
    }
    made += fmt::format("  wire.fields = {{{}}}\n"
                        "  function wire.dissector(buffer, packet, tree)\n"
                        "    packet.cols.protocol = {}\n"
                        "    local branch = tree:add(wire, buffer())\n{}"
                        "    return buffer:len()\n  end\n",
                        fmt::join(fields, ", "), lua_quoted(name), shown);
    if (table.starts_with.empty())
        made += "  DissectorTable.get(\"udp.port\"):add_for_decode_as(wire)\n";
    else
        made += fmt::format(
            "  wire:register_heuristic(\"udp\", function(buffer, packet, tree)\n"
            "    if buffer:len() < {0} or buffer:raw(0, {0}) ~= {1} then return false end\n"
            "    wire.dissector(buffer, packet, tree)\n    return true\n  end)\n",
            table.starts_with.size(), lua_quoted(table.starts_with));
    return made + "end\n";
}

} // namespace

std::string lua_dissector(const wire_tables& wires)
{
    std::string made = "-- Made by badwire: tshark -X lua_script:THIS_FILE -r CAPTURE\n";
    for (const auto& [name, table] : wires) made += of_wire(name, table);
    return made;
}

} // namespace badwire::link
