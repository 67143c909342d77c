// output.hpp: the folder that `badwire run --out` writes into. Not thread-safe.
#pragma once

#include <chrono>
#include <filesystem>

#include "harness/judge/record.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

/// A folder of results, held for as long as this lives: no other harness writes into it.
///
/// Files that badwire did not write are never touched: a folder is taken if it is new, empty or
/// marked as one of these, or holds nothing under the names that are written. What the last run
/// wrote is removed.
class output_folder {
public:
    /// `planned`: how many runs are to come. Throws net::failure: the folder cannot be made, holds
    /// a stranger's results, or is in use.
    output_folder(std::filesystem::path folder, std::size_t planned);
    ~output_folder();
    output_folder(const output_folder&) = delete;

    /// A run has ended. results.json is written now and then while runs end, so that what is
    /// finished outlives the harness; it then says "interrupted".
    void ended(const run_record& run);

    /// All is over: writes results.json, junit.xml and report.html from the whole of results.
    void finish(json results);

private:
    void mark();
    std::string write(const json& results);

    std::filesystem::path folder_;
    std::size_t planned_;
    int marker_ = -1;
    json so_far_ = json::array(); // the runs that have ended
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_{}; // when it is written next
};

/// Writes junit.xml and report.html again from what is in `folder`: results.json, the traces of its
/// runs and a certificate.json. `against`: another such folder that report.html holds it against,
/// or empty. Throws net::failure.
void rewrite_reports(const std::filesystem::path& folder,
                     const std::filesystem::path& against = {});

} // namespace badwire::harness
