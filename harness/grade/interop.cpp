#include "harness/grade/interop.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "harness/grade/rule_runs.hpp"
#include "harness/lab/laboratory.hpp"
#include "harness/scenario/selection.hpp"
#include "impl/base/json_text.hpp"
#include "impl/base/text_file.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t interop_file_bytes_max = 16 << 20;

known_cell read_known(const reading& at, const std::set<std::string>& names)
{
    known_cell made;
    at.check_object(R"(a cell such as {"client": "a", "server": "b", "why": "…"})",
                    {"client", "server", "scenario", "why"});
    const auto name = [&](const char* key, std::string& into) {
        at.with(key, [&](const reading& one) {
            into = one.text("the name of an implementation");
            if (!names.contains(into))
                one.wrong(fmt::format("no implementation \"{}\"{}", into, suggestion(into, names)));
        });
    };
    name("client", made.client);
    name("server", made.server);
    at.with("scenario", [&](const reading& all) {
        const auto one = [&](const reading& file) {
            made.scenarios.push_back(
                file.text("the name of a scenario's file without \".json\", or a list of them"));
        };
        if (all.value().is_array()) all.each(one);
        else one(all);
    });
    at.need("why", "why these cells do not pass",
            [&](const reading& one) { made.why = one.text("a text for people"); });
    return made;
}

implementations read_all(const reading& at, const std::string& file)
{
    implementations made{file, {}, {}};
    const fs::path beside = fs::absolute(file).parent_path();
    at.check_object(R"(implementations such as {"implementations": {"badwire": {}}})",
                    {"$schema", "title", "description", "implementations", "known"});
    std::set<std::string> names;
    at.need("implementations", "implementations by name", [&](const reading& all) {
        all.check_object(R"(implementations by name such as {"badwire": {}})");
        all.each([&](const std::string& name, const reading& one) {
            one.check_object("an implementation", implementation_keys);
            made.all.push_back(read_implementation(one, name, beside));
            names.insert(name);
        });
    });
    at.with("known", [&](const reading& cells) {
        cells.check_array("cells that are known not to pass");
        cells.each([&](const reading& one) { made.known.push_back(read_known(one, names)); });
    });
    return made;
}

bool fits(const known_cell& known, const interop_cell& cell)
{
    const auto is = [](const std::string& wanted, const std::string& found) {
        return wanted.empty() || wanted == found;
    };
    const auto& files = known.scenarios;
    const std::string file = fs::path(cell.template_of->file).stem();
    return is(known.client, cell.client) && is(known.server, cell.server) &&
           (files.empty() || std::ranges::find(files, file) != files.end());
}

// What a cell of the grid says: "12 ✓  1 ✗  2 –".
std::string counted(const std::deque<interop_cell>& cells, const std::string& client,
                    const std::string& server)
{
    std::map<cell_status, int> counts;
    for (const interop_cell& one : cells)
        if (one.client == client && one.server == server) ++counts[one.status];
    std::string text;
    for (const auto& [status, count] : counts)
        text += fmt::format("{}{} {}", text.empty() ? "" : "  ", count, symbol(status));
    return text;
}

std::string in_table(std::string text)
{
    for (std::size_t at = 0; (at = text.find_first_of("|\n", at)) != std::string::npos; at += 2)
        text.replace(at, 1, text[at] == '|' ? "\\|" : "  ");
    return text;
}

} // namespace

implementations load_implementations(const fs::path& file)
{
    std::string text;
    try {
        text = read_regular_file(file, interop_file_bytes_max);
    } catch (const unreadable& error) {
        throw mistake("", error.what());
    }
    const json whole = parse_json(text);
    mistake_list found;
    std::optional<implementations> made;
    found.attempt([&] { made = read_all(reading(whole, found), file.string()); });
    throw_if_any(found, text);
    return std::move(*made);
}

std::string_view to_string(cell_status which)
{
    switch (which) {
    case cell_status::pass: return "pass";
    case cell_status::fail: return "fail";
    case cell_status::unsupported: return "unsupported";
    case cell_status::inconclusive: return "inconclusive";
    case cell_status::error: return "error";
    case cell_status::not_run: return "not run";
    }
    return "";
}

std::string_view symbol(cell_status which)
{
    switch (which) {
    case cell_status::pass: return "✓";
    case cell_status::fail: return "✗";
    case cell_status::unsupported: return "–";
    case cell_status::inconclusive: return "?";
    case cell_status::error: return "!";
    case cell_status::not_run: return "·";
    }
    return "";
}

std::string row_name(const scenario& what)
{
    const std::string combination = to_selection(what.matrix);
    const std::string name = fs::path(what.file).stem();
    return combination.empty() ? name : name + " " + combination;
}

std::deque<interop_cell> cells_of(const implementations& of, const std::vector<fs::path>& folders,
                                  const std::vector<scenario>& scenarios,
                                  const std::vector<network_kind>& networks)
{
    std::deque<interop_cell> cells;
    for (const scenario& what : scenarios) {
        if (!has_two_sides(what)) continue;
        for (const network_kind network : networks_of(what, networks))
            for (std::size_t i = 0; i < of.all.size(); ++i)
                for (std::size_t j = 0; j < of.all.size(); ++j) {
                    interop_cell& cell = cells.emplace_back();
                    cell.client = of.all[i].name;
                    cell.server = of.all[j].name;
                    cell.template_of = &what;
                    cell.network = network;
                    const auto sides =
                        two_sides(what, {&of.all[i], folders[i]}, {&of.all[j], folders[j]});
                    cell.played = with_players(what, sides, cell.why);
                    if (cell.played) check_networks(*cell.played, {network});
                    else cell.status = cell_status::unsupported;
                    const auto known = std::ranges::find_if(
                        of.known, [&](const known_cell& one) { return fits(one, cell); });
                    if (known != of.known.end()) cell.known = &*known;
                }
    }
    return cells;
}

void take_run(interop_cell& into, const run_record& run, const implementations& of)
{
    switch (run.verdict) {
    case verdict::pass: into.status = cell_status::pass; break;
    case verdict::fail: into.status = cell_status::fail; break;
    case verdict::inconclusive: into.status = cell_status::inconclusive; break;
    case verdict::error: into.status = cell_status::error; break;
    }
    into.why = run.message;
    for (const process_record& one : run.processes)
        if (into.status == cell_status::fail && one.exit == exit_unsupported) {
            into.status = cell_status::unsupported;
            into.why = one.name + " says that it does not support this";
        }
    into.entry = to_json(run);
    json who{{"client", into.client}, {"server", into.server}};
    who.update(run.what->matrix);
    into.entry["matrix"] = std::move(who);
    if (into.known != nullptr) into.entry["known"] = into.known->why;
    into.entry["replay"] =
        fmt::format("badwire matrix {} --scenarios {} --client {} --server {} --network {}",
                    of.file, run.what->file, into.client, into.server, to_string(run.network));
}

std::string interop_markdown(const implementations& of, const std::deque<interop_cell>& cells)
{
    std::string text = "| client ↓ server → |";
    std::string line = "\n|---|";
    for (const implementation& one : of.all) {
        text += fmt::format(" {} |", one.name);
        line += "---|";
    }
    text += line + "\n";
    for (const implementation& client : of.all) {
        text += fmt::format("| **{}** |", client.name);
        for (const implementation& server : of.all)
            text += fmt::format(" {} |", counted(cells, client.name, server.name));
        text += "\n";
    }
    text += "\n✓ passes, ✗ fails, – not supported, ? inconclusive, ! error of the harness\n";
    const auto list = [&](const char* heading, auto wanted) {
        std::string rows;
        for (const interop_cell& one : cells)
            if (wanted(one))
                rows +=
                    fmt::format("| {} | {} | {} | {} | {} | {} |\n", symbol(one.status), one.client,
                                one.server, row_name(*one.template_of), to_string(one.network),
                                in_table(one.known != nullptr ? one.known->why : one.why));
        if (!rows.empty())
            text += fmt::format("\n## {}\n\n|  | client | server | scenario | network | why "
                                "|\n|---|---|---|---|---|---|\n{}",
                                heading, rows);
    };
    list("Not as it should be", [](const interop_cell& one) { return !one.is_well(); });
    list("Known", [](const interop_cell& one) {
        return one.known != nullptr && one.status == cell_status::fail;
    });
    list("Known not to pass, and passes", [](const interop_cell& one) {
        return one.known != nullptr && one.status == cell_status::pass;
    });
    list("Not supported",
         [](const interop_cell& one) { return one.status == cell_status::unsupported; });
    return text;
}

json to_json(const std::deque<interop_cell>& cells)
{
    json all = json::array();
    for (const interop_cell& one : cells) {
        json cell{{"client", one.client},
                  {"server", one.server},
                  {"scenario", one.template_of->file},
                  {"matrix", one.template_of->matrix},
                  {"network", to_string(one.network)},
                  {"status", to_string(one.status)},
                  {"why", one.why}};
        if (one.known != nullptr) cell["known"] = one.known->why;
        all.push_back(std::move(cell));
    }
    return {{"version", 1}, {"cells", std::move(all)}};
}

} // namespace badwire::harness
