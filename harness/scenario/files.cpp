#include "harness/scenario/files.hpp"

#include <algorithm>
#include <cstdio>

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scenarios_below(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code failed;
    for (auto it = fs::recursive_directory_iterator(folder, failed);
         it != fs::recursive_directory_iterator(); ++it) {
        const std::string name = it->path().filename();
        if (it->is_directory() && fs::exists(it->path() / output_marker))
            it.disable_recursion_pending();
        if (it->is_regular_file() && name.ends_with(".json") && !name.ends_with(".schema.json"))
            files.push_back(it->path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool has_tag(const scenario& what, std::string_view tag)
{
    return std::find(what.tags.begin(), what.tags.end(), tag) != what.tags.end();
}

} // namespace

std::optional<std::vector<scenario>> load_scenarios(const std::vector<std::string>& paths,
                                                    const std::string& tag)
{
    std::vector<scenario> loaded;
    bool all_well = true;
    const auto load = [&](const fs::path& file, bool named) {
        try {
            for (scenario& one : load_scenario(file, !named)) {
                if (!tag.empty() && !has_tag(one, tag)) continue;
                if (tag != "slow" && !named && has_tag(one, "slow")) continue;
                loaded.push_back(std::move(one));
            }
        } catch (const mistake& wrong) {
            std::fprintf(stderr, "%s\n", in_file(file.string(), wrong).c_str());
            all_well = false;
        }
    };
    for (const auto& path : paths) {
        std::error_code failed;
        if (!fs::is_directory(path, failed)) load(path, true);
        else
            for (const auto& file : scenarios_below(path)) load(file, false);
    }
    if (!all_well) return {};
    return loaded;
}

} // namespace badwire::harness
