#include "sim/guest/kernel_object.hpp"

#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/vfs.h>

#include "sim/guest/process_tree.hpp"
#include "sim/guest/thread_status.hpp"

namespace badwire::guest {

kernel_object::kernel_object(pid_t process, int descriptor)
    : mine_(process_tree::copy_descriptor(process, descriptor))
{
    struct stat about {};
    if (!mine_ || fstat(mine_.get(), &about) != 0) return;
    struct statfs system {};
    is_shared_ =
        S_ISSOCK(about.st_mode) || (S_ISFIFO(about.st_mode) && fstatfs(mine_.get(), &system) == 0 &&
                                    system.f_type != PIPEFS_MAGIC);
    if ((about.st_mode & S_IFMT) != 0) return;
    // What signalfd(2) makes shows each process its own signals.
    std::ifstream lines(fmt::format("/proc/self/fdinfo/{}", mine_.get()));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("sigmask:")) {
            signals_ = std::strtoull(line.c_str() + 8, nullptr, 16);
            process_ = process;
        }
}

short kernel_object::ready(short events) const
{
    if (signals_ != 0) {
        const auto masks = read_signal_masks(process_, process_);
        const bool some = ((masks.own | masks.shared) & signals_) != 0;
        return static_cast<short>(some ? events & POLLIN : 0);
    }
    pollfd look{mine_.get(), events, 0};
    return poll(&look, 1, 0) > 0 ? look.revents : static_cast<short>(0);
}

bool kernel_object::never_blocks() const { return (fcntl(mine_.get(), F_GETFL) & O_NONBLOCK) != 0; }

// Whether it waits belongs to what all its holders share; they stand still meanwhile.
std::size_t kernel_object::write_now(std::span<const std::byte> bytes) const
{
    const int flags = fcntl(mine_.get(), F_GETFL);
    fcntl(mine_.get(), F_SETFL, flags | O_NONBLOCK);
    const ssize_t written = write(mine_.get(), bytes.data(), bytes.size());
    fcntl(mine_.get(), F_SETFL, flags);
    return written > 0 ? static_cast<std::size_t>(written) : 0;
}

std::vector<std::byte> kernel_object::read_at(off_t from, std::size_t most) const
{
    std::vector<std::byte> bytes(most);
    const ssize_t length = pread(mine_.get(), bytes.data(), bytes.size(), from);
    bytes.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return bytes;
}

off_t kernel_object::position() const { return lseek(mine_.get(), 0, SEEK_CUR); }

void kernel_object::set_position(off_t to) const { lseek(mine_.get(), to, SEEK_SET); }

bool kernel_object::lock_now(int operation) const
{
    return flock(mine_.get(), operation | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool kernel_object::lock_now(struct flock wanted) const
{
    return fcntl(mine_.get(), F_OFD_SETLK, &wanted) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool kernel_object::may_lock(struct flock wanted, pid_t process) const
{
    if (fcntl(mine_.get(), F_GETLK, &wanted) != 0) return true;
    return wanted.l_type == F_UNLCK || wanted.l_pid == process;
}

std::optional<struct stat> descriptor_stat(pid_t process, int descriptor)
{
    struct stat about {};
    if (stat(fmt::format("/proc/{}/fd/{}", process, descriptor).c_str(), &about) != 0) return {};
    return about;
}

bool may_wait(const struct stat& about)
{
    return !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

} // namespace badwire::guest
