#include "impl/base/text_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace badwire {
namespace {

std::string why(int error)
{
    return error == ENOENT ? "there is no such file" : std::generic_category().message(error);
}

std::string kind_of(mode_t mode)
{
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a named pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

std::string size_text(std::size_t bytes)
{
    return bytes >> 20 > 0 ? fmt::format("{} MiB", bytes >> 20) : fmt::format("{} bytes", bytes);
}

// Closes a descriptor at the end of a scope.
struct open_file {
    explicit open_file(const std::filesystem::path& name)
        : number(::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY))
    {
        if (number < 0) throw unreadable(why(errno));
    }
    ~open_file() { ::close(number); }
    open_file(const open_file&) = delete;
    int number;
};

} // namespace

std::string read_regular_file(const std::filesystem::path& file, std::size_t bytes_max)
{
    const open_file opened(file);
    struct stat found {};
    if (::fstat(opened.number, &found) != 0) throw unreadable(why(errno));
    if (!S_ISREG(found.st_mode))
        throw unreadable(fmt::format("it is {}, not a regular file", kind_of(found.st_mode)));
    const auto too_large = [&] {
        return unreadable(fmt::format("it is larger than {}", size_text(bytes_max)));
    };
    if (static_cast<std::uintmax_t>(found.st_size) > bytes_max) throw too_large();
    std::string read;
    constexpr std::size_t step = std::size_t{1} << 16;
    for (std::size_t length = 0;;) { // a file may grow, and that of a kernel does not say its size
        read.resize(length + step);
        const ssize_t more = ::read(opened.number, read.data() + length, step);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) throw unreadable(why(errno));
        read.resize(length += static_cast<std::size_t>(more));
        if (length > bytes_max) throw too_large();
        if (more == 0) return read;
    }
}

} // namespace badwire
