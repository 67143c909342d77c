#include "harness/command/compared_networks.hpp"

#include <algorithm>

#include "harness/command/commands.hpp"
#include "harness/command/terminal.hpp"
#include "harness/run/guard.hpp"
#include "impl/base/command_line.hpp"
#include "sim/hosts/namespaces.hpp"

namespace badwire::harness {

namespace {

std::vector<network_kind> all_that_can_be_had()
{
    std::vector<network_kind> all{all_networks.begin(), all_networks.end()};
    const std::string refused = hosts::why_no_hosts(badwire_executable());
    if (refused.empty()) return all;
    complain("badwire: all, but for hosts: {}\n", refused);
    std::erase(all, network_kind::hosts);
    return all;
}

// The first that has links, where there is one.
network_kind compared_with(const std::vector<planned_run>& runs)
{
    const auto found = std::ranges::find_if(
        runs, [](const planned_run& one) { return one.network != network_kind::direct; });
    return found == runs.end() ? network_kind::direct : found->network;
}

} // namespace

std::vector<network_kind> parse_networks(const std::string& text, std::string& wrong)
{
    if (text == "all") return all_that_can_be_had();
    std::vector<network_kind> made;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const auto one = parse_network_kind(text.substr(begin, end - begin));
        begin = end + 1;
        if (one && std::ranges::find(made, *one) == made.end()) {
            made.push_back(*one);
            continue;
        }
        wrong = command_line::expected(
            "direct, relay, hosts, virtual, several of them, separated by commas, or all", text);
        return {};
    }
    return made;
}

int compare_networks(const std::vector<planned_run>& runs, const std::vector<run_record>& records,
                     const std::filesystem::path& folder, const tolerance& allowed, json& results)
{
    int code = exit_passed;
    results = json::array();
    const auto made = [&](std::size_t i) {
        return compared_run{&records[i],
                            std::filesystem::absolute(folder) / "runs" / runs[i].folder_name};
    };
    const network_kind base = compared_with(runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i].network != base) continue;
        for (std::size_t j = 0; j < runs.size(); ++j) {
            if (runs[j].what != runs[i].what || runs[j].repeat != runs[i].repeat ||
                runs[j].network == base)
                continue;
            const comparison result = compare(made(i), made(j), allowed);
            say("{}", comparison_text(result, made(i), made(j)));
            results.push_back(to_json(result, made(i), made(j)));
            if (result.result == comparison::differ) code = exit_failed;
            else if (result.result == comparison::inconclusive && code == exit_passed)
                code = exit_inconclusive;
        }
    }
    return code;
}

} // namespace badwire::harness
