#include "harness/lab/kept_search.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "harness/version.hpp"
#include "impl/base/text_file.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::harness {
namespace {

using clock = std::chrono::steady_clock;

constexpr const char* state_file = "search.json";

// Tells whether a state that was written is of this search.
std::string identity(const std::vector<const scenario*>& combinations,
                     const search_options& options)
{
    std::string all =
        fmt::format("{}\n{}\n{}\n", version, options.first_seed, options.interleavings);
    for (const scenario* const one : combinations) all += one->asked.dump() + one->matrix.dump();
    return fmt::format("{:016x}", XXH3_64bits(all.data(), all.size()));
}

search_state read_state(const std::filesystem::path& file, const std::string& identity)
{
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown)) return {};
    constexpr std::size_t bytes_max = 16 << 20;
    const json written = json::parse(read_regular_file(file, bytes_max), nullptr, false);
    if (!written.is_object() || written.value("search", "") != identity) return {};
    return read_search_state(written);
}

} // namespace

kept_search::kept_search(std::vector<const scenario*> combinations, search_options options,
                         std::filesystem::path folder)
    : combinations_(std::move(combinations)),
      options_(std::move(options)),
      folder_(std::move(folder)),
      identity_(identity(combinations_, options_))
{
    if (folder_.empty()) return;
    state_ = read_state(folder_ / state_file, identity_);
    before_ = state_.next;
    out_.emplace(folder_, failure_kinds_max);
}

void kept_search::run()
{
    constexpr auto now_and_then = std::chrono::milliseconds(500);
    auto next = clock::now();
    search_options noting = options_;
    noting.progress = [&](const search_state& so_far) {
        if (clock::now() < next) return;
        next = clock::now() + now_and_then;
        keep();
        if (options_.progress) options_.progress(so_far);
    };
    search(combinations_, noting, state_);
}

void kept_search::write_results()
{
    if (!out_) return;
    runner_options shown;
    shown.out = folder_;
    runner again(shown);
    std::vector<run_record> records;
    for (std::size_t i = 0; i < state_.kinds.size(); ++i) {
        const failures& one = state_.kinds[i];
        records.push_back(
            again.run_one({.what = combinations_.at(one.combination),
                           .network = network_kind::virtual_time,
                           .seed = one.seed,
                           .repeat = 0,
                           .folder_name = fmt::format("{:04}-seed-{}", i + 1, one.seed),
                           .interleaving = one.interleaving}));
    }
    json results = results_json(records, clock::now() - begin_);
    results["search"] = harness::to_json(state_);
    out_->finish(std::move(results));
    keep();
}

std::uint64_t kept_search::all() const
{
    return options_.seeds * combinations_.size() * options_.interleavings;
}

std::string kept_search::replay(const failures& kind) const
{
    run_record record;
    record.what = combinations_.at(kind.combination);
    record.network = network_kind::virtual_time;
    record.seed = kind.seed;
    record.interleaving = kind.interleaving;
    return replay_command(record);
}

json kept_search::to_json() const
{
    json told = harness::to_json(state_);
    for (std::size_t i = 0; i < state_.kinds.size(); ++i) {
        const failures& kind = state_.kinds[i];
        told["kinds"][i]["matrix"] = combinations_.at(kind.combination)->matrix;
        told["kinds"][i]["replay"] = replay(kind);
    }
    return told;
}

void kept_search::keep() const
{
    if (!out_) return;
    json written = harness::to_json(state_);
    written["search"] = identity_;
    net::disk_files(folder_).write(state_file, written.dump(2) + '\n');
}

} // namespace badwire::harness
