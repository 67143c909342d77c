#include "sim/guest/kernel_object.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "sim/guest/process_tree.hpp"

namespace badwire::guest {

kernel_object::kernel_object(pid_t process, int descriptor)
    : mine_(process_tree::copy_descriptor(process, descriptor))
{
}

short kernel_object::ready(short events) const
{
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
