#include <algorithm>

#include "harness/command/commands.hpp"
#include "harness/command/compared_networks.hpp"
#include "harness/command/interrupts.hpp"
#include "harness/command/terminal.hpp"
#include "harness/grade/confinement.hpp"
#include "harness/grade/interop.hpp"
#include "harness/run/output.hpp"
#include "harness/scenario/files.hpp"
#include "impl/base/mistake.hpp"
#include "impl/net/network.hpp"
#include "impl/real/disk_files.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

struct matrix_arguments {
    std::string implementations;
    std::vector<std::string> scenarios;
    std::vector<network_kind> networks;
    std::string out;
    std::string client, server; // only this one
    unsigned jobs = 1;
};

// Those that are asked for. Prints on standard error why there are none.
std::optional<implementations> chosen(const matrix_arguments& asked)
{
    try {
        return load_implementations(asked.implementations);
    } catch (const mistake& wrong) {
        complain("{}\n", in_file(asked.implementations, wrong));
        return {};
    }
}

// Copies each and builds it there. Throws net::failure.
std::vector<fs::path> build_all(const implementations& of, const fs::path& below)
{
    std::vector<fs::path> folders;
    for (const implementation& one : of.all) {
        folders.push_back(below / std::to_string(folders.size()));
        if (!one.folder.empty()) copy_folder(one.folder, folders.back());
        if (const std::string why = build(one, folders.back()); !why.empty())
            throw net::failure(fmt::format("{} could not be built: {}", one.name, why));
    }
    return folders;
}

void tell(const interop_cell& cell)
{
    if (cell.status == cell_status::pass) return;
    say("{} {} → {}, {} ({}): {}\n", symbol(cell.status), cell.client, cell.server,
        row_name(*cell.template_of), to_string(cell.network), cell.why);
    if (cell.known != nullptr) say("            known: {}\n", cell.known->why);
}

// Makes the runs of all cells that can be run. False: it was interrupted.
bool run_cells(std::deque<interop_cell>& cells, const implementations& of,
               const matrix_arguments& asked, output_folder* out)
{
    runner_options options;
    options.jobs = asked.jobs;
    options.out = asked.out;
    options.cancelled = &cancel_on_signals();
    options.owns_children = true;
    std::vector<planned_run> runs;
    std::vector<interop_cell*> meant;
    for (interop_cell& cell : cells) {
        if (!cell.played) {
            tell(cell);
            continue;
        }
        const scenario& what = *cell.played;
        runs.push_back({&what,
                        cell.network,
                        what.seed,
                        0,
                        fmt::format("{:04}-{}-{}-{}-{}", runs.size() + 1, cell.client, cell.server,
                                    fs::path(what.file).stem().string(), to_string(cell.network)),
                        nullptr,
                        {}});
        meant.push_back(&cell);
    }
    const auto made =
        runner(options).run_all(runs, [&](const planned_run& run, const run_record* ended) {
            if (ended == nullptr) return;
            interop_cell& cell = *meant.at(static_cast<std::size_t>(&run - runs.data()));
            take_run(cell, *ended, of);
            tell(cell);
            if (out != nullptr) out->ended(*ended);
        });
    return made.size() == runs.size();
}

int exit_of(const std::deque<interop_cell>& cells)
{
    const auto any = [&](cell_status which) {
        return std::ranges::any_of(
            cells, [&](const interop_cell& one) { return one.status == which && !one.is_well(); });
    };
    if (any(cell_status::error)) return exit_harness;
    if (any(cell_status::fail)) return exit_failed;
    return any(cell_status::inconclusive) ? exit_inconclusive : exit_passed;
}

// What goes into the folder beside the results.
void write_matrix(const std::deque<interop_cell>& cells, const std::string& markdown,
                  const fs::path& folder)
{
    net::disk_files files(folder);
    files.write("matrix.json", to_json(cells).dump(2) + "\n");
    files.write("matrix.md", markdown);
}

int matrix(const matrix_arguments& asked)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto of = chosen(asked);
    if (!of) return exit_usage;
    const auto scenarios = load_scenarios(asked.scenarios, "");
    if (!scenarios) return exit_usage;
    const temporary_folder built;
    std::deque<interop_cell> cells;
    try {
        cells = cells_of(*of, build_all(*of, built.path()), *scenarios, asked.networks);
    } catch (const mistake& wrong) {
        complain("badwire matrix: {}\n", wrong.what());
        return exit_usage;
    }
    std::erase_if(cells, [&](const interop_cell& one) {
        return (!asked.client.empty() && one.client != asked.client) ||
               (!asked.server.empty() && one.server != asked.server);
    });
    if (cells.empty()) {
        complain("badwire matrix: there is nothing to run: expected scenarios in which a program "
                 "of badwire's talks to another, and implementations of these names\n");
        return exit_usage;
    }
    std::optional<output_folder> out;
    if (!asked.out.empty()) out.emplace(asked.out, cells.size());
    const bool whole = run_cells(cells, *of, asked, out ? &*out : nullptr);
    const std::string markdown = interop_markdown(*of, cells);
    say("\n{}", markdown.substr(0, markdown.find("\n##")));
    if (out) {
        json entries = json::array();
        for (const interop_cell& one : cells)
            if (!one.entry.is_null()) entries.push_back(one.entry);
        write_matrix(cells, markdown, asked.out);
        out->finish(results_json(std::move(entries), std::chrono::steady_clock::now() - begin));
        say("report: {}\n", (fs::path(asked.out) / "report.html").string());
    }
    return exit_code_of_signal().value_or(whole ? exit_of(cells) : exit_harness);
}

} // namespace

void add_matrix_command(command_line& badwire)
{
    auto asked = std::make_shared<matrix_arguments>();
    command_line& command = badwire.command(
        "matrix", "Let every implementation be the client of every other, over every scenario");
    command
        .text("IMPLEMENTATIONS", asked->implementations,
              "Where they are, how they are built, and how each role is started")
        .required();
    command
        .texts("--scenarios", asked->scenarios,
               "Scenario files, or folders of them, in which a program talks to another")
        .takes("SCENARIO…")
        .required();
    command
        .read("--network", "direct, relay, hosts or virtual; default: what the scenario says",
              [asked](const std::string& given) {
                  std::string wrong;
                  asked->networks = parse_networks(given, wrong);
                  return wrong;
              })
        .takes("direct|relay|hosts|virtual,…");
    command.text("--client", asked->client, "Only this implementation as client").takes("NAME");
    command.text("--server", asked->server, "Only this implementation as server").takes("NAME");
    command.number("--jobs", asked->jobs, 1, 1024, "How many runs at a time");
    command
        .text("--out", asked->out,
              "Write matrix.md, matrix.json, results.json, junit.xml, report.html and each run's "
              "logs into this folder")
        .takes("DIR");
    command.explain("Exit codes: 0 every cell passed, is not supported, or is known not to pass, 1 "
                    "another one\n"
                    "failed, 2 bad usage or an invalid file, 3 the worst was inconclusive, 4 the "
                    "harness itself\n"
                    "failed, 130 interrupted.");
    command.does([asked] { return matrix(*asked); });
}

} // namespace badwire::harness
