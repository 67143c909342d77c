#include "harness/command/completion.hpp"

#include <algorithm>

namespace badwire::harness {
namespace {

// Where the words so far have led.
struct place_of_word {
    std::vector<const command_description*> commands; // from the outermost to the one that is typed
    const option_description* option = nullptr;       // which waits for its value
    std::size_t arguments = 0;
    bool options_ended = false; // by "--"
};

const option_description* find_option(const place_of_word& at, std::string_view name)
{
    for (const command_description* command : at.commands) {
        if (command != at.commands.back() && !command->takes_options_anywhere) continue;
        for (const option_description& one : command->options)
            if (std::ranges::find(one.names, name) != one.names.end()) return &one;
    }
    return nullptr;
}

void go_on(place_of_word& at, const std::string& word)
{
    if (at.option != nullptr) {
        at.option = nullptr;
        return;
    }
    if (word == "--" && !at.options_ended) {
        at.options_ended = true;
        return;
    }
    if (word.starts_with("-") && !at.options_ended) {
        const option_description* option = find_option(at, word);
        if (option != nullptr && !option->takes.empty()) at.option = option;
        return;
    }
    const auto& below = at.commands.back()->below;
    const auto next = std::ranges::find(below, word, &command_description::name);
    if (next != below.end()) at.commands.push_back(&*next);
    else ++at.arguments;
}

std::vector<std::string> words_of(std::string_view takes)
{
    std::vector<std::string> words;
    if (takes.find('|') == takes.npos) return words;
    takes = takes.substr(0, takes.find(','));
    for (;;) {
        const auto end = takes.find('|');
        words.emplace_back(takes.substr(0, end));
        if (end == takes.npos) return words;
        takes.remove_prefix(end + 1);
    }
}

void add_values(const option_description& of, std::string before, std::string_view typed,
                std::vector<candidate>& into)
{
    const bool is_list = of.takes.ends_with(",…");
    if (const auto comma = typed.rfind(','); is_list && comma != typed.npos) {
        before += typed.substr(0, comma + 1);
        typed.remove_prefix(comma + 1);
    }
    for (const std::string& word : words_of(of.takes))
        if (word.starts_with(typed)) into.push_back({before + word, ""});
    const std::string& kind = of.names.front().starts_with("-") ? of.takes : of.names.front();
    if (kind == "SCENARIO") into.push_back({":scenarios", ""});
    if (kind == "DIR" || kind == "FOLDER") into.push_back({":folders", ""});
    if (kind == "FILE") into.push_back({":files", ""});
}

void add_options(const place_of_word& at, std::string_view typed, std::vector<candidate>& into)
{
    for (const command_description* command : at.commands) {
        if (command != at.commands.back() && !command->takes_options_anywhere) continue;
        for (const option_description& one : command->options) {
            const std::string& name = one.names.back();
            const bool is_new = std::ranges::find(into, name, &candidate::word) == into.end();
            if (is_new && name.starts_with(typed)) into.push_back({name, one.help});
        }
    }
}

void add_commands_and_arguments(const place_of_word& at, std::string_view typed,
                                std::vector<candidate>& into)
{
    const command_description& command = *at.commands.back();
    if (at.arguments == 0)
        for (const command_description& one : command.below)
            if (one.name.starts_with(typed)) into.push_back({one.name, one.summary});
    if (command.arguments.empty()) return;
    const auto last = command.arguments.size() - 1;
    if (at.arguments <= last || command.arguments[last].many)
        add_values(command.arguments[std::min(at.arguments, last)], "", typed, into);
}

// bash: "--seed", "=", "1"; others: "--seed=1". Afterwards: "--seed", "1".
void join_equal_signs(std::vector<std::string>& words)
{
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] != "=" || !words[i - 1].starts_with("--")) continue;
        if (i + 1 == words.size()) words[i].clear();
        else words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

} // namespace

std::vector<candidate> completions(const command_description& root, std::vector<std::string> words)
{
    join_equal_signs(words);
    if (words.empty()) words.emplace_back();
    const std::string typed = std::move(words.back());
    words.pop_back();
    place_of_word at{{&root}};
    for (const std::string& word : words) go_on(at, word);

    std::vector<candidate> found;
    const auto equal = typed.find('=');
    if (at.option != nullptr) {
        add_values(*at.option, "", typed, found);
    } else if (typed.starts_with("--") && equal != std::string::npos && !at.options_ended) {
        if (const auto* option = find_option(at, typed.substr(0, equal)))
            add_values(*option, typed.substr(0, equal + 1), typed.substr(equal + 1), found);
    } else if (typed.starts_with("-") && !at.options_ended) {
        add_options(at, typed, found);
    } else {
        add_commands_and_arguments(at, typed, found);
        if (found.empty() && typed.empty()) add_options(at, typed, found);
    }
    return found;
}

} // namespace badwire::harness
