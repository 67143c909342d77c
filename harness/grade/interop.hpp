// interop.hpp: every implementation as client of every implementation, over every scenario.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/grade/implementation.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

/// Cells that are known not to pass, and why. What is empty stands for all.
struct known_cell {
    std::string client, server;
    std::vector<std::string> scenarios; // their files' names, without ".json"
    std::string why;
};

struct implementations {
    std::string file;
    std::vector<implementation> all;
    std::vector<known_cell> known;
};

/// Throws mistakes: all that are in the file, each with its place.
implementations load_implementations(const std::filesystem::path& file);

enum class cell_status { pass, fail, unsupported, inconclusive, error, not_run };
std::string_view to_string(cell_status which);
/// "✓", "✗", "–", "?", "!", "·"
std::string_view symbol(cell_status which);

struct interop_cell {
    std::string client, server;
    const scenario* template_of = nullptr; // as it was written
    network_kind network = network_kind::direct;
    const known_cell* known = nullptr; // what is known of it; null: nothing
    cell_status status = cell_status::not_run;
    std::string why;                // not pass
    std::optional<scenario> played; // as it is run; nothing: an implementation lacks a role
    json entry;                     // of results.json; null: it was not run

    /// Whether it is as it should be.
    bool is_well() const
    {
        return status == cell_status::pass || status == cell_status::unsupported ||
               (known != nullptr && status == cell_status::fail);
    }
};

/// The name of a scenario in a table: of its file, with its combination.
std::string row_name(const scenario& what);

/// The cells, not run yet. `folders`: where each implementation's files are, built; as `of.all`.
/// Scenarios without two sides give none. Throws mistakes.
std::deque<interop_cell> cells_of(const implementations& of,
                                  const std::vector<std::filesystem::path>& folders,
                                  const std::vector<scenario>& scenarios,
                                  const std::vector<network_kind>& networks);

/// Takes what happened in a cell's run. Its entry says who was client and who was server.
void take_run(interop_cell& into, const run_record& run, const implementations& of);

/// The grid, and a row for each scenario, in Markdown.
std::string interop_markdown(const implementations& of, const std::deque<interop_cell>& cells);

/// {"cells": […]}
json to_json(const std::deque<interop_cell>& cells);

} // namespace badwire::harness
