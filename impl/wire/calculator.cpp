#include "impl/wire/calculator.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/multiprecision/cpp_int.hpp>
#include <fmt/format.h>

namespace badwire::wire {

namespace {

using boost::multiprecision::cpp_int;

// Cuts the first word off `text`; empty when there is none.
std::string_view take_word(std::string_view& text)
{
    constexpr std::string_view blank = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(blank));
    text.remove_prefix(word.size());
    return word;
}

bool is_integer(std::string_view word)
{
    if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

cpp_int to_integer(std::string_view word)
{
    const bool negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.remove_prefix(1);
    // A leading 0 would mean octal to Boost.
    word.remove_prefix(std::min(word.find_first_not_of('0'), word.size() - 1));
    const cpp_int magnitude{std::string(word)};
    return negative ? cpp_int(-magnitude) : magnitude;
}

// Boost's division rounds towards zero, and its remainder takes the dividend's sign.
std::pair<cpp_int, cpp_int> divide_rounding_down(const cpp_int& a, const cpp_int& b)
{
    cpp_int quotient, remainder;
    divide_qr(a, b, quotient, remainder);
    if (remainder != 0 && (remainder < 0) != (b < 0)) {
        --quotient;
        remainder += b;
    }
    return {std::move(quotient), std::move(remainder)};
}

std::string refuse(std::string_view reason)
{
    return fmt::format("{}{}", calculator_error, reason);
}

} // namespace

std::string calculate(std::string_view request)
{
    const std::string_view first = take_word(request);
    const std::string_view sign = take_word(request);
    const std::string_view second = take_word(request);
    if (!is_integer(first) || !is_integer(second) || !take_word(request).empty())
        return refuse("bad format, expected A OP B with integers A and B, such as 7 / -2");
    if (sign.size() != 1 || std::string_view("*/%+-").find(sign[0]) == std::string_view::npos)
        return refuse("bad operator, expected one of * / % + -");
    if (std::max(first.size(), second.size()) > calculator_digits_max)
        return refuse(fmt::format("a number is longer than {} digits", calculator_digits_max));

    const cpp_int a = to_integer(first), b = to_integer(second);
    switch (sign[0]) {
    case '*': return cpp_int(a * b).str();
    case '+': return cpp_int(a + b).str();
    case '-': return cpp_int(a - b).str();
    default: break;
    }
    if (b == 0) return refuse("division by zero");
    const auto [quotient, remainder] = divide_rounding_down(a, b);
    return (sign[0] == '/' ? quotient : remainder).str();
}

} // namespace badwire::wire
