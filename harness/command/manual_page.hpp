// manual_page.hpp: a page for man(1), in the macros of man(7), made of what a command line takes.
#pragma once

#include <string>
#include <string_view>

#include "impl/base/command_description.hpp"

namespace badwire::harness {

/// The page badwire-NAME(1) of a command below `above`; of the outermost one, above nothing, the
/// page that lists all others.
std::string manual_page(const command_description& command, std::string_view above,
                        std::string_view version);

} // namespace badwire::harness
