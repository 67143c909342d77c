#include "impl/net/resumable_file.hpp"

#include <system_error>

#include <fmt/format.h>

#include "impl/net/network.hpp"

namespace badwire::net {

incoming_file receive_as(const files& folder, const std::string& path)
{
    const std::filesystem::path whole(path);
    return folder.receive_into(whole.parent_path().string(), whole.filename().string());
}

resumable_file::resumable_file(const files& folder, const std::string& path)
    : target_(receive_as(folder, path).target()),
      partial_(target_.string() + ".part"),
      stream_(partial_, std::ios::binary | std::ios::app)
{
    std::error_code failed;
    if (!stream_)
        throw failure(fmt::format("cannot write {}: {}", partial_.string(),
                                  std::generic_category().message(errno)));
    kept_bytes_ = std::filesystem::file_size(partial_, failed);
    if (failed)
        throw failure(fmt::format("cannot read {}: {}", partial_.string(), failed.message()));
}

std::ifstream resumable_file::kept() const { return std::ifstream(partial_, std::ios::binary); }

void resumable_file::restart()
{
    stream_.close();
    stream_.open(partial_, std::ios::binary | std::ios::trunc);
    kept_bytes_ = 0;
}

void resumable_file::write(std::span<const std::byte> bytes)
{
    stream_.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
    if (!stream_)
        throw failure(
            fmt::format("cannot write {}: the disk is full or failing", partial_.string()));
}

void resumable_file::commit()
{
    stream_.close();
    std::error_code failed;
    if (stream_.fail()) failed = std::make_error_code(std::errc::io_error);
    else std::filesystem::rename(partial_, target_, failed);
    if (failed)
        throw failure(fmt::format("cannot put the received file at {}: {}", target_.string(),
                                  failed.message()));
}

void resumable_file::discard() noexcept
{
    stream_.close();
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
}

} // namespace badwire::net
