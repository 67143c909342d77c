#include "impl/wire/words.hpp"

#include <utility>

namespace badwire::wire {

std::optional<std::vector<std::string>> split_words(std::string_view text)
{
    std::vector<std::string> words;
    bool in_word = false;
    char quote = '\0';
    for (const char c : text) {
        if (quote != '\0' && c == quote) {
            quote = '\0';
            continue;
        }
        const bool blank = c == ' ' || c == '\t' || c == '\n';
        if (quote == '\0' && blank) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true)) words.emplace_back();
        if (quote == '\0' && (c == '\'' || c == '"')) quote = c;
        else words.back() += c;
    }
    if (quote != '\0') return std::nullopt;
    return words;
}

} // namespace badwire::wire
