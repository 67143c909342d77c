// command_line.hpp: what a person types after a command's name: options, arguments, further commands.
// It is explained by --help, and each mistake is told in one sentence.
//
// The parser is CLI11; only command_line.cpp sees it, because it takes long to compile.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "impl/base/command_description.hpp"

namespace CLI {
class Option;
}

namespace badwire {

/// The words make no sense (exit code 2), or ask for help or the version (exit code 0); what() is
/// the text to print: on standard error, or on standard output for help.
struct usage : std::runtime_error {
    usage(const std::string& text, int code) : std::runtime_error(text), exit_code(code) {}
    int exit_code;
};

template <typename Value>
struct number_in {
    using type = Value;
};
template <typename Number>
struct number_in<std::optional<Number>> {
    using type = Number;
};
template <typename Value>
using number_of = typename number_in<Value>::type;

/// One command: describe its options with the variables they are read into, then parse(). These
/// variables keep their value where nothing is given, and must live until parse() returns.
/// A name such as "--port" is an option's, one such as "FILE" an argument's by its place.
class command_line {
public:
    /// `name` is how people type it: "badwire exec echo-server". Messages begin with `speaker`.
    command_line(std::string name, const std::string& summary, std::string speaker = "");
    ~command_line();

    /// What can still be said of an option.
    class option {
    public:
        explicit option(CLI::Option& made) : made_(made) {}
        const option& required() const;
        const option& takes(const std::string& value) const;     // "FILE", in --help
        const option& otherwise(const std::string& value) const; // its default, in --help

    private:
        CLI::Option& made_;
    };

    /// Takes what was given; returns what is wrong with it, or an empty string.
    using reader = std::function<std::string(const std::string& given)>;
    option read(const std::string& name, const std::string& help, reader take);

    option flag(const std::string& name, bool& value, const std::string& help);
    option text(const std::string& name, std::string& value, const std::string& help,
                std::size_t bytes_max = SIZE_MAX);
    option texts(const std::string& name, std::vector<std::string>& values,
                 const std::string& help);
    option duration(const std::string& name, std::chrono::nanoseconds& value,
                    const std::string& help);
    /// One of some words; nothing is said of a default.
    option one_of(const std::string& name, std::vector<std::string> words,
                  std::function<void(const std::string&)> take, const std::string& help);

    /// A whole number; `value` is of an integral type, or an optional one.
    template <typename Value>
    option number(const std::string& name, Value& value, number_of<Value> least,
                  number_of<Value> most, const std::string& help)
    {
        const option made = read(name, help, [&value, least, most](const std::string& given) {
            number_of<Value> parsed{};
            const char* const end = given.data() + given.size();
            const auto [rest, failed] = std::from_chars(given.data(), end, parsed);
            if (failed != std::errc{} || rest != end || parsed < least || parsed > most)
                return expected("a whole number from " + std::to_string(least) + " to " +
                                    std::to_string(most),
                                given);
            value = parsed;
            return std::string();
        });
        made.takes("N");
        if constexpr (std::integral<Value>) made.otherwise(std::to_string(value));
        return made;
    }

    /// "expected `that`, found `given`", for readers.
    static std::string expected(std::string_view that, std::string_view given);

    /// A command below this one, which then needs one of them.
    command_line& command(const std::string& name, const std::string& summary);
    /// The options of this command may also stand behind the commands below it.
    void take_options_anywhere();
    /// What the command does, and returns parse()'s result.
    void does(std::function<int()> action);
    /// What --help says below the options.
    void explain(const std::string& text);
    /// What --version says.
    void version(const std::string& text);
    /// --help and descriptions leave this command out.
    void hide();

    /// All of it as data.
    [[nodiscard]] command_description described() const;

    /// Throws usage. Then does what the command does that was typed; 0 where nothing is to be done.
    int parse(std::span<const std::string> words);

    /// Throws usage: the words are well-formed, but do not go together.
    [[noreturn]] void reject(const std::string& why) const;

private:
    struct implementation;
    explicit command_line(std::unique_ptr<implementation> self);
    const command_line& chosen() const; // of those that were typed, the last
    std::unique_ptr<implementation> self_;
};

} // namespace badwire
