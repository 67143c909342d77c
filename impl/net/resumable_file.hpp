// resumable_file.hpp: a download that can be continued after it broke off.
#pragma once

#include "impl/net/files.hpp"

namespace badwire::net {

/// What came is kept beside the final name as NAME.part, also when the program ends, and renamed by
/// commit(). All functions throw failure. One writer at a time.
class resumable_file : public unfinished_file {
public:
    /// `path` as a person gave it, relative to the program's folder; its folder is made if need be.
    resumable_file(const files& folder, const std::string& path);

    /// How many bytes were there from earlier.
    std::uint64_t kept_bytes() const { return kept_bytes_; }

    /// What was there from earlier, for reading.
    std::ifstream kept() const;

    /// Forgets what was there.
    void restart();

    /// Removes what came: it is not what was sent.
    void discard() noexcept { remove(); }

private:
    explicit resumable_file(const std::filesystem::path& target);

    std::uint64_t kept_bytes_ = 0;
};

/// Starts to receive a file under a name that a person gave; its folder is made if need be.
incoming_file receive_as(const files& folder, const std::string& path);

} // namespace badwire::net
