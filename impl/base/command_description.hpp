// command_description.hpp: what a command line takes, as data: manual pages and completion of shells are
// made of it.
#pragma once

#include <string>
#include <vector>

namespace badwire {

/// An option, a flag, or an argument by its place.
struct option_description {
    std::vector<std::string> names; // {"-h", "--help"}; of an argument {"FILE"}
    std::string takes;              // "N", "FILE", "red|green"; empty: a flag
    std::string otherwise;          // its default, where it has one
    std::string help;
    bool required = false;
    bool many = false; // an argument that may be repeated
};

/// A command and those below it.
struct command_description {
    std::string name; // as it is typed behind the command above it: "run"
    std::string summary;
    std::string explanation; // what --help says below the options
    std::vector<option_description> options;
    std::vector<option_description> arguments;
    std::vector<command_description> below;
    bool takes_options_anywhere = false; // its options may stand behind the commands below it, too
};

} // namespace badwire
