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
    : resumable_file(receive_as(folder, path).target())
{
}

resumable_file::resumable_file(const std::filesystem::path& target)
    : unfinished_file(target, target.string() + ".part", std::ios::app)
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

} // namespace badwire::net
