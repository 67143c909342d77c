#include "impl/real/disk_files.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "impl/net/basics.hpp"
#include "impl/real/disk_growing_file.hpp"

namespace badwire::net {
namespace {

namespace fs = std::filesystem;

std::string reason(int number) { return std::generic_category().message(number); }

// The name of a file in the making, which no other writer uses: beside the target, hidden.
fs::path partial_name(const fs::path& target)
{
    std::string pattern = (target.parent_path() / ".arriving-XXXXXX").string();
    const int descriptor = mkstemp(pattern.data());
    if (descriptor < 0)
        throw failure(fmt::format("cannot write into folder {}: {}", target.parent_path().string(),
                                  reason(errno)));
    fchmod(descriptor, 0644);
    ::close(descriptor);
    return pattern;
}

// A file that is being written beside its final name, until it is whole.
template <typename Interface>
class unfinished_file : public Interface {
public:
    void write(std::span<const std::byte> bytes) override
    {
        stream_.write(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size()));
        if (!stream_)
            throw failure(
                fmt::format("cannot write {}: the disk is full or failing", partial_.string()));
    }

    void commit() override
    {
        stream_.close();
        std::error_code failed;
        if (stream_.fail()) failed = std::make_error_code(std::errc::io_error);
        else fs::rename(partial_, target_, failed);
        if (failed)
            throw failure(fmt::format("cannot put the received file at {}: {}", target_.string(),
                                      failed.message()));
        partial_.clear();
    }

protected:
    unfinished_file(fs::path target, fs::path partial, std::ios::openmode mode)
        : target_(std::move(target)),
          partial_(std::move(partial)),
          stream_(partial_, std::ios::binary | mode)
    {
    }

    // Removes what was written, if it was not committed.
    void remove() noexcept
    {
        if (partial_.empty()) return;
        stream_.close();
        std::error_code ignored;
        fs::remove(partial_, ignored);
        partial_.clear();
    }

    fs::path target_;
    fs::path partial_; // empty: nothing to commit or remove
    std::ofstream stream_;
};

class disk_incoming_file final : public unfinished_file<incoming_file> {
public:
    explicit disk_incoming_file(const fs::path& target)
        : unfinished_file(target, partial_name(target), std::ios::trunc)
    {
    }
    ~disk_incoming_file() override { remove(); }
};

class disk_resumable_file final : public unfinished_file<resumable_file> {
public:
    explicit disk_resumable_file(const fs::path& target)
        : unfinished_file(target, target.string() + ".part", std::ios::app)
    {
        if (!stream_)
            throw failure(fmt::format("cannot write {}: {}", partial_.string(), reason(errno)));
        std::error_code failed;
        kept_bytes_ = fs::file_size(partial_, failed);
        if (failed)
            throw failure(fmt::format("cannot read {}: {}", partial_.string(), failed.message()));
    }

    std::uint64_t kept_bytes() const override { return kept_bytes_; }

    std::unique_ptr<std::istream> kept() const override
    {
        return std::make_unique<std::ifstream>(partial_, std::ios::binary);
    }

    void restart() override
    {
        stream_.close();
        stream_.open(partial_, std::ios::binary | std::ios::trunc);
        kept_bytes_ = 0;
    }

    void discard() noexcept override { remove(); }

private:
    std::uint64_t kept_bytes_ = 0;
};

} // namespace

std::unique_ptr<std::istream> disk_files::open(const std::string& path) const
{
    const auto whole = folder_ / path;
    std::error_code failed;
    const auto status = fs::status(whole, failed);
    if (!fs::exists(status))
        throw failure(fmt::format("cannot read {}: there is no such file", path));
    if (!fs::is_regular_file(status))
        throw failure(fmt::format("cannot read {}: it is not a plain file", path));
    auto stream = std::make_unique<std::ifstream>(whole, std::ios::binary);
    if (!*stream) throw failure(fmt::format("cannot read {}: {}", path, reason(errno)));
    return stream;
}

std::unique_ptr<std::istream> disk_files::open_inside(const std::string& directory,
                                                      const std::string& peer_name) const
{
    if (peer_name.empty() || base_name(peer_name) != peer_name)
        throw failure("there is no such file: its name is not allowed");
    const std::string path = directory + "/" + peer_name;
    std::error_code failed;
    const auto folder = fs::canonical(folder_ / directory, failed);
    const auto file = fs::canonical(folder_ / path, failed);
    if (!failed && file.parent_path() != folder)
        throw failure(fmt::format("cannot read {}: it is a link that leads elsewhere", path));
    return open(path);
}

// Where a file of that name is to be: the name must be legal, its folder must exist, and nothing
// may be in its place.
fs::path disk_files::place_for(const fs::path& directory, std::string_view peer_name) const
{
    const std::string name = base_name(peer_name);
    if (name.empty())
        throw failure("refused a file: the name the peer sent is empty, too long, or not a name");
    const auto folder = folder_ / directory;
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        throw failure(fmt::format("cannot make folder {}: {}", folder.string(), failed.message()));
    if (fs::is_directory(folder / name, failed))
        throw failure(fmt::format("refused a file: {} is a folder here", (folder / name).string()));
    return folder / name;
}

fs::path disk_files::place_for(const std::string& path) const
{
    const fs::path whole(path);
    return place_for(whole.parent_path(), whole.filename().string());
}

std::unique_ptr<incoming_file> disk_files::receive_into(const std::string& directory,
                                                        std::string_view peer_name)
{
    return std::make_unique<disk_incoming_file>(place_for(directory, peer_name));
}

std::unique_ptr<incoming_file> disk_files::receive_as(const std::string& path)
{
    return std::make_unique<disk_incoming_file>(place_for(path));
}

std::unique_ptr<resumable_file> disk_files::resume(const std::string& path)
{
    return std::make_unique<disk_resumable_file>(place_for(path));
}

std::unique_ptr<growing_file> disk_files::grow(const std::string& path)
{
    return std::make_unique<disk_growing_file>(place_for(path));
}

void disk_files::write(const std::string& path, std::string_view contents)
{
    // A device, a pipe or what a link leads to is written to; only a file of its own is replaced.
    const auto whole = folder_ / path;
    std::error_code failed;
    const auto status = fs::symlink_status(whole, failed);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        std::ofstream stream(whole, std::ios::binary);
        stream << contents << std::flush;
        if (!stream) throw failure(fmt::format("cannot write {}: {}", path, reason(errno)));
        return;
    }
    disk_incoming_file file(whole);
    file.write(std::as_bytes(std::span(contents)));
    file.commit();
}

} // namespace badwire::net
