#include "bindings/runs.hpp"

#include <chrono>
#include <filesystem>
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

std::vector<harness::scenario> load(const scenario_source& source)
{
    if (source.text) return harness::parse_scenario(*source.text, source.file);
    return harness::load_scenario(source.file);
}

std::string to_results_text(const json& results)
{
    // What processes printed may not be UTF-8; JSON must be.
    return results.dump(-1, ' ', false, json::error_handler_t::replace);
}

class session {
public:
    session(scenario_source source, const run_request& request) : source_(std::move(source))
    {
        // A scenario without a file gets one beside the results, to be replayed from.
        if (source_.text && !request.out.empty())
            source_.file = std::filesystem::path(request.out) / "scenario.json";
        scenarios_ = load(source_);
        if (const auto network = harness::parse_network_kind(request.network))
            options_.networks = {*network};
        options_.seed = request.seed;
        options_.repeat = request.repeat;
        options_.jobs = request.jobs;
        options_.out = request.out;
        options_.strict = request.strict;
        options_.only = harness::parse_selection(request.only);
        options_.cancelled = &cancelled_;
        runs_ = harness::plan(scenarios_, options_);
        if (request.out.empty()) return;
        out_.emplace(options_.out, runs_.size());
        if (source_.text) net::disk_files(options_.out).write("scenario.json", *source_.text);
    }

    // Runs that ended before a cancellation are written, too, as by the command.
    void perform()
    {
        const auto begin = std::chrono::steady_clock::now();
        std::vector<harness::run_record> records;
        {
            harness::runner all(options_);
            records = all.run_all(
                runs_, [this](const harness::planned_run&, const harness::run_record* ended) {
                    if (out_ && ended) out_->ended(*ended);
                });
        } // every process and the guard are gone
        results_ = harness::results_json(records, std::chrono::steady_clock::now() - begin);
        if (out_) out_->finish(results_);
        else if (source_.text)
            for (json& entry : results_["runs"]) entry.erase("replay"); // there is no file
    }

    std::atomic<bool>& cancelled() { return cancelled_; }
    const json& results() const { return results_; }

private:
    scenario_source source_;
    std::vector<harness::scenario> scenarios_;
    harness::runner_options options_;
    std::vector<harness::planned_run> runs_;
    std::optional<harness::output_folder> out_;
    std::atomic<bool> cancelled_{false};
    json results_;
};

} // namespace

void check(const scenario_source& source)
{
    try {
        for (const harness::scenario& one : load(source)) harness::check_networks(one, {});
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

std::string run(const scenario_source& source, const run_request& request)
{
    try {
        session all(source, request);
        run_interruptibly([&all] { all.perform(); }, all.cancelled());
        return to_results_text(all.results());
    } catch (const std::exception&) {
        throw_in_python(source.file, !source.text);
    }
}

} // namespace badwire::bindings
