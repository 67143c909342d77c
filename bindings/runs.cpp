#include "bindings/runs.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>

#include <pybind11/pybind11.h>

#include "bindings/errors.hpp"
#include "bindings/interruptible.hpp"
#include "harness/run/output.hpp"
#include "harness/run/runner.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::bindings {
namespace {

using harness::json;

constexpr const char* file_of_a_text = "scenario.json";

harness::runner_options options_of(const run_request& request)
{
    harness::runner_options options;
    if (const auto network = harness::parse_network_kind(request.network))
        options.networks = {*network};
    options.seed = request.seed;
    options.repeat = request.repeat;
    options.jobs = request.jobs;
    options.out = request.out;
    options.strict = request.strict;
    options.only = harness::parse_selection(request.only);
    return options;
}

class session {
public:
    session(scenario_source source, const run_request& request, const std::atomic<bool>& cancelled)
        : source_(with_a_file(std::move(source), request.out)), scenarios_(load(source_))
    {
        options_ = options_of(request);
        options_.cancelled = &cancelled;
        runs_ = harness::plan(scenarios_, options_);
        if (request.out.empty()) return;
        out_.emplace(options_.out, runs_.size());
        write_beside(source_, request.out);
    }

    // Runs that ended before a cancellation are written, too, as by the command.
    void perform()
    {
        const auto begin = std::chrono::steady_clock::now();
        std::vector<harness::run_record> records;
        options_.in_memory = std::ranges::all_of(runs_, [](const harness::planned_run& one) {
            return one.network == harness::network_kind::virtual_time;
        });
        {
            harness::runner all(options_);
            const auto note = [this](const harness::planned_run&,
                                     const harness::run_record* ended) {
                if (out_ && ended) out_->ended(*ended);
            };
            for (auto runs = std::move(runs_); !runs.empty(); runs = plan_more(records, options_))
                std::ranges::move(all.run_all(runs, note), std::back_inserter(records));
        } // every process and the guard are gone
        results_ = harness::results_json(records, std::chrono::steady_clock::now() - begin);
        if (out_) out_->finish(results_);
        else if (source_.text)
            for (json& entry : results_["runs"]) entry.erase("replay"); // there is no file
    }

    const json& results() const { return results_; }

private:
    scenario_source source_;
    std::vector<harness::scenario> scenarios_;
    harness::runner_options options_;
    std::vector<harness::planned_run> runs_;
    std::optional<harness::output_folder> out_;
    json results_;
};

} // namespace

std::vector<harness::scenario> load(const scenario_source& source, bool if_it_is_one)
{
    if (source.text) return harness::parse_scenario(*source.text, source.file, if_it_is_one);
    return harness::load_scenario(source.file, if_it_is_one);
}

scenario_source with_a_file(scenario_source source, const std::string& out)
{
    if (source.text && !out.empty()) source.file = std::filesystem::path(out) / file_of_a_text;
    return source;
}

void write_beside(const scenario_source& source, const std::string& out)
{
    if (source.text && !out.empty()) net::disk_files(out).write(file_of_a_text, *source.text);
}

std::string to_text(const json& results)
{
    return results.dump(-1, ' ', false, json::error_handler_t::replace);
}

void check(const scenario_source& source)
{
    try {
        for (const harness::scenario& one : load(source)) harness::check_networks(one, {});
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

std::string plan(const scenario_source& source, const run_request& request, bool if_it_is_one)
{
    try {
        const auto scenarios = load(source, if_it_is_one);
        json runs = json::array();
        if (scenarios.empty()) return runs.dump();
        for (const harness::planned_run& one : harness::plan(scenarios, options_of(request)))
            runs.push_back({{"title", one.what->title},
                            {"tags", one.what->tags},
                            {"matrix", one.what->matrix},
                            {"network", harness::to_string(one.network)},
                            {"seed", one.seed},
                            {"has_theory", !one.what->theory.empty()}});
        return runs.dump();
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

std::string run(const scenario_source& source, const run_request& request,
                std::atomic<bool>& cancelled)
{
    try {
        session all(source, request, cancelled);
        run_interruptibly([&all] { all.perform(); }, cancelled);
        return to_text(all.results());
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

} // namespace badwire::bindings
