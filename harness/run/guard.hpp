// guard.hpp: a small process that outlives the harness only to clean up after it. When the harness
// is killed, the guard kills every process of its runs and removes its temporary folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace badwire::harness {

/// The file that `badwire` was started from, which is also what runs programs: $BADWIRE, else what
/// set_badwire_executable named, else what PATH holds. Throws net::failure.
std::filesystem::path badwire_executable();

/// For those who bring an executable: the command itself, the Python package. Before any run.
void set_badwire_executable(std::filesystem::path file);

/// One per harness. Real stages mark their children with token().
class guard {
public:
    /// Starts the guard for `folder`. Throws net::failure.
    explicit guard(const std::filesystem::path& folder);
    ~guard(); // all went well: the guard ends without a word

    const std::string& token() const { return token_; }
    int pid() const { return pid_; }

private:
    std::string token_;
    int pipe_ = -1;
    int pid_ = -1;
};

/// The guard's own main: waits until standard input ends.
int guard_main(const std::string& token, const std::filesystem::path& folder);

} // namespace badwire::harness
