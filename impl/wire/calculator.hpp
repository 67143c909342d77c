// calculator.hpp: the remote calculator (course Q3): one request in, one answer out, as text.
//
// A request is `A OP B`: two decimal integers and one of * / % + - between blanks. Division rounds
// down and the remainder takes the divisor's sign, as in Python: 7 / -2 = -4, -7 % 3 = 2.
// No I/O, no state: any thread may call it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace badwire::wire {

/// The most digits of an operand; the limit that Python sets for decimal text. Reading and writing
/// a number takes time quadratic in its digits, and a peer chooses them.
inline constexpr std::size_t calculator_digits_max = 4300;

/// More bytes than any legal request or answer takes.
inline constexpr std::size_t calculator_bytes_max = 16 << 10;

/// Every answer to a request that cannot be worked out starts with this.
inline constexpr std::string_view calculator_error = "ERR:";

/// The result in decimal, or "ERR:" and a reason. Never throws.
std::string calculate(std::string_view request);

} // namespace badwire::wire
