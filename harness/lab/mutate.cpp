#include "harness/lab/mutate.hpp"

#include <algorithm>

#include "harness/lab/parallel.hpp"
#include "impl/apps/shared/program.hpp"

namespace badwire::harness {
namespace {

bool runs(const scenario& what, const std::string& program)
{
    return std::ranges::any_of(what.processes,
                               [&](const process_spec& one) { return one.program == program; });
}

// Looks for the first failure of one mutant.
void hunt(mutant& one, const std::vector<const scenario*>& scenarios, laboratory& lab,
          const mutation_options& options)
{
    for (const scenario* const what : scenarios) {
        if (!runs(*what, one.program)) continue;
        ++one.tried;
        if (one.caught_by != nullptr) continue;
        const scenario with_bug = planted(*what, one.program, one.flaw);
        for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
            if (options.cancelled && *options.cancelled) return;
            const run_record made = lab.run(with_bug, seed);
            if (made.verdict == verdict::pass) continue;
            one.caught_by = what;
            one.seed = seed;
            one.kind = failure_kind(made);
            break;
        }
    }
}

} // namespace

std::size_t mutation_score::caught() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(mutants, [](const mutant& one) { return one.caught_by != nullptr; }));
}

scenario planted(scenario what, const std::string& program, wire::flaw flaw)
{
    for (process_spec& one : what.processes)
        if (one.program == program)
            one.words.insert(one.words.end(), {"--flaw", std::string(to_string(flaw))});
    for (auto& [name, process] : what.asked["processes"].items())
        if (process.value("program", "") == program)
            for (const std::string_view word : {std::string_view("--flaw"), to_string(flaw)})
                process["args"].push_back(word);
    return what;
}

mutation_score mutate(const std::vector<const scenario*>& scenarios,
                      const mutation_options& options)
{
    laboratory lab(options.cancelled, options.watcher);
    mutation_score score;
    std::vector<char> sound(scenarios.size(), 1); // not bool: written side by side
    in_parallel(options.jobs, scenarios.size(), [&](std::size_t i) {
        for (std::uint64_t seed = 1; seed <= options.seeds && sound[i]; ++seed)
            if (lab.run(*scenarios[i], seed).verdict != verdict::pass) sound[i] = 0;
    });
    std::vector<const scenario*> tried;
    for (std::size_t i = 0; i < scenarios.size(); ++i)
        (sound[i] ? tried : score.left_out).push_back(scenarios[i]);
    for (const apps::program& program : apps::catalogue())
        for (const wire::flaw flaw : program.flaws)
            score.mutants.push_back({.program = std::string(program.name), .flaw = flaw});
    in_parallel(options.jobs, score.mutants.size(),
                [&](std::size_t i) { hunt(score.mutants[i], tried, lab, options); });
    std::erase_if(score.mutants, [](const mutant& one) { return one.tried == 0; });
    return score;
}

json to_json(const mutation_score& score)
{
    json mutants = json::array();
    for (const mutant& one : score.mutants) {
        json entry{{"program", one.program},
                   {"flaw", to_string(one.flaw)},
                   {"scenarios", one.tried},
                   {"caught", one.caught_by != nullptr}};
        if (one.caught_by != nullptr) {
            entry["by"] = one.caught_by->file;
            entry["matrix"] = one.caught_by->matrix;
            entry["seed"] = one.seed;
            entry["failure"] = one.kind;
        }
        mutants.push_back(std::move(entry));
    }
    json left_out = json::array();
    for (const scenario* const one : score.left_out) left_out.push_back(one->file);
    return {{"version", 1},
            {"planted", score.mutants.size()},
            {"caught", score.caught()},
            {"mutants", std::move(mutants)},
            {"left_out", std::move(left_out)}};
}

} // namespace badwire::harness
