#include "harness/run/output.hpp"

#include <fstream>

#include "harness/scenario/files.hpp"
#include "impl/net/network.hpp"
#include "impl/real/disk_files.hpp"
#include "reports/report.hpp"

namespace badwire::harness {
namespace {

void write_reports(const std::filesystem::path& folder, const nlohmann::json& results)
{
    net::disk_files files(folder);
    files.write("junit.xml", reports::junit_report(results));
    files.write("report.html", reports::html_report(results));
}

} // namespace

void prepare_output(const std::filesystem::path& folder)
{
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        throw net::failure(
            fmt::format("cannot make the folder {}: {}", folder.string(), failed.message()));
    const bool ours = std::filesystem::exists(folder / output_marker) ||
                      std::filesystem::exists(folder / "results.json") ||
                      std::filesystem::is_empty(folder, failed);
    if (std::filesystem::exists(folder / "runs") && !ours)
        throw net::failure(fmt::format(
            "{} has a folder runs that badwire did not write; give --out another folder",
            folder.string()));
    if (ours) std::filesystem::remove_all(folder / "runs", failed);
    net::disk_files(folder).write(output_marker, "badwire run --out writes here\n");
}

void write_output(const std::filesystem::path& folder, const json& results)
{
    // What processes printed may not be UTF-8; JSON must be.
    const std::string text = results.dump(2, ' ', false, json::error_handler_t::replace);
    net::disk_files(folder).write("results.json", text + "\n");
    write_reports(folder, nlohmann::json::parse(text));
}

void rewrite_reports(const std::filesystem::path& folder)
{
    const auto file = folder / "results.json";
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw net::failure(fmt::format(
            "cannot read {}: expected a folder that badwire run --out wrote", file.string()));
    const auto results = nlohmann::json::parse(stream, nullptr, false);
    try {
        write_reports(folder, results);
    } catch (const std::invalid_argument& error) {
        throw net::failure(fmt::format("{}: {}", file.string(), error.what()));
    }
}

} // namespace badwire::harness
