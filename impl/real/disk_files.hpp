// disk_files.hpp: the files of a program in a folder of the disk (impl/net/files.hpp).
#pragma once

#include <filesystem>

#include "impl/net/files.hpp"

namespace badwire::net {

class disk_files final : public files {
public:
    explicit disk_files(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& folder() const { return folder_; }

    std::unique_ptr<std::istream> open(const std::string& path) const override;
    std::unique_ptr<std::istream> open_inside(const std::string& directory,
                                              const std::string& peer_name) const override;
    std::unique_ptr<incoming_file> receive_into(const std::string& directory,
                                                std::string_view peer_name) override;
    std::unique_ptr<incoming_file> receive_as(const std::string& path) override;
    std::unique_ptr<resumable_file> resume(const std::string& path) override;
    std::unique_ptr<growing_file> grow(const std::string& path) override;
    void write(const std::string& path, std::string_view contents) override;

private:
    std::filesystem::path place_for(const std::filesystem::path& directory,
                                    std::string_view name) const;
    std::filesystem::path place_for(const std::string& path) const;

    std::filesystem::path folder_;
};

} // namespace badwire::net
