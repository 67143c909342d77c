// references.hpp: what the processes of a scenario say about each other and about its links: whom
// they go to, over which link, whom they wait for, what they refer to as ${…}.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// What a ${…} stands for.
enum class referent {
    own_folder,
    run_folder,
    scenario_folder,
    seed,
    index,
    metrics_file,
    work, // that it is to ask for
    group,
    group_port,
    own_port,
    target_host, // of the process that "to" names, or of the link on the way there
    target_port,
    link_host,
    link_port,
    process_host,
    process_port,
    peer_host, // of another process on a link that equals share; object: "net.b"
    peer_port,
    peers // all of them
};

struct reference {
    referent what = referent::seed;
    std::string object; // the link or the process
};

/// Nothing for a name without a meaning. Does not check whether there is such a link or process.
std::optional<reference> parse_reference(std::string_view name, const scenario& in);

/// Replaces each ${NAME} by look_up(NAME). Throws mistake at `pointer` if a ${ is not closed.
std::string substitute(std::string_view text, const std::string& pointer,
                       const std::function<std::string(std::string_view)>& look_up);

// Both throw mistake at `pointer`.
void check_process_name(const std::string& name, const scenario& in, const std::string& pointer);
void check_link_name(const std::string& name, const scenario& in, const std::string& pointer);
/// The name of a process of the scenario, or throws mistake.
std::string read_process_name(const reading& at, const scenario& in);

/// Checks all references, and notes in each process what is needed for them (which ports must be
/// known, when it is ready). Mistakes go to `found`. Processes in `flawed`, by their pointers, are
/// known to have mistakes: those that only follow are not noted.
void check_references(scenario& in, mistake_list& found, const std::set<std::string>& flawed);

} // namespace badwire::harness
