#include "bindings/experiments.hpp"

#include <stdexcept>

#include <pybind11/pybind11.h>

#include "bindings/errors.hpp"
#include "bindings/interruptible.hpp"
#include "harness/lab/certify.hpp"
#include "harness/lab/combinations.hpp"
#include "harness/lab/fault_map.hpp"
#include "harness/lab/kept_search.hpp"
#include "harness/lab/mutate.hpp"
#include "harness/lab/shrink.hpp"
#include "impl/base/mistake.hpp"
#include "impl/net/network.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::bindings {
namespace {

using harness::json;
using harness::scenario;

// Nothing that could be shrunk, certified or explained: the caller's mistake, not the harness's.
template <typename Work>
auto refusing(const scenario& what, Work work)
{
    try {
        return work();
    } catch (const harness::not_shrinkable& why) {
        throw std::invalid_argument(what.file + ": " + why.what());
    } catch (const net::failure& why) {
        throw std::invalid_argument(why.what());
    }
}

// Makes `work` of the loaded scenario; it is told when to end early.
template <typename Work>
std::string perform(const scenario_source& source, Work work)
{
    try {
        std::atomic<bool> cancelled{false};
        json made;
        run_interruptibly([&] { made = work(cancelled); }, cancelled);
        return to_text(made);
    } catch (const std::invalid_argument& wrong) {
        throw pybind11::value_error(wrong.what());
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

scenario load_one(const experiment& of, const one_run& run)
{
    scenario what = harness::only_selected(load(of.source), harness::parse_selection(of.only));
    what.interleaving = run.interleaving.value_or(what.interleaving);
    return what;
}

std::vector<json> actions_of(const std::string& faults)
{
    try {
        return harness::parse_actions(faults);
    } catch (const mistake& wrong) {
        throw pybind11::value_error(std::string("faults: ") + wrong.what());
    }
}

json to_json(const std::vector<harness::fault>& faults)
{
    json told = json::array();
    for (const harness::fault& one : faults) told.push_back(harness::to_json(one));
    return told;
}

std::string list_of(const std::vector<harness::fault>& faults)
{
    std::string told;
    for (std::size_t i = 0; i < faults.size(); ++i)
        told += std::to_string(i + 1) + ". " + faults[i].told + "\n";
    return told;
}

json with_faults(const scenario& base, const std::vector<harness::fault>& faults,
                 std::uint64_t seed, const std::string& title, const std::string& why)
{
    return harness::written(harness::with_faults(base, faults), seed, title,
                            why + "\n" + list_of(faults));
}

} // namespace

std::string search(const experiment& of, const search_request& asked)
{
    const scenario_source source = with_a_file(of.source, of.out);
    return perform(source, [&](const std::atomic<bool>& cancelled) {
        const auto fit = harness::selected(load(source), harness::parse_selection(of.only));
        std::vector<const scenario*> meant;
        for (const scenario& one : fit) meant.push_back(&one);
        harness::kept_search all(meant,
                                 {.first_seed = asked.first,
                                  .seeds = asked.seeds,
                                  .interleavings = asked.interleavings,
                                  .jobs = of.jobs,
                                  .cancelled = &cancelled},
                                 of.out);
        write_beside(source, of.out);
        all.run();
        all.write_results();
        json told = all.to_json();
        told["before"] = all.before();
        if (source.text && of.out.empty()) // there is no file to replay
            for (json& kind : told["kinds"]) kind.erase("replay");
        return told;
    });
}

std::string shrink(const experiment& of, const one_run& run)
{
    return perform(of.source, [&](const std::atomic<bool>& cancelled) -> json {
        const scenario what = load_one(of, run);
        harness::laboratory lab(&cancelled);
        const harness::shrunk made =
            refusing(what, [&] { return harness::shrink(what, run.seed, lab); });
        return {{"failure", made.kind},
                {"faults", to_json(made.faults)},
                {"at_first", made.at_first},
                {"robust", made.robust},
                {"runs", made.runs},
                {"scenario", with_faults(made.base, made.faults, run.seed, what.title + ", shrunk",
                                         "The fewest faults of seed " + std::to_string(run.seed) +
                                             " with which this still fails: " + made.kind)}};
    });
}

std::string certify(const experiment& of, const one_run& run, const certify_request& asked)
{
    const auto actions = actions_of(asked.faults);
    return perform(of.source, [&](const std::atomic<bool>& cancelled) {
        const scenario what = load_one(of, run);
        const harness::certify_options options{.actions = actions,
                                               .at_most = asked.at_most,
                                               .first = asked.first,
                                               .seed = run.seed,
                                               .jobs = of.jobs,
                                               .part = asked.part,
                                               .cancelled = &cancelled};
        const harness::certificate made =
            refusing(what, [&] { return harness::certify(what, options); });
        json told{{"certificate", harness::to_json(made, what, options)}};
        if (!made.counterexample.empty())
            told["scenario"] = with_faults(
                made.base, made.counterexample, run.seed, what.title + ", a counterexample",
                "The smallest pattern of faults with which this fails: " + made.kind);
        return told;
    });
}

std::string explain(const experiment& of, const one_run& run)
{
    const scenario_source source = with_a_file(of.source, of.out);
    return perform(source, [&](const std::atomic<bool>& cancelled) {
        const scenario what = load_one({source, of.only, of.jobs, of.out}, run);
        const auto map = refusing(
            what, [&] { return harness::map_faults(what, run.seed, of.jobs, &cancelled); });
        json told = harness::to_json(map, what);
        if (of.out.empty() || cancelled) return told;
        harness::write_explained(what, run.seed, map, of.out);
        write_beside(source, of.out);
        return told;
    });
}

std::string mutate(const std::vector<scenario_source>& of, std::uint64_t seeds, unsigned jobs)
{
    std::vector<scenario> all;
    for (const scenario_source& source : of) {
        try {
            for (scenario& one : load(source)) {
                harness::check_networks(one, {harness::network_kind::virtual_time});
                all.push_back(std::move(one));
            }
        } catch (const std::exception&) {
            throw_in_python(source.file, !source.text);
        }
    }
    return perform({}, [&](const std::atomic<bool>& cancelled) {
        std::vector<const scenario*> fit;
        for (const scenario& one : all) fit.push_back(&one);
        return harness::to_json(
            harness::mutate(fit, {.seeds = seeds, .jobs = jobs, .cancelled = &cancelled}));
    });
}

} // namespace badwire::bindings
