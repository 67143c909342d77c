#include "harness/run/output.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/scenario/files.hpp"
#include "impl/base/json_text.hpp"
#include "impl/base/text_file.hpp"
#include "impl/net/network.hpp"
#include "impl/real/disk_files.hpp"
#include "reports/report.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::array written_names{"results.json", "junit.xml", "report.html", "runs"};

constexpr std::size_t results_file_bytes_max = std::size_t{1} << 30;

// "" where there is none. The folder is named by results.json, which may be somebody else's.
std::string trace_of(const nlohmann::json& run, const fs::path& folder)
{
    const auto named = run.find("folder");
    if (named == run.end() || !named->is_string()) return "";
    const fs::path below = fs::path(named->get<std::string>()).lexically_normal();
    if (below.is_absolute() || below.empty() || *below.begin() == "..") return "";
    const fs::path file = folder / below / "trace.json";
    std::error_code failed;
    return fs::is_regular_file(file, failed) ? read_regular_file(file, results_file_bytes_max) : "";
}

// Null where there is none, or something else under its name: no report fails for that.
nlohmann::json certificate_in(const fs::path& folder)
{
    const fs::path file = folder / "certificate.json";
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) return nullptr;
    try {
        const std::string text = read_regular_file(file, results_file_bytes_max);
        check_json(text, json_nesting_max);
        return nlohmann::json::parse(text);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

reports::folder_contents contents_of(const fs::path& folder, nlohmann::json results)
{
    reports::folder_contents made;
    made.name = folder.string();
    for (const auto& run : results.value("runs", nlohmann::json::array()))
        made.traces.push_back(trace_of(run, folder));
    made.results = std::move(results);
    made.certificate = certificate_in(folder);
    return made;
}

// Throws net::failure.
reports::folder_contents read_results(const fs::path& folder)
{
    const auto file = folder / "results.json";
    try {
        constexpr int nesting_max = 2 * json_nesting_max; // scenarios are a part of it
        const std::string text = read_regular_file(file, results_file_bytes_max);
        check_json(text, nesting_max);
        auto results = nlohmann::json::parse(text);
        (void)reports::junit_report(results); // says what is wrong with it
        return contents_of(folder, std::move(results));
    } catch (const unreadable& error) {
        throw net::failure(
            fmt::format("cannot read {}: {}; expected a folder that badwire run --out wrote",
                        file.string(), error.what()));
    } catch (const mistake& flaw) {
        throw net::failure(in_file(file.string(), flaw));
    } catch (const std::invalid_argument& error) {
        throw net::failure(fmt::format("{}: {}", file.string(), error.what()));
    }
}

void write_reports(const fs::path& folder, const reports::folder_contents& contents,
                   const reports::folder_contents* against = nullptr)
{
    net::disk_files files(folder);
    files.write("junit.xml", reports::junit_report(contents.results));
    files.write("report.html", reports::html_report(contents, against));
}

} // namespace

output_folder::output_folder(fs::path folder, std::size_t planned)
    : folder_(std::move(folder)), planned_(planned)
{
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed)
        throw net::failure(
            fmt::format("cannot make the folder {}: {}", folder_.string(), failed.message()));
    const bool marked = fs::exists(folder_ / output_marker);
    for (const char* name : written_names)
        if (!marked && fs::exists(fs::symlink_status(folder_ / name)))
            throw net::failure(fmt::format(
                "{} holds \"{}\", which badwire run --out did not write (there is no {}); give "
                "--out another folder",
                folder_.string(), name, output_marker));
    mark();
    for (const char* name : written_names) fs::remove_all(folder_ / name, failed);
}

output_folder::~output_folder() { ::close(marker_); }

// The lock ends with this process, however it ends.
void output_folder::mark()
{
    const auto file = folder_ / output_marker;
    marker_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (marker_ < 0)
        throw net::failure(fmt::format("cannot write {}: {}", file.string(),
                                       std::generic_category().message(errno)));
    if (::flock(marker_, LOCK_EX | LOCK_NB) != 0) {
        ::close(marker_);
        throw net::failure(fmt::format("{} is in use: another badwire run --out writes there now; "
                                       "wait for it, or give another folder",
                                       folder_.string()));
    }
    constexpr std::string_view text = "badwire run --out writes here\n";
    if (::ftruncate(marker_, 0) != 0 ||
        ::pwrite(marker_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        throw net::failure(fmt::format("cannot write {}: {}", file.string(),
                                       std::generic_category().message(errno)));
}

void output_folder::ended(const run_record& run)
{
    so_far_.push_back(to_json(run));
    const auto now = steady_clock::now();
    if (now < next_) return;
    json results = results_json(std::move(so_far_), now - begun_);
    results["interrupted"] = true;
    results["planned"] = planned_;
    write(results);
    so_far_ = std::move(results["runs"]);
    constexpr int rarely = 20; // so that all of the writing takes a twentieth of the time
    const auto done = steady_clock::now();
    next_ = done + rarely * (done - now);
}

void output_folder::finish(json results)
{
    if (results.at("runs").size() < planned_) {
        results["interrupted"] = true;
        results["planned"] = planned_;
    }
    write_reports(folder_, contents_of(folder_, nlohmann::json::parse(write(results))));
}

// What processes printed may not be UTF-8; JSON must be.
std::string output_folder::write(const json& results)
{
    std::string text = results.dump(2, ' ', false, json::error_handler_t::replace);
    text += '\n';
    net::disk_files(folder_).write("results.json", text);
    return text;
}

void rewrite_reports(const fs::path& folder, const fs::path& against)
{
    const auto shown = read_results(folder);
    if (against.empty()) return write_reports(folder, shown);
    const auto other = read_results(against);
    write_reports(folder, shown, &other);
}

} // namespace badwire::harness
