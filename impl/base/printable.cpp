#include "impl/base/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "impl/base/utf8.hpp"

namespace badwire {
namespace {

bool obeyed(std::uint32_t code)
{
    const auto within = [code](std::uint32_t first, std::uint32_t last) {
        return code >= first && code <= last;
    };
    return code < 0x20 || within(0x7f, 0x9f) ||                // C0, DEL, C1
           within(0x200e, 0x200f) || within(0x2028, 0x202e) || // marks, separators, overrides
           within(0x2066, 0x2069);                             // isolates
}

} // namespace

std::string printable(std::string_view text, std::size_t bytes_max)
{
    std::string made;
    while (!text.empty()) {
        if (made.size() >= bytes_max) return made + "…";
        const auto [code, length] = first_character(text);
        const auto to = std::back_inserter(made);
        if (length == 0) fmt::format_to(to, "\\x{:02x}", static_cast<unsigned char>(text.front()));
        else if (code == '\n') made += "\\n";
        else if (code == '\t') made += "\\t";
        else if (code == '\r') made += "\\r";
        else if (obeyed(code)) fmt::format_to(to, "\\u{:04x}", code);
        else made += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return made;
}

std::string printable_lines(std::string_view text, std::size_t bytes_max)
{
    std::string made;
    for (;;) {
        const auto end = text.find('\n');
        made += printable(text.substr(0, end), bytes_max);
        if (end == std::string_view::npos) return made;
        made += '\n';
        text.remove_prefix(end + 1);
    }
}

} // namespace badwire
