// What guests do with files: opening, locking and sending them.
#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/kernel_object.hpp"

namespace badwire::guest {
namespace {

// The name under which this process finds what a call of a guest names.
std::string place_of_file(const thread& by, const std::string& path)
{
    if (path.starts_with('/')) return path;
    const bool from_folder = by.call.number == SYS_openat && integer(by, 0) != AT_FDCWD;
    return fmt::format("/proc/{}/{}/{}", by.id,
                       from_folder ? fmt::format("fd/{}", integer(by, 0)) : "cwd", path);
}

// One end of a named pipe that a guest is about to open; as long as this lives, the other end finds it.
class fifo_end {
public:
    fifo_end(std::string path, bool writes) : path_(std::move(path)), writes_(writes)
    {
        if (!writes) mine_ = opened(O_RDONLY);
    }
    /// Whether the other end is there, or was meanwhile: it is, as long as this lives.
    bool is_met()
    {
        if (met_) return true;
        if (writes_) mine_ = opened(O_WRONLY); // fails as long as nobody reads
        met_ = writes_ ? static_cast<bool>(mine_) || errno != ENXIO : has_writer();
        if (met_ && !writes_) other_ = opened(O_RDWR);
        return met_;
    }

private:
    owned_descriptor opened(int how) const
    {
        return owned_descriptor(open(path_.c_str(), how | O_NONBLOCK | O_CLOEXEC));
    }
    bool has_writer() const
    {
        pollfd look{mine_.get(), POLLIN, 0};
        if (!mine_ || poll(&look, 1, 0) != 0) return true; // it has written, or has even gone again
        char none = 0;
        return read(mine_.get(), &none, 1) < 0; // else this is the end of it: nobody writes
    }

    std::string path_;
    bool writes_;
    bool met_ = false;
    owned_descriptor mine_, other_;
};

} // namespace

// What a program reads there differs from run to run, or is of the real world.
std::string guest::substitute_for(const std::string& path)
{
    if (is_random(path)) return "random"; // see do_read
    // Of a name with both, the address at which programs of a course listen comes first.
    if (path == "/etc/gai.conf") return "precedence ::ffff:0:0/96 100\n";
    if (path == "/proc/net/if_inet6")
        return "00000000000000000000000000000001 01 80 10 80       lo\n";
    if (path == "/etc/hosts") {
        std::string all = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n";
        for (const auto& name : options_.names) all += fmt::format("127.0.0.1 {}\n", name);
        utsname machine{}; // programs look up their own
        if (uname(&machine) == 0) all += fmt::format("127.0.0.1 {}\n", machine.nodename);
        return all;
    }
    return {};
}

bool guest::is_random(const std::string& path)
{
    return path == "/dev/urandom" || path == "/dev/random";
}

answer guest::do_open(thread& by)
{
    const std::size_t first = by.call.number == SYS_open ? 0 : 1;
    const std::string path = by.of->its.text(by.call.with[first], PATH_MAX);
    // Nobody answers for names: /etc/hosts knows all that there are.
    if (path == "/etc/resolv.conf") return reply::failed(ENOENT);
    // Where all JVMs of a user have files named by their numbers, which another run's has as well.
    if (path.starts_with("/tmp/hsperfdata_")) return reply::failed(EACCES);
    const std::string contents = substitute_for(path);
    const int flags = integer(by, first + 1);
    if (contents.empty()) return open_fifo(by, place_of_file(by, path), flags);
    const owned_descriptor made(memfd_create("badwire", MFD_CLOEXEC));
    if (!made || write(made.get(), contents.data(), contents.size()) < 0) return reply::failed(EIO);
    lseek(made.get(), 0, SEEK_SET);
    if (struct stat about{}; is_random(path) && fstat(made.get(), &about) == 0)
        random_files_.emplace(about.st_dev, about.st_ino);
    const bool close_on_exec = (flags & O_CLOEXEC) != 0;
    const int placed = tree_->place(by.call, made.get(), close_on_exec);
    return placed < 0 ? reply::failed(-placed) : reply::of(placed);
}

// A named pipe makes whoever opens one end wait for somebody at the other.
answer guest::open_fifo(thread& by, const std::string& path, int flags)
{
    struct stat about {};
    const int access = flags & O_ACCMODE;
    const bool waits = (flags & (O_NONBLOCK | O_PATH)) == 0 && access != O_RDWR;
    if (!waits || stat(path.c_str(), &about) != 0 || !S_ISFIFO(about.st_mode))
        return reply::allow();
    const auto end = std::make_shared<fifo_end>(path, access == O_WRONLY);
    return wait(by, {.attempt = [&by, end](bool) -> answer {
                         if (!end->is_met()) return {};
                         by.bring_back = [end] {}; // until the kernel has opened it
                         return reply::allow();
                     },
                     .kernel_lets = [end] { return end->is_met(); },
                     .what = [] { return std::string("the other end of a named pipe"); }});
}

answer guest::send_file(thread& by, const std::shared_ptr<socket_description>& to)
{
    const auto& with = by.call.with;
    const auto file = std::make_shared<kernel_object>(by.of->id, integer(by, 1));
    const std::uint64_t offset_at = with[2];
    const auto its = by.of->its;
    const off_t begin = offset_at != 0 ? its.get<off_t>(offset_at) : file->position();
    const auto attempt = [=, this, &by, count = with[3],
                          done = std::uint64_t{0}](bool timed_out) mutable -> answer {
        const auto finish = [&] {
            const off_t end = begin + static_cast<off_t>(done);
            if (offset_at != 0) its.put(offset_at, end);
            else file->set_position(end);
            return reply::of(static_cast<std::int64_t>(done));
        };
        constexpr std::uint64_t piece = 64 << 10;
        while (done < count) {
            auto bytes =
                file->read_at(begin + static_cast<off_t>(done), std::min(piece, count - done));
            if (bytes.empty()) break;
            const auto sent = to->send(std::move(bytes), {});
            if (sent.error == EAGAIN && !timed_out && !to->never_blocks) return {};
            if (sent.error != 0 && done > 0) break;
            if (sent.error == EPIPE) return broken_pipe(by, 0);
            if (sent.error != 0) return reply::failed(sent.error);
            done += sent.value;
        }
        return finish();
    };
    return wait_at(by, to, POLLOUT, to->options.send_timeout, attempt);
}

// Locks on files: flock(2), and fcntl(2) where it waits. Whether the kernel would let it go on now, tells a
// copy of the descriptor; one that stands for the same open file takes the lock itself.
answer guest::do_file_lock(thread& by)
{
    const bool whole = by.call.number == SYS_flock;
    const int command = integer(by, 1);
    const bool waits = whole ? (command & LOCK_NB) == 0 && (command & LOCK_UN) == 0
                             : command == F_SETLKW || command == F_OFD_SETLKW;
    const auto file = std::make_shared<kernel_object>(by.of->id, integer(by, 0));
    if (!waits || !*file) return reply::allow();
    struct flock wanted {};
    if (!whole) wanted = by.of->its.get<struct flock>(by.call.with[2]);
    const auto lets = [=, own = by.of->id, got = false]() mutable {
        got = got || (whole                     ? file->lock_now(command)
                      : command == F_OFD_SETLKW ? file->lock_now(wanted)
                                                : file->may_lock(wanted, own));
        return got;
    };
    const auto shared = std::make_shared<std::function<bool()>>(lets);
    const bool done_here = whole || command == F_OFD_SETLKW;
    return wait(by, {.attempt = [shared, done_here](bool) -> answer {
                         if (!(*shared)()) return {};
                         return done_here ? reply::of(0) : reply::allow();
                     },
                     .kernel_lets = [shared] { return (*shared)(); },
                     .what = [] { return std::string("a lock on a file"); }});
}

} // namespace badwire::guest
