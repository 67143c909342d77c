// words.hpp: a command line that a person gave as one text, as words; no shell reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace badwire::wire {

/// Words are separated by blanks; '…' and "…" keep blanks inside a word and mean nothing else.
/// Nothing when a quotation mark has no counterpart.
std::optional<std::vector<std::string>> split_words(std::string_view text);

} // namespace badwire::wire
