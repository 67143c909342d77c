// wires.hpp: what is known of a protocol's datagrams: named numbers at fixed places, so that exact
// rules can say {"kind": "ack", "unit": 7}. badwire's own framed wire is built in, others are
// declared:
//   {"dns": {"fields": [{"name": "id", "offset": 0, "size": 2},
//                       {"name": "answer", "offset": 2, "values": {"no": 1, "yes": 129}}]}}
// with "endian": "big" (the default) or "little", and "starts_with": hexadecimal bytes that tell
// the protocol's datagrams from others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "impl/base/reading.hpp"

namespace badwire::link {

struct field {
    std::string name;
    std::size_t offset = 0;
    std::size_t size = 1; // bytes, 1 to 8
    bool big_endian = true;
    std::map<std::string, std::uint64_t> values{}; // by name
    bool operator==(const field&) const = default;
};

struct wire_table {
    std::string starts_with{};
    std::vector<field> fields{};

    const field* find(const std::string& name) const;
    bool operator==(const wire_table&) const = default;
};

using wire_tables = std::map<std::string, wire_table>;

/// "framed": the wire of badwire's own programs (impl/wire/transfer.hpp), with kind, session, unit
/// and seq, which is another name of unit.
const wire_tables& own_wires();

/// Throws mistakes.
wire_tables parse_wires(const nlohmann::ordered_json& json);
/// The same, for a part of a document.
wire_tables read_wires(const reading& at);

} // namespace badwire::link
