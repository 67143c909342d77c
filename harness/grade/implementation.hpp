// implementation.hpp: somebody's programs, said once: the folder they are in, how they are built, and
// how each role is started. Scenarios are written with badwire's own programs; an implementation takes
// their places in it.
//
// A role is named like the program of badwire's whose place it takes: "udp-ftp-server". What it says
// of a process (command, port, input, …) replaces what the scenario says, as a JSON merge patch
// (RFC 7396) does. In its texts stand: ${args}, alone, for all arguments that the scenario gives the
// program; ${args.1}, ${args.2}, … for one of them; ${folder} for the implementation's folder.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/scenario/scenario.hpp"
#include "impl/base/reading.hpp"

namespace badwire::harness {

/// The exit code by which a program says that it does not support what it was asked.
inline constexpr int exit_unsupported = 127;

/// Something that is done only if the folder has a file of this name or pattern ("*.java").
struct alternative {
    std::string if_file; // empty: in any case
    json what;           // words of a command that builds, or a part of a process
};

struct implementation {
    std::string name;
    std::filesystem::path folder{}; // where it is found; empty: it needs none
    std::vector<alternative> build{};
    duration build_time_limit = std::chrono::seconds(60);
    std::map<std::string, std::vector<alternative>> roles{};
    bool otherwise_badwire = false; // roles that it does not name are badwire's own programs
};

/// The keys that an implementation has, for check_object.
inline constexpr std::array<std::string_view, 5> implementation_keys{
    "folder", "build", "build_time_limit", "roles", "otherwise"};

/// Folders are relative to `beside`. Without "roles" it is badwire itself.
implementation read_implementation(const reading& at, std::string name,
                                   const std::filesystem::path& beside);

/// The commands that build it, in their order, as its folder is now.
std::vector<std::vector<std::string>> build_commands(const implementation& of,
                                                     const std::filesystem::path& folder);

/// Builds it in `folder`, which holds its files. Returns why that failed, for people; else empty.
std::string build(const implementation& what, const std::filesystem::path& folder);

/// The process of a scenario when the implementation, whose files are in `folder`, takes its place.
/// Nothing: it has no such role. Throws mistake where the scenario lacks an argument.
std::optional<json> played_by(const implementation& who, const json& process,
                              const std::filesystem::path& folder);

/// Whether a process of a scenario is one that an implementation can play: a program of badwire's.
bool is_role(const json& process);

/// The roles and the processes of a scenario, by the names that "fills" may have.
std::set<std::string> seats_of(const scenario& what);

/// An implementation in the place of some processes.
struct player {
    const implementation* who;
    std::filesystem::path folder;
};

/// The scenario with players in the places of its processes, by the processes' names. Nothing, and
/// `lacks` says so: a player has no such role. Throws mistakes.
std::optional<scenario> with_players(const scenario& what,
                                     const std::map<std::string, player>& by_process,
                                     std::string& lacks);

} // namespace badwire::harness
