// mistake.hpp: what is wrong with a scenario, said to the person who wrote it.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace badwire::harness {

/// A mistake in a scenario: where (a JSON pointer; empty for the whole file) and what was expected.
/// badwire prints "FILE: POINTER: WHAT", starts nothing and exits 2.
struct mistake : std::runtime_error {
    mistake(std::string where, const std::string& what)
        : std::runtime_error(what), pointer(std::move(where))
    {
    }
    std::string pointer;

    std::string in_file(std::string_view file) const
    {
        return fmt::format("{}: {}{}{}", file, pointer, pointer.empty() ? "" : ": ", what());
    }
};

/// `; did you mean "x"?` for the name among `valid` that is nearest to `wrong`, else the list of
/// what is valid, else nothing.
std::string suggestion(std::string_view wrong, std::span<const std::string> valid);

/// `key` as a step of a JSON pointer (RFC 6901).
std::string pointer_step(std::string_view key);

} // namespace badwire::harness
