// presets.hpp: links as they are found in the world, by name: their impairments, and where each number
// is from. docs/presets.md tells the same to people.
#pragma once

#include <span>
#include <string_view>

#include "impl/base/reading.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::link {

struct preset {
    struct source {
        std::string_view of;   // what of the values
        std::string_view from; // the paper, standard or measurement; or that it is judged
    };
    std::string_view name;
    std::string_view title;
    std::string_view values; // JSON, as a link is written
    std::span<const source> sources;
};

/// All of them, in the order in which people read of them.
std::span<const preset> presets();

/// What the preset of that name asks for in a direction, over what held before; throws mistake.
impairments preset_over(const impairments& before, const reading& name, direction which);

} // namespace badwire::link
