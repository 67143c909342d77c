// kept_search.hpp: a search in a folder: its state is kept there now and then, so that the same search
// goes on where it was interrupted, and at the end the results with the first run of each kind.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "harness/lab/search.hpp"
#include "harness/run/output.hpp"

namespace badwire::harness {

class kept_search {
public:
    /// An empty folder: nothing is kept. Reads the state of the same search, if it is there: of these
    /// combinations, which must outlive this, this badwire and this first seed. Throws net::failure.
    kept_search(std::vector<const scenario*> combinations, search_options options,
                std::filesystem::path folder);

    /// Makes the runs that are missing; cancelled, it ends early.
    void run();
    /// Runs the first of each kind again, with its logs, and writes results.json, report.html and the
    /// state. Nothing without a folder.
    void write_results();

    const search_state& state() const { return state_; }
    /// How many runs had been made before.
    std::uint64_t before() const { return before_; }
    /// How many runs there are in all.
    std::uint64_t all() const;
    /// The command that shows the first failure of that kind.
    std::string replay(const failures& kind) const;
    /// The state, for each kind with its combination of the matrix and its replay.
    json to_json() const;

private:
    void keep() const;

    std::vector<const scenario*> combinations_;
    search_options options_;
    std::filesystem::path folder_;
    std::string identity_;
    search_state state_;
    std::uint64_t before_ = 0;
    std::optional<output_folder> out_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace badwire::harness
