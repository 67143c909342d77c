// progress.hpp: what a person sees while scenarios run.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/judge/agreement.hpp"
#include "harness/run/runner.hpp"

namespace badwire::harness {

/// A line for every run that ended on standard output; on a terminal also a line on standard error
/// that says what runs now, and colours.
class progress {
public:
    explicit progress(std::size_t total);

    void began(const planned_run& run);
    void ended(const planned_run& run, const run_record& record);
    /// There are so many more to come than was known.
    void expect_more(std::size_t runs) { total_ += runs; }
    /// Whether clients waited as long as theory says.
    void tell(const std::vector<agreement>& theories);
    /// The last lines: how many passed, failed, …
    void summary(const std::vector<run_record>& records, duration wall);

private:
    std::string painted(verdict which) const;
    void show_status();
    void hide_status();

    std::size_t total_;
    std::size_t ended_ = 0;
    bool colours_;
    bool status_;
    std::vector<const planned_run*> running_;
};

} // namespace badwire::harness
