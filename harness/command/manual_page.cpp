#include "harness/command/manual_page.hpp"

#include <fmt/format.h>

namespace badwire::harness {
namespace {

// As plain text: no character means something to the formatter.
std::string plain(std::string_view text)
{
    std::string made;
    for (const char c : text) {
        if (made.empty() && (c == '.' || c == '\'')) made += "\\&";
        if (c == '\\') made += "\\e";
        else if (c == '-') made += "\\-";
        else if (c == '\'') made += "\\(aq";
        else if (c == '\n') made += "\n.br\n";
        else made += c;
    }
    return made;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string slanted(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string sentence(const std::string& text)
{
    return text.empty() || text.ends_with('.') ? text : text + ".";
}

std::string item(const option_description& one, bool is_argument)
{
    std::string head;
    for (const std::string& name : one.names) {
        if (!head.empty()) head += ", ";
        head += is_argument ? slanted(name) : bold(name);
    }
    if (!is_argument && !one.takes.empty()) head += " " + slanted(one.takes);
    std::string told = sentence(one.help);
    if (is_argument && one.takes.find('|') != std::string::npos)
        told += " One of " + one.takes + ".";
    if (!one.otherwise.empty()) told += " Default: " + one.otherwise + ".";
    return ".TP\n" + head + "\n" + plain(told) + "\n";
}

std::string synopsis(const command_description& command, const std::string& name)
{
    std::string made = bold(name);
    if (!command.options.empty()) made += " [" + slanted("OPTIONS") + "]";
    for (const option_description& one : command.arguments) {
        const std::string shown = slanted(one.names.front()) + (one.many ? "..." : "");
        made += one.required ? " " + shown : " [" + shown + "]";
    }
    if (!command.below.empty()) made += " " + slanted("COMMAND");
    return made + "\n";
}

std::string items(const command_description& command)
{
    std::string made;
    for (const option_description& one : command.arguments) made += item(one, true);
    for (const option_description& one : command.options) made += item(one, false);
    return made;
}

// Commands with pages of their own are listed; others stand here in full.
std::string commands_below(const command_description& command, const std::string& name, bool listed)
{
    if (command.below.empty()) return "";
    std::string made = ".SH COMMANDS\n";
    for (const command_description& one : command.below) {
        if (listed) {
            made += ".TP\n" + bold(one.name) + "\n" + plain(sentence(one.summary)) + "\n";
        } else {
            made += ".SS " + synopsis(one, name + " " + one.name);
            made += plain(sentence(one.summary)) + "\n" + items(one);
        }
    }
    return made;
}

std::string upper(std::string_view text)
{
    std::string made(text);
    for (char& c : made) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return made;
}

} // namespace

std::string manual_page(const command_description& command, std::string_view above,
                        std::string_view version)
{
    const bool is_outermost = above.empty();
    const std::string typed =
        is_outermost ? command.name : fmt::format("{} {}", above, command.name);
    const std::string page =
        is_outermost ? command.name : fmt::format("{}-{}", above, command.name);
    std::string summary = command.summary;
    if (const auto colon = summary.find(": "); is_outermost && colon != std::string::npos)
        summary.erase(0, colon + 2);
    std::string made =
        fmt::format(".TH {} 1 \"\" \"badwire {}\" \"badwire\"\n", plain(upper(page)), version);
    made += ".SH NAME\n" + plain(page) + " \\- " + plain(summary) + "\n";
    made += ".SH SYNOPSIS\n" + synopsis(command, typed);
    if (const std::string all = items(command); !all.empty()) made += ".SH OPTIONS\n" + all;
    // What exec runs explains itself: badwire exec PROGRAM --help.
    made += commands_below(command, typed, is_outermost || command.name == "exec");
    if (!command.explanation.empty()) made += ".SH NOTES\n" + plain(command.explanation) + "\n";
    made += ".SH SEE ALSO\n";
    if (!is_outermost) return made + ".BR " + plain(above) + " (1)\n";
    for (std::size_t i = 0; i < command.below.size(); ++i)
        made += fmt::format(".BR {} (1){}\n", plain(page + "-" + command.below[i].name),
                            i + 1 < command.below.size() ? "," : "");
    return made;
}

} // namespace badwire::harness
