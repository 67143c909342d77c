#include "impl/net/files.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "impl/net/network.hpp"

namespace badwire::net {
namespace {

// A name for a file in the making that no other writer has: beside the target, hidden, unique.
std::filesystem::path partial_name(const std::filesystem::path& target)
{
    std::string pattern = (target.parent_path() / ".arriving-XXXXXX").string();
    const int descriptor = mkstemp(pattern.data());
    if (descriptor < 0)
        throw failure(fmt::format("cannot write into folder {}: {}", target.parent_path().string(),
                                  std::generic_category().message(errno)));
    fchmod(descriptor, 0644);
    ::close(descriptor);
    return pattern;
}

} // namespace

unfinished_file::unfinished_file(std::filesystem::path target, std::filesystem::path partial,
                                 std::ios::openmode mode)
    : target_(std::move(target)),
      partial_(std::move(partial)),
      stream_(partial_, std::ios::binary | mode)
{
}

unfinished_file::unfinished_file(unfinished_file&& other) noexcept
    : target_(std::move(other.target_)),
      partial_(std::exchange(other.partial_, {})),
      stream_(std::move(other.stream_))
{
}

unfinished_file& unfinished_file::operator=(unfinished_file&& other) noexcept
{
    target_ = std::move(other.target_);
    partial_ = std::exchange(other.partial_, {});
    stream_ = std::move(other.stream_);
    return *this;
}

void unfinished_file::write(std::span<const std::byte> bytes)
{
    stream_.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
    if (!stream_)
        throw failure(
            fmt::format("cannot write {}: the disk is full or failing", partial_.string()));
}

void unfinished_file::commit()
{
    stream_.close();
    std::error_code failed;
    if (stream_.fail()) failed = std::make_error_code(std::errc::io_error);
    else std::filesystem::rename(partial_, target_, failed);
    if (failed)
        throw failure(fmt::format("cannot put the received file at {}: {}", target_.string(),
                                  failed.message()));
    partial_.clear();
}

void unfinished_file::remove() noexcept
{
    if (partial_.empty()) return;
    stream_.close();
    std::error_code ignored;
    std::filesystem::remove(partial_, ignored);
    partial_.clear();
}

incoming_file::incoming_file(std::filesystem::path target)
    : unfinished_file(target, partial_name(target), std::ios::trunc)
{
}

incoming_file& incoming_file::operator=(incoming_file&& other) noexcept
{
    if (this == &other) return *this;
    remove();
    unfinished_file::operator=(std::move(other));
    return *this;
}

std::ifstream files::open(const std::string& path) const
{
    const auto whole = folder_ / path;
    std::error_code failed;
    const auto status = std::filesystem::status(whole, failed);
    if (!std::filesystem::exists(status))
        throw failure(fmt::format("cannot read {}: there is no such file", path));
    if (!std::filesystem::is_regular_file(status))
        throw failure(fmt::format("cannot read {}: it is not a plain file", path));
    std::ifstream stream(whole, std::ios::binary);
    if (!stream)
        throw failure(
            fmt::format("cannot read {}: {}", path, std::generic_category().message(errno)));
    return stream;
}

incoming_file files::receive_into(const std::string& directory, std::string_view peer_name) const
{
    const std::string name = base_name(peer_name);
    if (name.empty())
        throw failure("refused a file: the name the peer sent is empty, too long, or not a name");
    const auto folder = folder_ / directory;
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed)
        throw failure(fmt::format("cannot make folder {}: {}", folder.string(), failed.message()));
    if (std::filesystem::is_directory(folder / name, failed))
        throw failure(fmt::format("refused a file: {} is a folder here", (folder / name).string()));
    return incoming_file(folder / name);
}

void files::write(const std::string& path, std::string_view contents) const
{
    incoming_file file(folder_ / path);
    file.write(contents);
    file.commit();
}

std::string base_name(std::string_view peer_name)
{
    constexpr std::size_t longest = 255; // bytes, the limit of common file systems
    const auto separator = peer_name.find_last_of("/\\");
    const auto name =
        separator == std::string_view::npos ? peer_name : peer_name.substr(separator + 1);
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    const bool legal =
        !name.empty() && name.size() <= longest && name != "." && name != ".." &&
        std::none_of(name.begin(), name.end(), is_control) &&
        std::none_of(peer_name.begin(), peer_name.end(), [](char c) { return c == '\0'; });
    return legal ? std::string(name) : std::string();
}

} // namespace badwire::net
