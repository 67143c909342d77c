#include "harness/command/verified_runs.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "harness/command/terminal.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

std::set<fs::path> files_in(const fs::path& folder)
{
    std::set<fs::path> found;
    std::error_code failed;
    for (const auto& entry : fs::recursive_directory_iterator(folder, failed))
        if (entry.is_regular_file()) found.insert(entry.path().lexically_relative(folder));
    return found;
}

bool same_contents(const fs::path& one, const fs::path& other)
{
    std::ifstream first(one, std::ios::binary);
    std::ifstream second(other, std::ios::binary);
    return std::equal(std::istreambuf_iterator(first), {}, std::istreambuf_iterator(second), {});
}

// What a run's entry says that does not depend on how busy the machine is.
json comparable(const run_record& run)
{
    json entry = to_json(run);
    entry.erase("wall_ms");
    return entry;
}

// The first place where two results are not the same: "/processes/client/exit: 0, then 1".
std::string difference(const json& first, const json& second)
{
    const json found = json::diff(first, second);
    if (found.empty()) return {};
    const json::json_pointer at(found[0]["path"].get<std::string>());
    const auto told = [&](const json& in) {
        constexpr std::size_t longest = 100;
        return in.contains(at) ? in.at(at).dump().substr(0, longest) : std::string("nothing");
    };
    return fmt::format("{}: {}, then {}", at.to_string(), told(first), told(second));
}

std::string difference(const fs::path& first, const fs::path& second)
{
    const auto before = files_in(first);
    if (before != files_in(second)) return "not the same files were written";
    for (const fs::path& one : before)
        if (!same_contents(first / one, second / one)) return one.string();
    return {};
}

} // namespace

bool verify_runs(const std::vector<planned_run>& runs, const std::vector<run_record>& records,
                 const std::filesystem::path& folder,
                 const std::function<std::vector<run_record>()>& again, json& results)
{
    const fs::path kept = folder / "runs";
    const fs::path first = folder / "first-runs";
    fs::remove_all(first);
    fs::rename(kept, first);
    const auto repeated = again();
    bool all_same = repeated.size() == records.size();
    for (std::size_t i = 0; i < repeated.size(); ++i) {
        std::string differs = difference(comparable(records[i]), comparable(repeated[i]));
        if (differs.empty())
            differs = difference(first / runs[i].folder_name, kept / runs[i].folder_name);
        results[i]["repeatable"] = differs.empty();
        results[i].erase("differs");
        if (differs.empty()) continue;
        all_same = false;
        results[i]["differs"] = differs;
        say("not repeatable: {} (seed {}): {}\n", runs[i].what->title, runs[i].seed, differs);
    }
    if (all_same)
        say("verified: {} made again, and nothing differs\n",
            repeated.size() == 1 ? "the run was"
                                 : fmt::format("all {} runs were", repeated.size()));
    fs::remove_all(first);
    return all_same;
}

} // namespace badwire::harness
