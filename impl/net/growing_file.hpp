// growing_file.hpp: a file that somebody reads while it arrives, not necessarily from front to
// back.
#pragma once

#include "impl/net/files.hpp"

namespace badwire::net {

/// What comes is written to NAME.part, beside the final name, at the place where it belongs; what
/// has not come reads as zeros. commit() makes it visible under the final name, in one step. A part
/// that is not committed is kept, unless nothing has come. A part from earlier is overwritten; one
/// that another program is writing is refused. All functions throw failure.
class growing_file {
public:
    /// `path` as a person gave it, relative to the program's folder; its folder is made if need be.
    growing_file(const files& folder, const std::string& path);
    growing_file(const growing_file&) = delete;
    growing_file& operator=(const growing_file&) = delete;
    ~growing_file();

    void write_at(std::uint64_t offset, std::span<const std::byte> bytes);

    /// Fills the span as far as the file reaches; returns how many bytes it read.
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;

    /// Makes it exactly so long: with zeros at its end, or without what is behind.
    void resize(std::uint64_t bytes);

    /// Whoever was given the part's name can go on to use it until this object ends.
    void commit();

    /// For those who read while it grows.
    const std::filesystem::path& partial() const { return partial_; }

private:
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path target_;
    std::filesystem::path partial_;
    int descriptor_ = -1;
    bool committed_ = false;
};

} // namespace badwire::net
