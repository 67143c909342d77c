// utf8.hpp: the characters of a text in UTF-8, and how wide a terminal shows them. Thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace badwire {

/// Whether a byte goes on with a character that an earlier byte began.
constexpr bool continues_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// How many characters (code points) there are.
constexpr std::size_t count_characters(std::string_view text)
{
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues_character));
}

struct character {
    std::uint32_t code = 0;
    std::size_t length = 0; // in bytes; 0: not UTF-8
};

/// The first character of a text that is not empty (RFC 3629).
character first_character(std::string_view text);

/// How many columns of a terminal a printable text takes: two for wide characters, none for combining
/// ones.
std::size_t columns_of(std::string_view text);

/// The text; where it takes more than `most` columns, its beginning and "…". No character is cut.
std::string cut_to_columns(std::string_view text, std::size_t most);

} // namespace badwire
