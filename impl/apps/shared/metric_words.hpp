// metric_words.hpp: what the numbers mean that badwire's programs count (`--metrics FILE`).
#pragma once

#include <span>
#include <string_view>

namespace badwire::apps {

struct metric_word {
    std::string_view name; // as in net::metrics
    std::string_view words;
};

/// All of them, in alphabetical order. Each program has those that concern it.
std::span<const metric_word> metric_words();

} // namespace badwire::apps
