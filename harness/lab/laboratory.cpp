#include "harness/lab/laboratory.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace badwire::harness {

std::string failure_kind(const run_record& run)
{
    if (run.verdict == verdict::pass) return {};
    if (run.verdict == verdict::error) return run.message;
    std::string kind;
    for (const judgement& one : run.judgements)
        if (!one.met) kind += (kind.empty() ? "" : "; ") + one.what;
    if (!run.deadlock.is_null()) kind = "deadlock" + (kind.empty() ? "" : "; " + kind);
    if (run.time_limit_reached)
        kind = "the time limit was reached" + (kind.empty() ? "" : "; " + kind);
    return kind.empty() ? run.message : kind;
}

laboratory::laboratory(const std::atomic<bool>* cancelled, work_watcher watcher)
    : runner_(runner_options{.cancelled = cancelled}), watcher_(std::move(watcher))
{
}

run_record laboratory::run(const scenario& what, std::uint64_t seed,
                           std::optional<std::uint64_t> interleaving)
{
    return run(what, seed, interleaving, nullptr);
}

run_record laboratory::run(const scenario& what, std::uint64_t seed,
                           std::optional<std::uint64_t> interleaving, link::packet_watcher* watcher)
{
    run_record made = runner_.run_one({.what = &what,
                                       .network = network_kind::virtual_time,
                                       .seed = seed,
                                       .repeat = 0,
                                       .folder_name = std::to_string(begun_++),
                                       .watcher = watcher,
                                       .interleaving = interleaving});
    if (made.verdict != verdict::pass) ++failed_;
    ++runs_;
    if (watcher_) watcher_({runs_, expected_, failed_});
    return made;
}

trial laboratory::observe(const scenario& what, std::uint64_t seed,
                          std::optional<std::uint64_t> interleaving)
{
    trial made;
    packet_recorder recorder;
    made.record = run(what, seed, interleaving, &recorder);
    made.packets = recorder.take();
    made.arrivals = recorder.arrivals();
    return made;
}

void keep_temporary_files_in_memory()
{
    constexpr const char* in_memory = "/dev/shm";
    if (std::getenv("TMPDIR") == nullptr && ::access(in_memory, W_OK) == 0)
        ::setenv("TMPDIR", in_memory, 0);
}

} // namespace badwire::harness
