// utf8.hpp: the characters of a text in UTF-8.
#pragma once

#include <algorithm>
#include <cstddef>
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

} // namespace badwire
