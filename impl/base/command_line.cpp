#include "impl/base/command_line.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/mistake.hpp"
#include "impl/base/units.hpp"

namespace badwire {

struct command_line::implementation {
    std::string name;
    std::string speaker;
    std::unique_ptr<CLI::App> owned; // null for a command below another, which owns it
    CLI::App* app = nullptr;
    std::function<int()> action = [] { return 0; };
    std::vector<std::unique_ptr<command_line>> below;
};

namespace {

bool is_shown(const CLI::App* command) { return !command->get_group().empty(); }

bool is_option(const std::string& word) { return word.size() > 1 && word.starts_with('-'); }

// Every word that nothing was made of; an unknown option's value is among them.
std::string about_the_rest(const CLI::App& chosen, const std::vector<std::string>& rest)
{
    if (rest.empty()) return "";
    std::vector<std::string> commands;
    for (const CLI::App* one : chosen.get_subcommands(is_shown))
        commands.push_back(one->get_name());
    if (!commands.empty() && !is_option(rest.front()))
        return fmt::format("there is no command \"{}\"{}", rest.front(),
                           suggestion(rest.front(), commands));
    const auto wrong = std::ranges::find_if(rest, is_option);
    if (wrong == rest.end()) return fmt::format("\"{}\" is one argument too many", rest.front());
    const std::string option = wrong->substr(0, wrong->find('='));
    std::vector<std::string> names;
    for (const CLI::Option* known : chosen.get_options())
        for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
    return fmt::format("there is no option {}{}", option, suggestion(option, names));
}

// The parser's own words are its programmers'.
std::string in_plain_words(const CLI::App& chosen, const std::vector<std::string>& rest,
                           const CLI::ParseError& error)
{
    std::string said = error.what();
    if (dynamic_cast<const CLI::ValidationError*>(&error)) return said; // ours
    if (std::string wrong = about_the_rest(chosen, rest); !wrong.empty()) return wrong;
    if (dynamic_cast<const CLI::RequiredError*>(&error)) {
        if (said.starts_with("A subcommand")) return "a command is missing";
        return said;
    }
    const auto begin = said.find("--");
    if (begin == std::string::npos) return said;
    const std::string option = said.substr(begin, said.find_first_of(" :=,", begin) - begin);
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error))
        return said.find("At Most") != std::string::npos ? option + " is given more than once"
                                                         : option + " needs a value";
    return option + " takes no value";
}

option_description as_data(const CLI::Option& one)
{
    option_description made;
    for (const std::string& name : one.get_snames()) made.names.push_back("-" + name);
    for (const std::string& name : one.get_lnames()) made.names.push_back("--" + name);
    if (one.get_positional()) made.names = {one.get_name(true)};
    if (one.get_items_expected_max() > 0) made.takes = one.get_type_name();
    made.otherwise = one.get_default_str();
    made.help = one.get_description();
    made.required = one.get_required();
    made.many = one.get_items_expected_max() > 1;
    return made;
}

} // namespace

const command_line::option& command_line::option::required() const
{
    made_.required();
    return *this;
}

const command_line::option& command_line::option::takes(const std::string& value) const
{
    made_.type_name(value);
    return *this;
}

const command_line::option& command_line::option::otherwise(const std::string& value) const
{
    made_.default_str(value);
    return *this;
}

command_line::command_line(std::string name, const std::string& summary, std::string speaker)
    : self_(std::make_unique<implementation>())
{
    constexpr std::size_t help_column = 34;
    self_->owned = std::make_unique<CLI::App>(summary, name);
    self_->app = self_->owned.get();
    self_->app->get_formatter()->column_width(help_column);
    self_->speaker = speaker.empty() ? name : std::move(speaker);
    self_->name = std::move(name);
}

command_line::command_line(std::unique_ptr<implementation> self) : self_(std::move(self)) {}

command_line::~command_line() = default;

command_line::option command_line::read(const std::string& name, const std::string& help,
                                        reader take)
{
    const auto taken = [name, take = std::move(take)](const std::string& given) {
        if (const std::string wrong = take(given); !wrong.empty())
            throw CLI::ValidationError(name, wrong);
    };
    return option(*self_->app->add_option_function<std::string>(name, taken, help));
}

command_line::option command_line::flag(const std::string& name, bool& value,
                                        const std::string& help)
{
    return option(*self_->app->add_flag(name, value, help));
}

command_line::option command_line::text(const std::string& name, std::string& value,
                                        const std::string& help, std::size_t bytes_max)
{
    return read(name, help,
                [&value, bytes_max](const std::string& given) {
                    if (given.size() > bytes_max)
                        return fmt::format("expected at most {} bytes, found {}", bytes_max,
                                           given.size());
                    value = given;
                    return std::string();
                })
        .otherwise(value);
}

command_line::option command_line::texts(const std::string& name, std::vector<std::string>& values,
                                         const std::string& help)
{
    return option(*self_->app->add_option(name, values, help));
}

command_line::option command_line::duration(const std::string& name,
                                            std::chrono::nanoseconds& value,
                                            const std::string& help)
{
    return read(name, help,
                [&value](const std::string& given) {
                    const auto parsed = parse_duration(given);
                    if (!parsed) return expected(duration_format, given);
                    value = *parsed;
                    return std::string();
                })
        .takes("DURATION")
        .otherwise(format_duration(value));
}

command_line::option command_line::one_of(const std::string& name, std::vector<std::string> words,
                                          std::function<void(const std::string&)> take,
                                          const std::string& help)
{
    const std::string shown = fmt::format("{}", fmt::join(words, "|"));
    std::string told = fmt::format("{}", fmt::join(words.begin(), words.end() - 1, ", "));
    told += " or " + words.back();
    return read(name, help,
                [words = std::move(words), told = std::move(told),
                 take = std::move(take)](const std::string& given) {
                    if (std::ranges::find(words, given) == words.end())
                        return expected(told, given);
                    take(given);
                    return std::string();
                })
        .takes(shown);
}

std::string command_line::expected(std::string_view that, std::string_view given)
{
    return fmt::format("expected {}, found \"{}\"", that, given);
}

command_line& command_line::command(const std::string& name, const std::string& summary)
{
    auto made = std::make_unique<implementation>();
    made->app = self_->app->add_subcommand(name, summary);
    made->name = made->speaker = self_->name + " " + name;
    self_->app->require_subcommand(1);
    return *self_->below.emplace_back(new command_line(std::move(made)));
}

void command_line::take_options_anywhere() { self_->app->fallthrough(); }

void command_line::does(std::function<int()> action) { self_->action = std::move(action); }

void command_line::explain(const std::string& text) { self_->app->footer(text); }

void command_line::version(const std::string& text)
{
    self_->app->set_version_flag("--version", text);
}

void command_line::hide() { self_->app->group(""); }

command_description command_line::described() const
{
    const CLI::App& app = *self_->app;
    command_description made{
        app.get_name(), app.get_description(), app.get_footer(), {}, {}, {}, app.get_fallthrough()};
    for (const CLI::Option* one : app.get_options())
        (one->get_positional() ? made.arguments : made.options).push_back(as_data(*one));
    for (const auto& one : self_->below)
        if (is_shown(one->self_->app)) made.below.push_back(one->described());
    return made;
}

const command_line& command_line::chosen() const
{
    for (const auto& one : self_->below)
        if (one->self_->app->parsed()) return one->chosen();
    return *this;
}

int command_line::parse(std::span<const std::string> words)
{
    CLI::App& app = *self_->app;
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend())); // as it wants them
    } catch (const CLI::CallForHelp&) {
        std::string help = app.help();
        help.erase(help.find_last_not_of('\n') + 1);
        throw usage(help, 0);
    } catch (const CLI::CallForVersion& version) {
        throw usage(version.what(), 0);
    } catch (const CLI::ParseError& error) {
        const command_line& wrong = chosen();
        wrong.reject(in_plain_words(*wrong.self_->app, app.remaining(true), error));
    }
    return chosen().self_->action();
}

void command_line::reject(const std::string& why) const
{
    throw usage(
        fmt::format("{}: {}\nRun \"{} --help\" for more.", self_->speaker, why, self_->name), 2);
}

} // namespace badwire
