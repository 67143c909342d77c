#include "sim/link/impairment/phrases.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace badwire::link {

std::string asked_for(double probability) { return fmt::format(", asked {}", probability); }

void add_drawn(std::string& text, double value)
{
    std::array<char, 8> digits{'0', '.', '0', '0', '0', '0', '0', '0'};
    auto millionths = static_cast<unsigned>(value * 1e6);
    if (millionths >= 1'000'000) {
        digits[0] = '1';
        millionths = 0;
    }
    for (std::size_t i = digits.size(); i-- > 2; millionths /= 10)
        digits[i] = static_cast<char>('0' + millionths % 10);
    text.append(", drawn ").append(digits.data(), digits.size());
}

void add_number(std::string& text, std::uint64_t number)
{
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

void add_count(std::string& text, std::uint64_t number, std::string_view one,
               std::string_view several)
{
    add_number(text, number);
    text += number == 1 ? one : several;
}

void begin_part(std::string& text, std::string_view part)
{
    if (!text.empty()) text += "; ";
    text += part;
}

} // namespace badwire::link
