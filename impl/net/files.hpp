// files.hpp: a program's view of the disk: one folder, and files that arrive whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

namespace badwire::net {

/// What is being written beside its final name, until it is whole. All functions throw failure with
/// a reason for people.
class unfinished_file {
public:
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Makes what was written visible under the final name, in one step.
    void commit();

    const std::filesystem::path& target() const { return target_; }

protected:
    unfinished_file() = default;
    unfinished_file(std::filesystem::path target, std::filesystem::path partial,
                    std::ios::openmode mode);
    unfinished_file(unfinished_file&& other) noexcept;
    unfinished_file& operator=(unfinished_file&& other) noexcept;
    ~unfinished_file() = default;

    /// Removes what was written, if it was not committed.
    void remove() noexcept;

    std::filesystem::path target_;
    std::filesystem::path partial_; // empty: nothing to commit or remove
    std::ofstream stream_;
};

/// A file being received. One that is never committed is removed.
class incoming_file : public unfinished_file {
public:
    incoming_file() = default;
    explicit incoming_file(std::filesystem::path target);
    incoming_file(incoming_file&&) noexcept = default;
    incoming_file& operator=(incoming_file&& other) noexcept;
    ~incoming_file() { remove(); }
};

/// Paths a person gave are relative to the program's folder. Names a peer sent must go through
/// receive_into(), which keeps them inside.
class files {
public:
    explicit files(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& folder() const { return folder_; }

    /// Opens a file for reading; throws failure when it is missing, unreadable or not a plain file.
    std::ifstream open(const std::string& path) const;

    /// Starts to receive a file that a peer named, inside `directory` under its base name. Throws
    /// failure for a name that is empty, too long, `.` or `..`, or holds NUL or control characters.
    incoming_file receive_into(const std::string& directory, std::string_view peer_name) const;

    /// Writes a whole file at once, atomically.
    void write(const std::string& path, std::string_view contents) const;

private:
    std::filesystem::path folder_;
};

/// The last component of a name as a peer may have written it (both / and \ separate); empty when
/// nothing legal is left.
std::string base_name(std::string_view peer_name);

} // namespace badwire::net
