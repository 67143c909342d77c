// employee.hpp: the object that the course transfers (4.4), in four encodings.
//
// json, cbor and msgpack carry one flat map {"emp_id": integer, "name": text, "salary": number};
// for pickle see pickle.hpp. Other keys, nesting and types are refused. At most 4096 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace badwire::wire {

inline constexpr std::size_t employee_size_max = 4096;

struct employee {
    std::int64_t id = 0;
    std::string name;
    std::variant<std::int64_t, double> salary = std::int64_t{0};

    friend bool operator==(const employee&, const employee&) = default;
};

enum class codec { json, cbor, msgpack, pickle };

/// "json", …
std::string_view name_of(codec which);

/// Throws net::failure when the result would be too large or the name is not UTF-8.
std::string encode(const employee& who, codec which);

struct decoded_employee {
    employee who;
    codec from;
};

/// Recognises the encoding by its first byte. Throws net::failure with what is wrong.
decoded_employee decode_employee(std::string_view bytes);

} // namespace badwire::wire
