// completion.hpp: what the word that somebody types in a shell can become. The scripts for the shells are
// a few lines each and ask `badwire complete WORD…`, so that completion knows what the parser knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "impl/base/command_description.hpp"

namespace badwire::harness {

struct candidate {
    std::string word; // ":scenarios", ":files", ":folders": names of files, which the shell knows
    std::string help;
};

/// `words` stand behind the command's name; the last one is being typed, and may be empty. A word
/// "=" is bash's: it parts an option from its value.
std::vector<candidate> completions(const command_description& root, std::vector<std::string> words);

/// The script for "bash", "zsh" or "fish".
std::string_view completion_script(std::string_view shell);

} // namespace badwire::harness
