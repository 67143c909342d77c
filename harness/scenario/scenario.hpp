// scenario.hpp: a scenario as the harness understands it, after every check.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/scenario/expectation.hpp"
#include "harness/scenario/process_fault.hpp"
#include "harness/scenario/process_load.hpp"
#include "impl/base/mistake.hpp"
#include "sim/link/link.hpp"

namespace badwire::harness {

using json = nlohmann::ordered_json;
using duration = std::chrono::nanoseconds;

enum class network_kind { direct, relay, hosts, virtual_time };
inline constexpr std::array all_networks{network_kind::direct, network_kind::relay,
                                         network_kind::hosts, network_kind::virtual_time};
std::string_view to_string(network_kind kind);
std::optional<network_kind> parse_network_kind(std::string_view name);

/// One file to make before the start.
struct file_spec {
    enum class kind { random, lines, text, copy } what = kind::text;
    std::uint64_t amount = 0; // bytes or lines
    std::string text;
    std::filesystem::path from; // of a copy: below the scenario's folder
};

enum class readiness { started, listening, port, output };

/// One step of typing.
struct input_step {
    std::vector<std::string> ready; // wait for these processes first
    duration after{0};
    std::optional<pattern> when;     // wait for a line of its output that matches
    std::optional<std::string> text; // a line
    bool end = false;                // end of input
};

/// When the run need no longer wait for a process.
enum class ending { by_itself, when_stopped, by_itself_or_stopped };

struct process_spec {
    std::string name;      // as in the scenario, with "-1", "-2" … where there are several
    std::string family;    // as in the scenario
    std::size_t place = 0; // number in its family
    std::string pointer;   // for messages
    std::string program;   // empty: a command
    std::vector<std::string> words; // the program's arguments or the whole command, unresolved
    std::map<std::string, std::string> env;
    std::string to;                     // empty: nobody
    std::string over;                   // the link, the first of several; empty: none
    std::vector<std::string> over_then; // the links behind it, on the way to the target
    std::vector<std::string> after;
    std::vector<std::string> after_end;
    duration delay{0};
    std::uint16_t port = 0;                     // 0: not fixed
    bool loopback_means_target = false;         // on hosts: 127.0.0.1 is whom it goes to
    std::map<std::string, std::string> sysctls; // of its host, on hosts
    bool multicast = false;                     // it is a member of the run's group
    bool wants_port = false;     // somebody refers to a port that only the harness can choose
    bool unknown_port = false;   // which it is not told itself: others of its link may refer to it
    bool says_readiness = false; // the scenario says it, so nothing is concluded
    readiness ready = readiness::started;
    std::optional<pattern> ready_output; // a line that tells, of readiness::output
    bool terminal = false;               // its input and output are a terminal
    bool says_ending = false;            // likewise
    ending ends = ending::by_itself;
    std::vector<input_step> input;
    std::shared_ptr<const process_load> load; // what it and its copies are as clients; or null
    duration clock_skew{0};                   // of its clock; in virtual time only
    double clock_drift = 0;                   // seconds more per second

    /// Whether this is its own name, or the name of its family.
    bool is_called(std::string_view asked) const { return asked == name || asked == family; }
};

/// What calendars show when a virtual run begins: 14 November 2023, 22:13:20 UTC.
constexpr std::chrono::sys_seconds default_date{std::chrono::seconds(1'700'000'000)};

/// One run to make: a scenario with one combination of its matrix.
struct scenario {
    std::string file;                        // as given, for messages and results
    std::filesystem::path folder;            // where it lies, absolute
    std::shared_ptr<const std::string> text; // of the file, to say where in it a mistake stands
    json asked;                              // with the values of its matrix put in
    json matrix;                             // this combination
    std::string title;
    std::string description;
    std::vector<std::string> tags;
    std::vector<network_kind> networks;
    std::uint64_t seed = 1;
    std::uint64_t interleaving = 0; // which goes first where several can, in virtual time
    std::uint64_t repeat = 1;
    std::chrono::sys_seconds date = default_date; // of its beginning, in virtual time
    duration time_limit{};
    std::map<std::string, file_spec> files;
    std::map<std::string, link::link_options> links;
    std::map<std::string, std::vector<std::string>> between; // links that equals share: who
    bool capture = false;                                    // write capture.pcapng
    std::map<std::string, duration> lateness_max; // by quantile, as link_results names it
    std::vector<process_spec> processes;
    std::vector<process_fault> faults;
    std::vector<link::partition> partitions; // each named as in "faults"; every link knows them
    std::vector<expectation> expectations;
    std::vector<theory_spec> theory;
    std::vector<std::string> may_miss; // names of what may do nothing in a run: see link_parts.hpp

    /// The process of exactly this name, or null.
    const process_spec* find(std::string_view name) const;
    /// All processes that are called so.
    std::vector<const process_spec*> family(std::string_view name) const;
    bool is_process(std::string_view name) const; // whether any is called so
    /// The processes that share a link, each by its own name; empty for other links.
    std::vector<const process_spec*> peers_on(const std::string& link) const;
    /// The regular file of this relative name below `folder`, through no link that leads out of it.
    std::optional<std::filesystem::path> file_beside(const std::string& name) const;
};

/// Reads, checks and expands a scenario file. Throws mistakes: all that are in the file, in its
/// order, each with its place; a mistake that several combinations of a matrix have, only once.
/// With `if_it_is_one`, JSON of another kind is no mistake and gives no scenario: other JSON lies in
/// folders, too. What cannot be read as JSON may be a scenario.
std::vector<scenario> load_scenario(const std::filesystem::path& file, bool if_it_is_one = false);

/// The same from JSON text; `file` is for messages.
std::vector<scenario> parse_scenario(std::string_view text, const std::string& file,
                                     bool if_it_is_one = false);

/// Makes the links clean from where an expectation "recovers" says on.
void heal_links(scenario& in);

/// Whether posix_spawnp will find it. A relative path begins in the process's own folder, which the
/// run makes, so it is taken to be there.
bool is_executable(const std::string& word);
/// The file that a command's first word means: found in PATH, or a path as it is, which may be relative.
std::optional<std::filesystem::path> find_executable(const std::string& word);

/// Where a scenario runs that names no network: on the relay if it has links, else direct.
network_kind default_network(const scenario& what);

/// The networks that were asked for, else the scenario's own ones.
const std::vector<network_kind>& networks_of(const scenario& what,
                                             const std::vector<network_kind>& asked);

/// Throws mistakes if `what` cannot run on one of these networks (it has a command in virtual time,
/// or one that is not installed), each with its place.
void check_networks(const scenario& what, const std::vector<network_kind>& asked);

} // namespace badwire::harness
