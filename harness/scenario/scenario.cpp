#include "harness/scenario/scenario.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/scenario/link_parts.hpp"
#include "harness/scenario/matrix.hpp"
#include "harness/scenario/partitions.hpp"
#include "harness/scenario/parts.hpp"
#include "harness/scenario/references.hpp"
#include "impl/base/json_text.hpp"
#include "impl/base/reading.hpp"
#include "impl/base/text_file.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

constexpr duration default_time_limit = std::chrono::seconds(60);
constexpr std::uint64_t largest_scenario_bytes = 16 << 20;

// Which processes share a link as equals. To the link's own reader that says nothing, so it gets
// what is returned: the links without it.
json read_between(scenario& into, const reading& at)
{
    json links = json::object();
    at.with("links", [&](const reading& all) {
        links["links"] = all.value();
        if (!all.value().is_object()) return;
        all.each([&](const std::string& name, const reading& one) {
            one.with("between", [&](const reading& who) {
                who.check_array(R"(the processes that share it such as ["a", "b", "c"])", 1);
                into.between[name] = read_names(who);
            });
            if (one.value().is_object()) links["links"][name].erase("between");
        });
    });
    return links;
}

// A bottleneck that no link passes is probably misspelt.
void check_bottlenecks_used(const reading& all, const json& links)
{
    if (!links.contains("links") || !links["links"].is_object()) return;
    all.each([&](const std::string& name, const reading& one) {
        for (const auto& [link, its] : links["links"].items())
            if (its.is_object() && its.contains("bottleneck") && its["bottleneck"] == name) return;
        one.wrong(
            fmt::format("no link passes it: expected a link with \"bottleneck\": \"{}\"", name));
    });
}

// What the links' own words mean in this scenario.
link::surroundings read_links(scenario& into, const reading& at)
{
    const json plain = read_between(into, at);
    link::surroundings around{.folder = std::filesystem::path(into.file).parent_path(),
                              .files = link::nameable::below};
    if (at.has("wires"))
        around.wires_flawed = !at.with(
            "wires", [&](const reading& wires) { around.wires = link::read_wires(wires); });
    at.with("bottlenecks", [&](const reading& all) {
        around.bottlenecks = link::read_bottlenecks(all, around);
        check_bottlenecks_used(all, plain);
    });
    reading(plain, at.found()).with("links", [&](const reading& links) {
        links.check_object(R"(links by name such as {"wan": {"loss": 0.05}})");
        links.each([&](const std::string& name, const reading& one) {
            into.links[name]; // it exists, although it may be flawed
            one.attempt([&] { check_key(one, name); });
            into.links[name] = link::read_link_options(one, around);
        });
    });
    return around;
}

void read_faults(scenario& into, const reading& at, const link::surroundings& around)
{
    at.check_array(R"(what happens to processes, such as [{"kill": "server", "at": "2s"}])");
    std::size_t number = 0;
    at.each([&](const reading& one) {
        const std::string name = fmt::format("faults.{}", ++number);
        if (is_of_partitions(one)) return read_partition(one, name, into);
        into.faults.push_back(read_process_fault(one, into, around));
        into.faults.back().name = name;
    });
    at.each([&](const reading& one) {
        if (one.has("heal")) read_heal(one, into);
    });
    partition_links(into);
}

void read_expectations(scenario& into, const reading& at)
{
    at.check_array(R"(expectations such as [{"exit": {"client": 0}}])");
    at.each([&](const reading& one) { into.expectations.push_back(read_expectation(one, into)); });
    heal_links(into);
}

// Notes the pointers of processes with mistakes in `flawed`.
void read_processes(scenario& into, const reading& at, std::set<std::string>& flawed)
{
    constexpr std::string_view what = R"(processes by name such as {"a": {"program": "…"}})";
    at.check_object(what);
    if (at.size() == 0) at.expected(what);
    at.each([&](const std::string& name, const reading& one) {
        process_spec process;
        process.name = process.family = name;
        process.pointer = one.pointer();
        std::uint64_t count = 1;
        const bool named = one.attempt([&] { check_key(one, name); });
        const bool good = one.attempt([&] { read_process(process, one, into); });
        if (process.load && !process.load->file.empty() && process.program == load_program)
            into.files.try_emplace(process.load->file.filename().string(),
                                   file_spec{file_spec::kind::copy, 0, "", process.load->file});
        const bool counted = !one.has("count") || one.with("count", [&](const reading& many) {
            count = many.whole("a number from 1 to 100000", 1, 100'000);
            check_copies(many, count, one.value().dump().size());
        });
        const bool fits = one.attempt([&] { check_process_load(process, count, one); });
        if (!named || !good || !counted || !fits) flawed.insert(process.pointer);
        if (!counted) count = 1;
        if (into.processes.size() + count > most_processes) {
            at.found().note(
                {at.pointer(), fmt::format("more than {} processes in all", most_processes)});
            count = 1; // it is known by its name
        }
        const duration delay = process.delay;
        for (std::size_t i = 0; i < count; ++i) {
            process.place = i;
            if (count > 1) process.name = fmt::format("{}-{}", name, i + 1);
            // One after another, unless they come at times of their own.
            const bool come = process.load && process.load->arrivals;
            if (count > 1 && !come) process.delay = delay * static_cast<std::int64_t>(i + 1);
            into.processes.push_back(process);
        }
    });
}

void read_networks(scenario& into, const reading& at)
{
    std::array<std::string_view, all_networks.size()> kinds;
    std::ranges::transform(all_networks, kinds.begin(),
                           [](network_kind one) { return to_string(one); });
    const auto one = [&](const reading& name) {
        into.networks.push_back(*parse_network_kind(name.choice(kinds)));
    };
    if (!at.value().is_array()) return one(at);
    at.check_array("direct, relay, hosts or virtual, or a list of these", 1);
    at.each(one);
}

void read_limits(scenario& into, const reading& at)
{
    at.check_object(R"(limits such as {"lateness_p99": "5ms"})",
                    {"lateness_p50", "lateness_p99", "lateness_p999", "lateness_max"});
    at.each([&](const std::string& key, const reading& most) {
        constexpr std::string_view prefix = "lateness_";
        if (key.starts_with(prefix)) into.lateness_max[key.substr(prefix.size())] = most.time();
    });
}

// The parts of a scenario that concern it as a whole, and its runs.
// A day of the calendar, and a time of it if wanted, both in UTC (RFC 3339).
std::optional<std::chrono::sys_seconds> parse_date(const std::string& text)
{
    int year = 0, hour = 0, minute = 0, second = 0, end = 0;
    unsigned month = 0, day = 0;
    const int read = std::sscanf(text.c_str(), "%4d-%2u-%2u%nT%2d:%2d:%2dZ%n", &year, &month, &day,
                                 &end, &hour, &minute, &second, &end);
    const std::chrono::year_month_day found{std::chrono::year(year), std::chrono::month(month),
                                            std::chrono::day(day)};
    const bool all_read = (read == 3 || read == 6) && text.size() == static_cast<std::size_t>(end);
    const bool whole = all_read && (text.size() == 10 || text.size() == 20); // no digit is left out
    const bool in_range = hour < 24 && minute < 60 && second < 60 && year >= 1970;
    if (!whole || !in_range || !found.ok()) return {};
    return std::chrono::sys_days(found) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

void read_head(scenario& into, const reading& at)
{
    at.with("$schema", [](const reading& where) { where.text("where the schema lies"); });
    at.with("title", [&](const reading& title) { into.title = title.text("a line for people"); });
    at.with("description",
            [&](const reading& more) { into.description = more.text("a text for people"); });
    at.with("tags", [&](const reading& tags) {
        tags.check_array("words to choose scenarios by");
        tags.each([&](const reading& tag) {
            into.tags.push_back(tag.text("a word"));
            if (into.tags.back().empty()) tag.expected("a word");
        });
    });
    at.with("network", [&](const reading& network) { read_networks(into, network); });
    at.with("seed",
            [&](const reading& seed) { into.seed = seed.whole("a number from 0", 0, UINT64_MAX); });
    at.with("interleaving", [&](const reading& which) {
        into.interleaving = which.whole("a number from 0", 0, UINT64_MAX);
    });
    at.with("date", [&](const reading& date) {
        constexpr std::string_view wanted = "a date such as 2026-11-30 or 2026-11-30T08:00:00Z";
        const auto parsed = parse_date(date.text(wanted));
        if (!parsed) date.expected(wanted);
        into.date = *parsed;
    });
    at.with("repeat", [&](const reading& repeat) {
        into.repeat = repeat.whole("a number from 1 to 1000000", 1, 1'000'000);
    });
    at.with("time_limit", [&](const reading& limit) { into.time_limit = limit.time(); });
    at.with("capture", [&](const reading& capture) { into.capture = capture.truth(); });
    at.with("limits", [&](const reading& limits) { read_limits(into, limits); });
}

// Names of what need not do anything: a link, one of its changes, or an impairment.
void read_may_miss(scenario& into, const reading& at)
{
    at.check_array(R"(names such as ["wan.loss", "wan.schedule.1", "spare_link"])");
    at.each([&](const reading& one) {
        const std::string name = one.text("the name of a link or of what it does");
        const auto changes = link_changes(into);
        const bool is_change = std::ranges::any_of(
            changes, [&](const link_change& change) { return change.name == name; });
        const bool is_fault = std::ranges::any_of(
            into.faults, [&](const process_fault& fault) { return fault.name == name; });
        const bool is_partition = std::ranges::any_of(
            into.partitions, [&](const link::partition& part) { return part.name == name; });
        if (!into.links.contains(name) && !is_change && !is_fault && !is_partition)
            read_strike_name(one, into);
        into.may_miss.push_back(name);
    });
}

scenario read_scenario(const reading& at, const json& combination, const std::string& file)
{
    at.check_object("an object such as {\"processes\": {…}}",
                    {"$schema",      "title",  "description", "tags",       "network",   "seed",
                     "interleaving", "date",   "repeat",      "time_limit", "matrix",    "files",
                     "links",        "wires",  "capture",     "limits",     "processes", "faults",
                     "bottlenecks",  "expect", "may_miss",    "theory"});
    scenario made;
    made.file = file;
    made.folder = std::filesystem::absolute(file).parent_path();
    made.asked = at.value();
    made.matrix = combination;
    made.title = std::filesystem::path(file).stem().string();
    made.time_limit = default_time_limit;
    read_head(made, at);
    at.with("files", [&](const reading& files) {
        files.check_object(R"(files by name such as {"a.bin": {"random": "64KiB"}})");
        files.each([&](const std::string& name, const reading& one) {
            made.files[name] = read_file(name, one, made);
        });
    });
    const link::surroundings around = read_links(made, at);
    if (made.networks.empty()) made.networks = {default_network(made)};
    std::set<std::string> flawed;
    at.need("processes", "processes by name",
            [&](const reading& all) { read_processes(made, all, flawed); });
    check_references(made, at.found(), flawed);
    at.with("faults", [&](const reading& faults) { read_faults(made, faults, around); });
    at.with("theory", [&](const reading& all) { made.theory = read_theory(all, made); });
    at.with("expect", [&](const reading& all) { read_expectations(made, all); });
    at.with("may_miss", [&](const reading& all) { read_may_miss(made, all); });
    return made;
}

// Whether a mistake is at one of these places or inside it.
bool is_within(const mistake& one, const std::set<std::string>& pointers)
{
    return std::ranges::any_of(pointers, [&](const std::string& outer) {
        return one.pointer == outer || one.pointer.starts_with(outer + "/");
    });
}

} // namespace

void heal_links(scenario& in)
{
    for (const expectation& one : in.expectations) {
        const auto* const healed = std::get_if<recovery_expected>(&one);
        if (healed == nullptr) continue;
        for (auto& [name, options] : in.links) link::heal(options, healed->heal_at);
    }
}

const process_spec* scenario::find(std::string_view name) const
{
    const auto found = std::ranges::find(processes, name, &process_spec::name);
    return found == processes.end() ? nullptr : &*found;
}

std::vector<const process_spec*> scenario::peers_on(const std::string& link) const
{
    std::vector<const process_spec*> peers;
    if (const auto found = between.find(link); found != between.end())
        for (const auto& process : processes)
            if (std::ranges::any_of(found->second, [&](const std::string& name) {
                    return process.is_called(name);
                }))
                peers.push_back(&process);
    return peers;
}

std::vector<const process_spec*> scenario::family(std::string_view name) const
{
    std::vector<const process_spec*> members;
    for (const auto& process : processes)
        if (process.is_called(name)) members.push_back(&process);
    return members;
}

bool scenario::is_process(std::string_view name) const
{
    return std::ranges::any_of(processes,
                               [&](const auto& process) { return process.is_called(name); });
}

std::optional<std::filesystem::path> find_executable(const std::string& word)
{
    const auto usable = [](const std::filesystem::path& file) {
        return access(file.c_str(), X_OK) == 0;
    };
    if (word.find('/') != std::string::npos) {
        if (word.front() == '/' && !usable(word)) return {};
        return word;
    }
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/bin:/usr/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (const auto file = std::filesystem::path(folder) / word; usable(file)) return file;
    return {};
}

bool is_executable(const std::string& word) { return find_executable(word).has_value(); }

std::optional<std::filesystem::path> scenario::file_beside(const std::string& name) const
{
    if (name.empty() || name.front() == '/') return {};
    std::error_code failed;
    const auto root = std::filesystem::weakly_canonical(folder, failed);
    const auto path = std::filesystem::weakly_canonical(root / name, failed);
    const auto inside = path.lexically_relative(root);
    if (failed || inside.empty() || *inside.begin() == ".." ||
        !std::filesystem::is_regular_file(path, failed))
        return {};
    return root / name;
}

std::vector<scenario> parse_scenario(std::string_view text, const std::string& file,
                                     bool if_it_is_one)
{
    const auto kept = std::make_shared<const std::string>(text);
    if (text.size() > largest_scenario_bytes)
        throw mistake("", fmt::format("too large: a scenario has at most {} MiB",
                                      largest_scenario_bytes >> 20));
    const json whole = parse_json(text);
    const bool is_one =
        whole.is_object() && (whole.contains("processes") || whole.contains("expect"));
    if (if_it_is_one && !is_one) return {};
    mistake_list found;
    std::vector<scenario> scenarios;
    for (const auto& [combination, asked, unresolved] : expand_scenario(reading(whole, found))) {
        if (found.count() >= mistake_list::most) break;
        mistake_list inside;
        inside.attempt([&] {
            scenarios.push_back(read_scenario(reading(asked, inside), combination, file));
            scenarios.back().text = kept;
        });
        for (const mistake& one : inside.noted())
            if (!is_within(one, unresolved)) found.note(one);
        found.leave_out(inside.count() - inside.noted().size());
    }
    throw_if_any(found, text);
    return scenarios;
}

std::vector<scenario> load_scenario(const std::filesystem::path& file, bool if_it_is_one)
{
    std::error_code failed;
    if (if_it_is_one && std::filesystem::file_size(file, failed) > largest_scenario_bytes)
        return {};
    std::string text;
    try {
        text = read_regular_file(file, largest_scenario_bytes);
    } catch (const unreadable& error) {
        throw mistake("", error.what());
    }
    return parse_scenario(text, file.string(), if_it_is_one);
}

} // namespace badwire::harness
