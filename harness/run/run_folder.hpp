// run_folder.hpp: the folder of a run, the files in it, and the seeds of its processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "harness/scenario/scenario.hpp"

namespace badwire::harness {

/// A temporary folder of this harness; removed with everything in it. It is made in TMPDIR, else in
/// memory, if that is asked for and there is such a file system, else in /tmp.
class temporary_folder {
public:
    explicit temporary_folder(bool in_memory = false);
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Makes the scenario's files in the run's folder. Throws net::failure.
void make_files(const scenario& what, std::uint64_t seed, const std::filesystem::path& run_folder);

/// Makes a process' folder with a copy of each of the scenario's files.
void give_files(const std::filesystem::path& run_folder, const scenario& what,
                const std::filesystem::path& process_folder);

/// What a word of a command stands for where its process runs, which is not the scenario's folder:
/// the absolute path of a file beside the scenario, if it names one. Not where the process has a
/// file of this name from the scenario, or makes one that an expectation names; and what is found
/// in PATH is no file `that_runs`.
std::string word_of_command(const scenario& of, const std::string& word, bool that_runs);

/// A seed of its own for a named thing of a run.
std::uint64_t process_seed(std::uint64_t run_seed, std::string_view name);

} // namespace badwire::harness
