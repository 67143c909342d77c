// pattern.hpp: a regular expression of a scenario (Perl syntax), compiled once. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "impl/base/reading.hpp"

namespace badwire::harness {

class pattern {
public:
    /// Throws std::invalid_argument that says what is wrong with the expression.
    explicit pattern(const std::string& text);

    /// Whether a part of `text` matches; false, too, where the answer takes too long.
    bool found_in(std::string_view text) const;

    const std::string& text() const { return text_; } // as it was written

private:
    struct compiled; // so that only pattern.cpp sees the library
    std::string text_;
    std::shared_ptr<const compiled> compiled_;
};

/// Throws mistake.
pattern read_pattern(const reading& at);

} // namespace badwire::harness
