// references.hpp: what the processes of a scenario say of each other and of its links: whom they go
// to, over which link, whom they wait for, what they refer to as ${…}.
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
    group,
    group_port,
    own_port,
    target_host, // of the process that "to" names, or of the link on the way there
    target_port,
    link_host,
    link_port,
    process_host,
    process_port
};

struct reference {
    referent what = referent::seed;
    std::string object; // the link or the process
};

/// Nothing for a name that stands for nothing. Whether there is such a link or process is not
/// looked at.
std::optional<reference> parse_reference(std::string_view name, const scenario& in);

/// Replaces each ${NAME} by look_up(NAME). Throws mistake at `pointer` for one that does not end.
std::string substitute(std::string_view text, const std::string& pointer,
                       const std::function<std::string(std::string_view)>& look_up);

// Both throw mistake at `pointer`.
void check_process_name(const std::string& name, const scenario& in, const std::string& pointer);
void check_link_name(const std::string& name, const scenario& in, const std::string& pointer);

/// Checks it all, and notes in each process what it takes to fulfil it (which ports must be known,
/// when it is ready). Mistakes go to `found`. Of processes in `flawed`, by their pointers, mistakes
/// are known already: what follows from them is not said again.
void check_references(scenario& in, mistake_list& found, const std::set<std::string>& flawed);

} // namespace badwire::harness
