#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "reports/report.hpp"
#include "reports/results_check.hpp"
#include "reports/run_texts.hpp"

namespace badwire::reports {
namespace {

using nlohmann::json;

std::string csv_quoted(std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string made = "\"";
    for (const char c : text) {
        if (c == '"') made += '"';
        made += c;
    }
    return made + '"';
}

// A spreadsheet would run what it takes for a formula.
std::string cell(const json& value)
{
    if (value.is_null()) return {};
    if (!value.is_string()) return csv_quoted(plain_text(value));
    const auto text = value.get<std::string>();
    const bool formula =
        !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    return csv_quoted(formula ? "'" + text : text);
}

// The cells of a row by the names of their columns.
class table {
public:
    void put(const std::string& column, const json& value)
    {
        const auto [at, is_new] = places_.try_emplace(column, columns_.size());
        if (is_new) columns_.push_back(column);
        row_[at->second] = cell(value);
    }

    // Every number in it, each with its path.
    void put_numbers(const std::string& path, const json& value)
    {
        if (value.is_number()) put(path, value);
        if (!value.is_object()) return;
        for (const auto& [key, below] : value.items()) put_numbers(path + "." + key, below);
    }

    void end_row()
    {
        rows_.push_back(std::move(row_));
        row_.clear();
    }

    std::string text() const
    {
        std::string made;
        for (const std::string& column : columns_) made += (made.empty() ? "" : ",") + cell(column);
        made += '\n';
        for (const auto& row : rows_) {
            for (std::size_t i = 0; i < columns_.size(); ++i) {
                if (i > 0) made += ',';
                if (const auto at = row.find(i); at != row.end()) made += at->second;
            }
            made += '\n';
        }
        return made;
    }

private:
    using cells = std::map<std::size_t, std::string>; // by column: most runs have few of all
    std::vector<std::string> columns_;
    std::map<std::string, std::size_t> places_;
    cells row_;
    std::vector<cells> rows_;
};

json part_of(const json& run, const char* key)
{
    const auto found = run.find(key);
    return found == run.end() ? json::object() : *found;
}

} // namespace

std::string csv_report(const json& results)
{
    check_results(results);
    table made;
    for (const json& run : results.at("runs")) {
        for (const char* key : {"scenario", "title", "network", "seed", "repeat", "verdict"})
            made.put(key, run.value(key, json()));
        made.put("message", headline(run));
        for (const char* key : {"elapsed_ms", "wall_ms"}) made.put(key, run.value(key, json()));
        const json matrix = part_of(run, "matrix");
        for (const auto& [name, value] : matrix.items()) made.put("matrix." + name, value);
        const json processes = part_of(run, "processes");
        for (const auto& [name, process] : processes.items()) {
            if (process.contains("exit")) made.put(name + ".exit", process.at("exit"));
            made.put_numbers(name, part_of(process, "metrics"));
        }
        const json links = part_of(run, "links");
        for (const auto& [name, link] : links.items())
            for (const char* way : {"up", "down"})
                made.put_numbers("link." + name + "." + way, part_of(link, way));
        made.end_row();
    }
    return made.text();
}

} // namespace badwire::reports
