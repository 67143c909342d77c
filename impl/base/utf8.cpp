#include "impl/base/utf8.hpp"

#include <array>

#include <clocale>
#include <cwchar>

namespace badwire {
namespace {

// What the C library knows of widths, it knows in a locale of UTF-8 only; no other thread's locale
// changes.
class in_utf8 {
public:
    in_utf8() : before_(::uselocale(known())) {}
    ~in_utf8() { ::uselocale(before_); }
    in_utf8(const in_utf8&) = delete;

private:
    static ::locale_t known()
    {
        static ::locale_t const made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return made;
    }
    ::locale_t before_;
};

std::size_t columns_of(std::uint32_t code)
{
    const int columns = ::wcwidth(static_cast<wchar_t>(code));
    return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

} // namespace

character first_character(std::string_view text)
{
    struct form {
        unsigned char mask, mark;
        std::uint32_t least; // shorter forms are wrong for smaller ones
    };
    constexpr std::array<form, 4> forms{
        {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}}};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t length = 1; length <= forms.size(); ++length) {
        const form& one = forms[length - 1];
        if ((byte(0) & one.mask) != one.mark) continue;
        if (text.size() < length) return {};
        std::uint32_t code = byte(0) & static_cast<unsigned char>(~one.mask);
        for (std::size_t i = 1; i < length; ++i) {
            if (!continues_character(text[i])) return {};
            code = code << 6 | (byte(i) & 0x3f);
        }
        const bool surrogate = code >= 0xd800 && code < 0xe000;
        if (code < one.least || code > 0x10ffff || surrogate) return {};
        return {code, length};
    }
    return {};
}

std::size_t columns_of(std::string_view text)
{
    const in_utf8 here;
    std::size_t columns = 0;
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        columns += length == 0 ? 1 : columns_of(code);
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return columns;
}

std::string cut_to_columns(std::string_view text, std::size_t most)
{
    if (columns_of(text) <= most) return std::string(text);
    if (most == 0) return {};
    const in_utf8 here;
    std::size_t columns = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        const auto [code, length] = first_character(text.substr(end));
        columns += length == 0 ? 1 : columns_of(code);
        if (columns + 1 > most) break; // the mark takes one
        end += std::max<std::size_t>(1, length);
    }
    return std::string(text.substr(0, end)) + "…";
}

} // namespace badwire
