#include "sim/link/wires.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "sim/link/match_json.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

field parse_field(const reading& at)
{
    constexpr std::string_view what =
        R"(a field such as {"name": "seq", "offset": 4, "size": 2, "endian": "big"})";
    at.check_object(what, {"name", "offset", "size", "endian", "values"});
    field read;
    at.need("name", "what a match calls it", [&](const reading& name) {
        read.name = name.text("a name");
        if (std::ranges::find(match_keys, read.name) != match_keys.end())
            name.wrong(fmt::format("\"{}\" means something else in a match; choose another name",
                                   read.name));
    });
    at.need("offset", "an offset in bytes", [&](const reading& offset) {
        read.offset = offset.whole("an offset in bytes from 0 to 65535", 0, 65535);
    });
    at.with("size",
            [&](const reading& size) { read.size = size.whole("a size of 1 to 8 bytes", 1, 8); });
    at.with("endian", [&](const reading& endian) {
        const std::string order = endian.text(R"("big" or "little")");
        if (order != "big" && order != "little") endian.expected(R"("big" or "little")");
        read.big_endian = order == "big";
    });
    at.with("values", [&](const reading& values) {
        values.check_object(R"(names of numbers such as {"ack": 3})");
        values.each([&](const std::string& key, const reading& value) {
            read.values[key] = value.whole("a number from 0", 0, UINT64_MAX);
        });
    });
    return read;
}

wire_table parse_wire(const reading& at)
{
    constexpr std::string_view what =
        R"(a wire such as {"fields": [{"name": "seq", "offset": 0}]})";
    at.check_object(what, {"starts_with", "fields"});
    wire_table read;
    at.with("starts_with", [&](const reading& bytes) { read.starts_with = bytes.bytes(); });
    at.need("fields", "numbers at fixed places", [&](const reading& fields) {
        fields.check_array(R"(fields such as [{"name": "seq", "offset": 0}])");
        fields.each([&](const reading& one) { read.fields.push_back(parse_field(one)); });
    });
    return read;
}

} // namespace

const field* wire_table::find(const std::string& name) const
{
    const auto known = std::ranges::find(fields, name, &field::name);
    return known == fields.end() ? nullptr : &*known;
}

const wire_tables& own_wires()
{
    static const wire_tables known{
        {"framed",
         {.starts_with = "\xBDWF\x01",
          .fields = {
              {"kind",
               4,
               1,
               true,
               {{"open", 0}, {"data", 1}, {"end", 2}, {"ack", 3}, {"refuse", 4}, {"bye", 5}}},
              {"session", 8, 4},
              {"unit", 12, 4},
              {"seq", 12, 4}}}}};
    return known;
}

wire_tables read_wires(const reading& at)
{
    at.check_object("wires by name");
    wire_tables read;
    at.each([&](const std::string& name, const reading& one) { read[name] = parse_wire(one); });
    return read;
}

wire_tables parse_wires(const nlohmann::ordered_json& json)
{
    return read_document(json, read_wires);
}

} // namespace badwire::link
