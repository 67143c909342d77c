#include "impl/real/disk_growing_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "impl/net/basics.hpp"

namespace badwire::net {

void disk_growing_file::fail(const char* attempt) const
{
    throw failure(fmt::format("cannot {} {}: {}", attempt, partial_.string(),
                              std::generic_category().message(errno)));
}

disk_growing_file::disk_growing_file(std::filesystem::path target)
    : target_(std::move(target)), partial_(target_.string() + ".part")
{
    constexpr int attempts = 10;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        descriptor_ = ::open(partial_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (descriptor_ < 0) fail("write");
        struct stat ours = {};
        struct stat named = {};
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            ::close(descriptor_);
            throw failure(
                fmt::format("cannot write {}: another program is writing it", partial_.string()));
        }
        // Between open and flock another program may have renamed it; and a program that was killed
        // may have left it as a second name of a whole file. We may overwrite neither.
        const bool same = ::fstat(descriptor_, &ours) == 0 &&
                          ::lstat(partial_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
                          ours.st_dev == named.st_dev;
        if (same && ours.st_nlink == 1 && S_ISREG(ours.st_mode)) {
            if (::ftruncate(descriptor_, 0) == 0) return;
            ::close(descriptor_);
            fail("empty");
        }
        ::close(descriptor_);
        if (same) ::unlink(partial_.c_str());
    }
    throw failure(
        fmt::format("cannot write {}: somebody else keeps replacing it", partial_.string()));
}

disk_growing_file::~disk_growing_file()
{
    struct stat now = {};
    const bool nothing_came = ::fstat(descriptor_, &now) == 0 && now.st_size == 0;
    if (committed_ || nothing_came) ::unlink(partial_.c_str());
    ::close(descriptor_);
}

void disk_growing_file::write_at(std::uint64_t offset, std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("write");
        offset += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

std::size_t disk_growing_file::read_at(std::uint64_t offset, std::span<std::byte> into) const
{
    for (;;) {
        const ssize_t got =
            ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) fail("read");
    }
}

void disk_growing_file::resize(std::uint64_t bytes)
{
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) fail("write");
}

void disk_growing_file::commit()
{
    // By a second name that is renamed: the part's name stays for programs that have not opened it
    // yet. Where a file can have one name only, the part itself is renamed.
    const std::string second = partial_.string() + ".whole";
    ::unlink(second.c_str());
    const bool linked = ::link(partial_.c_str(), second.c_str()) == 0;
    std::error_code failed;
    std::filesystem::rename(linked ? std::filesystem::path(second) : partial_, target_, failed);
    if (failed) {
        if (linked) ::unlink(second.c_str());
        throw failure(fmt::format("cannot put the received file at {}: {}", target_.string(),
                                  failed.message()));
    }
    committed_ = true;
}

} // namespace badwire::net
