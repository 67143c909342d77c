// disk_growing_file.hpp: a file on the disk that is read while it arrives (net::growing_file). A
// lock (flock) lets only one program write it at a time.
#pragma once

#include <filesystem>

#include "impl/net/files.hpp"

namespace badwire::net {

class disk_growing_file final : public growing_file {
public:
    /// `target`: its final name, in a folder that exists.
    explicit disk_growing_file(std::filesystem::path target);
    ~disk_growing_file() override;

    void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override;
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const override;
    void resize(std::uint64_t bytes) override;
    void commit() override;
    std::string part() const override { return partial_.string(); }

private:
    [[noreturn]] void fail(const char* attempt) const;

    std::filesystem::path target_;
    std::filesystem::path partial_;
    int descriptor_ = -1;
    bool committed_ = false;
};

} // namespace badwire::net
