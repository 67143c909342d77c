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

class session {
public:
    session(scenario_source source, const run_request& request, const std::atomic<bool>& cancelled)
        : source_(with_a_file(std::move(source), request.out)), scenarios_(load(source_))
    {
        if (const auto network = harness::parse_network_kind(request.network))
            options_.networks = {*network};
        options_.seed = request.seed;
        options_.repeat = request.repeat;
        options_.jobs = request.jobs;
        options_.out = request.out;
        options_.strict = request.strict;
        options_.only = harness::parse_selection(request.only);
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

std::vector<harness::scenario> load(const scenario_source& source)
{
    if (source.text) return harness::parse_scenario(*source.text, source.file);
    return harness::load_scenario(source.file);
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
