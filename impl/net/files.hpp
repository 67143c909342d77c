// files.hpp: a program's view of the disk: one folder, and files that arrive whole or not at all.
//
// Interfaces only: impl/real/disk_files.hpp has them on the disk. All functions throw failure with
// a reason for people. Not thread-safe: one writer and one thread for each file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace badwire::net {

/// A file being received. One that is never committed is removed.
class incoming_file {
public:
    incoming_file() = default;
    incoming_file(const incoming_file&) = delete;
    incoming_file& operator=(const incoming_file&) = delete;
    virtual ~incoming_file() = default;

    /// Appends.
    virtual void write(std::span<const std::byte> bytes) = 0;
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Makes what was written visible under the final name, in one step.
    virtual void commit() = 0;
};

/// A download that can be continued after it broke off: until it is committed, the bytes that came
/// are kept beside the final name as NAME.part, also when the program ends.
class resumable_file : public incoming_file {
public:
    /// How many bytes were there from earlier.
    virtual std::uint64_t kept_bytes() const = 0;

    /// What was there from earlier, for reading.
    virtual std::unique_ptr<std::istream> kept() const = 0;

    /// Forgets what was there.
    virtual void restart() = 0;

    /// Removes the bytes that came, because they are not what was sent.
    virtual void discard() noexcept = 0;
};

/// A file that another program reads while it arrives, not necessarily from front to back. Bytes
/// that come are written to NAME.part, beside the final name, where they belong; bytes that have
/// not come read as zeros. A part that is not committed is kept, unless nothing has come.
class growing_file {
public:
    growing_file() = default;
    growing_file(const growing_file&) = delete;
    growing_file& operator=(const growing_file&) = delete;
    virtual ~growing_file() = default;

    virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;

    /// Fills the span as far as the file reaches; returns how many bytes it read.
    virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;

    /// Makes the file exactly so long: adds zeros at its end, or cuts it off.
    virtual void resize(std::uint64_t bytes) = 0;

    /// Makes it visible under the final name, in one step. A program that was given the part's path
    /// can go on using it until this object ends.
    virtual void commit() = 0;

    /// The path of the part, for other programs that read it while it grows.
    virtual std::string part() const = 0;
};

/// Paths that a person gave are relative to the program's folder, and missing folders are made.
/// Names that a peer sent must go through receive_into(), which keeps them inside.
class files {
public:
    virtual ~files() = default;

    /// Opens a file for reading; throws failure when it is missing, unreadable or not a plain file.
    virtual std::unique_ptr<std::istream> open(const std::string& path) const = 0;
    /// The same for a file that a peer named, in `directory` itself: not through a link that leads
    /// out of it.
    virtual std::unique_ptr<std::istream> open_inside(const std::string& directory,
                                                      const std::string& peer_name) const = 0;

    /// Starts to receive a file that a peer named, inside `directory` under its base name. Throws
    /// failure for a name that is empty, too long, `.` or `..`, or holds NUL or control characters.
    virtual std::unique_ptr<incoming_file> receive_into(const std::string& directory,
                                                        std::string_view peer_name) = 0;

    /// Starts to receive a file under a path that a person gave.
    virtual std::unique_ptr<incoming_file> receive_as(const std::string& path) = 0;

    /// Starts to receive a file, or continues one that broke off earlier.
    virtual std::unique_ptr<resumable_file> resume(const std::string& path) = 0;

    /// Starts to receive a file that is read meanwhile. An older part is overwritten; a part that
    /// another program is writing is refused.
    virtual std::unique_ptr<growing_file> grow(const std::string& path) = 0;

    /// Writes a whole file at once, atomically. Does not make its folder.
    virtual void write(const std::string& path, std::string_view contents) = 0;
};

/// The last component of a name as a peer may have written it (both / and \ separate); empty when
/// nothing legal is left.
std::string base_name(std::string_view peer_name);

} // namespace badwire::net
