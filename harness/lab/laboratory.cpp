#include "harness/lab/laboratory.hpp"

#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include "impl/base/bytes.hpp"

namespace badwire::harness {
namespace {

std::uint64_t mixed(std::uint64_t before, std::uint64_t number)
{
    return XXH3_64bits_withSeed(&number, sizeof number, before);
}

class packet_recorder final : public link::packet_watcher {
public:
    explicit packet_recorder(trial& into) : into_(into) {}

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override
    {
        auto& counted = offered_[&by];
        const std::size_t place = into_.packets.size();
        into_.packets.push_back({.link = by.link_name(),
                                 .which = what.which,
                                 .flow = std::string(what.flow),
                                 .nth = ++counted,
                                 .at = what.time,
                                 .payload = {what.payload.begin(), what.payload.end()},
                                 .met = met,
                                 .why = by.explain(met)});
        return std::make_shared<const std::string>(std::to_string(place));
    }

    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override
    {
        auto& all = into_.arrivals;
        const std::size_t place = said ? std::stoull(*said) : into_.packets.size();
        if (place < into_.packets.size()) {
            seen_packet& of = into_.packets[place];
            if (copy == 0) of.left = what.time;
            all = mixed(all, XXH3_64bits(of.link.data(), of.link.size()));
        }
        all = mixed(all, static_cast<std::uint64_t>(what.which));
        all = mixed(all, static_cast<std::uint64_t>(what.time.count()));
        all = mixed(all, XXH3_64bits(what.payload.data(), what.payload.size()));
    }

private:
    trial& into_;
    std::map<const link::lane*, std::uint64_t> offered_;
};

} // namespace

std::string failure_kind(const run_record& run)
{
    if (run.verdict == verdict::pass) return {};
    if (run.verdict == verdict::error) return run.message;
    std::string kind;
    for (const judgement& one : run.judgements)
        if (!one.met) kind += (kind.empty() ? "" : "; ") + one.what;
    if (run.time_limit_reached)
        kind = "the time limit was reached" + (kind.empty() ? "" : "; " + kind);
    return kind.empty() ? run.message : kind;
}

laboratory::laboratory(const std::atomic<bool>* cancelled)
    : runner_(runner_options{.network = network_kind::virtual_time, .cancelled = cancelled})
{
}

run_record laboratory::run(const scenario& what, std::uint64_t seed)
{
    return run(what, seed, nullptr);
}

run_record laboratory::run(const scenario& what, std::uint64_t seed, link::packet_watcher* watcher)
{
    return runner_.run_one({.what = &what,
                            .network = network_kind::virtual_time,
                            .seed = seed,
                            .repeat = 0,
                            .folder_name = std::to_string(runs_++),
                            .watcher = watcher});
}

trial laboratory::observe(const scenario& what, std::uint64_t seed)
{
    trial made;
    packet_recorder recorder(made);
    made.record = run(what, seed, &recorder);
    return made;
}

void keep_temporary_files_in_memory()
{
    constexpr const char* in_memory = "/dev/shm";
    if (std::getenv("TMPDIR") == nullptr && ::access(in_memory, W_OK) == 0)
        ::setenv("TMPDIR", in_memory, 0);
}

} // namespace badwire::harness
