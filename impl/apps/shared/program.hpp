// program.hpp: a program as its callers see it: a name, options, a coroutine.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "impl/base/command_description.hpp"
#include "impl/net/network.hpp"
#include "impl/wire/flaw.hpp"

namespace badwire::apps {

enum class role { client, server, peer };

/// A program with its arguments understood, ready to run once.
struct invocation {
    std::string metrics_file;                                // --metrics; empty: none wanted
    std::function<net::awaitable<void>(net::network&)> main; // throws net::failure or system_error
};

/// What `badwire list programs` shows and `badwire exec` runs. entry() (options.hpp) makes one.
struct program {
    std::string_view name;    // "udp-ftp-client"
    std::string_view section; // the course's own numbering: "4.6.1", "Q1b"
    std::string_view summary; // one line
    apps::role role;
    bool serves_for_ever = false;       // unless --once; such a server ends when it is stopped
    bool multicast = false;             // takes --group and --port, and no --host or --bind
    std::vector<wire::flaw> flaws = {}; // bugs that can be planted in it by --flaw
    std::function<invocation(const program&, std::span<const std::string>)> parse = {};
    std::function<command_description(const program&)> describe = {}; // what parse() understands
};

// For entries, where a bare true or false explains nothing.
inline constexpr bool serves_for_ever = true;
inline constexpr bool ends_by_itself = false;
inline constexpr bool multicast = true;

/// The same program; `flaws` can be planted in it.
program with_flaws(program which, std::vector<wire::flaw> flaws);

/// Every program: badwire's own in the course's order, then those added by add_programs().
std::span<const program> catalogue();

/// Adds programs to the catalogue. Call it first in main(): references that catalogue() and
/// find_program() returned before are no longer valid. Throws failure for a name that is taken.
void add_programs(std::vector<program> more);

/// The program of that name, or nothing.
const program* find_program(std::string_view name);

/// Parses `arguments` and runs `which` on `network` to its end: usage and errors go to the console,
/// metrics to the file that --metrics names. Returns the exit code: 0 did its job (a server that
/// was told to stop did), 1 could not, 2 bad arguments. Throws nothing.
net::awaitable<int> run_program(const program& which, std::vector<std::string> arguments,
                                net::network& network);

} // namespace badwire::apps
