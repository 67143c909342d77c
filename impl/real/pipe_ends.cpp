#include "impl/real/pipe_ends.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "impl/net/basics.hpp"

namespace badwire::net {

pipe_ends::pipe_ends(std::string_view purpose)
{
    std::array<int, 2> both{};
    if (::pipe2(both.data(), O_CLOEXEC) != 0)
        throw failure(
            fmt::format("cannot {}: {}", purpose, std::generic_category().message(errno)));
    read_ = both[0];
    write_ = both[1];
}

pipe_ends::~pipe_ends()
{
    close_write_end();
    if (read_ >= 0) ::close(read_);
}

int pipe_ends::take_read_end() { return std::exchange(read_, -1); }
int pipe_ends::take_write_end() { return std::exchange(write_, -1); }

void pipe_ends::close_write_end()
{
    if (const int open = std::exchange(write_, -1); open >= 0) ::close(open);
}

} // namespace badwire::net
