// options.hpp: a program's command line, the same words for the same things in every program.
//
// The parser is CLI11; only options.cpp sees it, because it takes long to compile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "impl/apps/shared/program.hpp"

namespace badwire::apps {

/// The course's own bytes, or badwire's, which are numbered and checked.
enum class wire_format { classic, framed };

/// What every program that waits on an address takes.
struct server_options {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 0;  // 0: the system chooses
    net::duration timeout{}; // 0: for ever
};

/// What every program that calls on an address takes.
struct client_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    net::duration timeout{}; // 0: for ever
};

/// What every program that talks to a multicast group takes.
struct group_options {
    std::string group = "224.1.1.1";
    std::uint16_t port = 0;
    std::string interface = "127.0.0.1"; // beyond this machine is opt-in
    net::duration timeout{};             // 0: for ever
};

/// Describes the options of one program, with the values that are there as defaults, then parses
/// into them. The variables must live until parse() returns.
class option_parser {
public:
    explicit option_parser(const program& which);
    ~option_parser();

    /// --bind, --port, --timeout; `awaits` says what the timeout limits.
    void server(server_options& options, const std::string& awaits);
    /// --bind, --port: for a server that waits for ever.
    void listener(server_options& options);
    /// --host, --port, --timeout; without `awaits` no --timeout.
    void client(client_options& options, const std::string& awaits = "");

    /// --group, --port, --interface, --timeout; without `awaits` no --timeout.
    void group(group_options& options, const std::string& awaits = "");

    // A name such as "--message" is an option, one such as "FILE" an argument by its place.
    void text(const std::string& name, std::string& value, const std::string& help,
              std::size_t bytes_max = 65507);
    void required_text(const std::string& name, std::string& value, const std::string& help);
    void number(const std::string& name, std::int64_t& value, std::int64_t least, std::int64_t most,
                const std::string& help);
    void optional_number(const std::string& name, std::optional<std::int64_t>& value,
                         std::int64_t least, std::int64_t most, const std::string& help);
    void duration(const std::string& name, net::duration& value, const std::string& help);
    void flag(const std::string& name, bool& value, const std::string& help);
    /// One of several words, each of which stands for a value of an enumeration.
    template <typename Enum>
    void choice(const std::string& name, Enum& value,
                const std::vector<std::pair<std::string, Enum>>& choices, const std::string& help)
    {
        std::vector<std::string> words;
        std::string now;
        for (const auto& [word, meaning] : choices) {
            words.push_back(word);
            if (meaning == value) now = word;
        }
        choose(name, std::move(words), now, help, [&value, choices](std::string_view given) {
            for (const auto& [word, meaning] : choices)
                if (word == given) value = meaning;
        });
    }

    /// --wire: which of the two the program speaks.
    void wire(wire_format& value, const std::string& help);

    /// What --help says below the options.
    void explain(const std::string& text);

    /// Has `check` called once the options are parsed, to judge them together: it may reject() them
    /// or complete what follows from them.
    void afterwards(std::function<void()> check);

    /// Throws usage. Returns what the program needs to run, without its main.
    invocation parse(std::span<const std::string> arguments);

    /// Throws usage: the arguments are well-formed, but do not go together.
    [[noreturn]] void reject(const std::string& why) const;

private:
    void choose(const std::string& name, std::vector<std::string> words, const std::string& now,
                const std::string& help, std::function<void(std::string_view)> take);

    struct implementation;
    std::unique_ptr<implementation> self_;
};

/// A program made of its four parts: what it is, the values its options have if not given, their
/// description, and the coroutine that does the work.
///
///     entry<ping_options>({"ping", "", "Sends a ping.", role::client}, {{.port = 7000}},
///                         [](option_parser& parser, ping_options& options) {
///                             parser.client(options, "the answer");
///                         },
///                         ping)
template <typename Options>
program entry(program what, Options defaults,
              void (*describe)(option_parser&, std::type_identity_t<Options>&),
              net::awaitable<void> (*main)(net::network&, std::type_identity_t<Options>))
{
    what.parse = [=](const program& self, std::span<const std::string> given) {
        Options options = defaults;
        option_parser parser(self);
        describe(parser, options);
        invocation run = parser.parse(given);
        run.main = [options, main](net::network& network) { return main(network, options); };
        return run;
    };
    return what;
}

} // namespace badwire::apps
