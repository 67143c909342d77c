#include "sim/guest/description.hpp"

#include <system_error>

#include <sys/socket.h>
#include <sys/stat.h>

namespace badwire::guest {

description::description()
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw std::system_error(errno, std::generic_category(),
                                "making a descriptor for a program");
    mine_ = owned_descriptor(ends[0]);
    theirs_ = owned_descriptor(ends[1]);
    struct stat about {};
    fstat(theirs_.get(), &about);
    inode_ = about.st_ino;
}

bool description::closed_by_all() const
{
    pollfd look{mine_.get(), POLLIN, 0};
    return !theirs_ && poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

} // namespace badwire::guest
