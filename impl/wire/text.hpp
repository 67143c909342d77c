// text.hpp: what peers sent, made fit for a terminal, and numbers as they travel in text.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace badwire::wire {

/// `bytes` as text that is safe to print: control characters (C0, DEL, C1) and bytes that are not
/// UTF-8 become \n, \t or \xNN, so that no peer can send a terminal its escape sequences.
std::string printable(std::string_view bytes);

/// Without the blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// The number that the whole of `text` is in decimal; nothing when it is no number or too big.
template <typename Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

} // namespace badwire::wire
