// options.hpp: a program's command line, the same words for the same things in every program.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "impl/apps/shared/program.hpp"
#include "impl/base/command_line.hpp"

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

/// The command line of one program: what every command line has, and what the programs share.
class option_parser : public command_line {
public:
    explicit option_parser(const program& which);

    /// --bind, --port, --timeout; `awaits` says what the timeout limits.
    void server(server_options& options, const std::string& awaits);
    /// --bind, --port: for a server that waits for ever.
    void listener(server_options& options);
    /// --host, --port, --timeout; without `awaits` no --timeout.
    void client(client_options& options, const std::string& awaits = "");
    /// --group, --port, --interface, --timeout; without `awaits` no --timeout.
    void group(group_options& options, const std::string& awaits = "");
    /// --wire: which of the two the program speaks.
    void wire(wire_format& value, const std::string& help);
    /// --flaw: one of the program's flaws, to be planted.
    void flaw(wire::flaw& value);

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
        const auto take = [&value, choices](const std::string& given) {
            for (const auto& [word, meaning] : choices)
                if (word == given) value = meaning;
        };
        one_of(name, std::move(words), take, help).otherwise(now);
    }

    /// Has `check` called once the options are parsed, to judge them together: it may reject() them
    /// or complete what follows from them.
    void afterwards(std::function<void()> check);

    /// Throws usage. Returns what the program needs to run, without its main.
    invocation parse(std::span<const std::string> arguments);

private:
    void timeout(net::duration& value, const std::string& awaits);

    std::vector<wire::flaw> flaws_; // that the program can have
    std::string metrics_file_;
    std::vector<std::function<void()>> checks_;
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
    what.describe = [=](const program& self) {
        Options options = defaults;
        option_parser parser(self);
        describe(parser, options);
        command_description made = parser.described();
        made.name = self.name;
        return made;
    };
    return what;
}

} // namespace badwire::apps
