// github.hpp: a job of GitHub Actions: annotations of the files that a pull request changes, and the
// summary of the job.
#pragma once

#include <string>

#include "harness/command/progress.hpp"

namespace badwire::harness {

class github_job {
public:
    /// Until annotate(), nothing that is printed is taken for a command of the job, whatever a
    /// process printed.
    github_job();
    /// An error for each run that failed, a warning for each inconclusive one.
    void annotate(const outcome& all) const;
    /// Appends to the file that GITHUB_STEP_SUMMARY names, if it does.
    static void summarize(const json& results);

private:
    std::string token_;
};

} // namespace badwire::harness
