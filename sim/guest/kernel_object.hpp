// kernel_object.hpp: what a guest has open and the kernel keeps: files, pipes, terminals, sockets
// between its own processes. Only whoever reads and writes knows when such a thing is ready, so it is
// looked at after each step of the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

#include "impl/base/owned_descriptor.hpp"

namespace badwire::guest {

/// A copy of a process' descriptor. It holds what it stands for open: not longer than the process
/// would.
class kernel_object {
public:
    kernel_object(pid_t process, int descriptor);

    /// Whether other programs may be at its other end: a socket, or a pipe with a name.
    bool is_shared() const { return is_shared_; }
    explicit operator bool() const { return static_cast<bool>(mine_); }
    /// What poll(2) says of it.
    short ready(short events) const;
    bool never_blocks() const; // O_NONBLOCK
    /// Writes what there is room for, without waiting; 0: there is none. Not where ready() says that
    /// nobody reads any more.
    std::size_t write_now(std::span<const std::byte> bytes) const;

    /// Of a file: bytes from a place on, `most` at most, and the place where read(2) goes on.
    std::vector<std::byte> read_at(off_t from, std::size_t most) const;
    off_t position() const;
    void set_position(off_t to) const;

    /// Takes a lock of what it stands for, if nobody is in the way: flock(2), or fcntl(2) with F_OFD_SETLK.
    /// True where another reason than that is to be told by the kernel, too.
    bool lock_now(int operation) const;
    bool lock_now(struct flock wanted) const;
    /// Whether a process could take that lock of its own.
    bool may_lock(struct flock wanted, pid_t process) const;

private:
    owned_descriptor mine_;
    std::uint64_t signals_ = 0; // that it tells of, as signal_masks has them
    pid_t process_ = 0;
    bool is_shared_ = false;
};

/// What a descriptor of a process stands for: stat(2) of it; nothing where there is no such.
std::optional<struct stat> descriptor_stat(pid_t process, int descriptor);

/// Whether that may make a reader or writer wait: no file or folder.
bool may_wait(const struct stat& about);

} // namespace badwire::guest
