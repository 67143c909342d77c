#include "impl/wire/text.hpp"

#include <iterator>

#include <fmt/format.h>

namespace badwire::wire {

namespace {

// The length of the well-formed UTF-8 sequence at the start of `bytes` (Unicode, table 3-7) that is
// not a control character; 0 when there is none.
std::size_t printable_sequence(std::string_view bytes)
{
    const auto at = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
    };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return at(i) >= low && at(i) <= high;
    };
    const unsigned first = at(0);
    if (first >= 0x20 && first < 0x7f) return 1;
    if (first == 0xc2) return follows(1, 0xa0) ? 2 : 0; // C2 80 to C2 9F are the C1 controls
    if (first > 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

std::string printable(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        std::size_t length = printable_sequence(bytes);
        if (length > 0) {
            text += bytes.substr(0, length);
        } else {
            length = 1;
            if (bytes[0] == '\n') text += "\\n";
            else if (bytes[0] == '\t') text += "\\t";
            else
                fmt::format_to(std::back_inserter(text), "\\x{:02x}",
                               static_cast<unsigned char>(bytes[0]));
        }
        bytes.remove_prefix(length);
    }
    return text;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

} // namespace badwire::wire
