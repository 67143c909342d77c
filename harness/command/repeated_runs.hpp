// repeated_runs.hpp: the repetitions of a scenario on one network, told as one: how many passed, and
// each kind of failure once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

class repeated_runs {
public:
    /// So many more are to come.
    void expect(std::size_t runs) { planned_ += runs; }
    void ended(const run_record& run);

    std::size_t planned() const { return planned_; }
    std::size_t made() const { return made_; }
    bool complete() const { return made_ >= planned_; }
    verdict worst() const;
    /// "18 of 20 passed, 95 % interval 0.70–0.97", with the seeds and the times.
    std::string summary() const;
    /// The kinds of failures, each with how it is replayed; what is to be said of passes.
    std::vector<std::string> details() const;

private:
    struct kind {
        verdict what;
        std::size_t count = 0;
        std::vector<std::string> first{}; // lines about the first of them
    };

    std::size_t count(verdict which) const;

    std::size_t planned_ = 0, made_ = 0;
    network_kind network_ = network_kind::direct;
    std::uint64_t seed_min_ = UINT64_MAX, seed_max_ = 0;
    duration elapsed_{0}, wall_{0};
    std::map<verdict, std::size_t> counts_;
    std::vector<std::pair<std::string, kind>> kinds_; // by their names, in order of appearance
    std::map<std::string, std::size_t> doubts_, notes_;
};

} // namespace badwire::harness
