// What guests do with descriptors of any kind.
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "sim/guest/epoll_description.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/interfaces.hpp"
#include "sim/guest/timer_description.hpp"

namespace badwire::guest {

namespace {

constexpr std::size_t most_random = 32 << 20; // as read(2) of the kernel's gives at once

buffers buffers_of(const thread& by, bool listed)
{
    const auto& with = by.call.with;
    if (listed) return buffers::listed(by.of->its, with[1], with[2]);
    return {by.of->its, {{with[1], with[2]}}};
}

} // namespace

// ---- which is which

guest::target guest::look_up(thread& by, int descriptor)
{
    process& of = *by.of;
    if (const auto known = of.ours.find(descriptor); known != of.ours.end())
        return {known->second, {}};
    auto known = of.kernels.find(descriptor);
    if (known == of.kernels.end()) {
        const auto about = descriptor_stat(of.id, descriptor);
        if (!about) return {};
        if (S_ISSOCK(about->st_mode))
            if (const auto found = descriptions_.find(about->st_ino); found != descriptions_.end())
                return {of.ours.emplace(descriptor, found->second).first->second, {}};
        known = of.kernels.emplace(descriptor, *about).first;
    }
    return {nullptr, known->second, streams_.is_output(known->second),
            streams_.is_errors(known->second)};
}

std::shared_ptr<socket_description> guest::socket_of(thread& by, int descriptor)
{
    return std::dynamic_pointer_cast<socket_description>(look_up(by, descriptor).ours);
}

answer guest::new_descriptor(std::shared_ptr<description> made, bool close_on_exec,
                             bool never_blocks)
{
    made->never_blocks = never_blocks;
    return reply{reply::kind::descriptor, 0, std::move(made), close_on_exec};
}

void guest::forget_descriptor(thread& by, int descriptor)
{
    if (by.of->kernels.erase(descriptor) > 0)
        for (const auto& some : epolls_)
            if (const auto still = some.lock()) still->closed(by.of->id, descriptor);
    by.of->ours.erase(descriptor);
}

// It may have been the last that stood for it: that shows once the kernel has closed it.
void guest::note_close(const target& what)
{
    if (what.ours) maybe_closed_.push_back(what.ours->inode());
}

void guest::look_for_closed()
{
    if (std::exchange(look_at_all_, false))
        std::erase_if(descriptions_,
                      [](const auto& entry) { return entry.second->closed_by_all(); });
    for (const ino_t one : std::exchange(maybe_closed_, {}))
        if (const auto found = descriptions_.find(one);
            found != descriptions_.end() && found->second->closed_by_all())
            descriptions_.erase(found);
}

// ---- reading and writing

// The kernel carries out a call on what it keeps, once that does not make the thread wait there.
answer guest::allow_when_ready(thread& by, int descriptor, short events, bool never_blocks)
{
    kernel_object object(by.of->id, descriptor);
    if (!object || never_blocks || object.never_blocks() || object.ready(events) != 0)
        return reply::allow();
    const auto ready = [pid = by.of->id, descriptor, events](bool) -> answer {
        const kernel_object again(pid, descriptor);
        if (!again || again.ready(events) != 0) return reply::allow();
        return {};
    };
    wait_plan plan{.attempt = ready};
    plan.on_kernel.push_back({std::move(object), events});
    const bool typed = descriptor == 0;
    plan.what = [typed, events] {
        return std::string(typed                    ? "typed input"
                           : (events & POLLIN) != 0 ? "what one of its processes writes"
                                                    : "one of its processes to read");
    };
    return wait(by, std::move(plan));
}

// A call for sockets, on what the kernel keeps.
answer guest::allow_socket_call(thread& by, int descriptor, short events, bool never_blocks)
{
    const target at = look_up(by, descriptor);
    if (!at.kernel || !S_ISSOCK(at.kernel->st_mode))
        return reply::allow(); // the kernel says what is wrong
    return allow_when_ready(by, descriptor, events, never_blocks);
}

answer guest::do_read(thread& by)
{
    const int descriptor = integer(by, 0);
    const target at = look_up(by, descriptor);
    if (const auto timer = std::dynamic_pointer_cast<timer_description>(at.ours))
        return read_timer(by, timer, buffers_of(by, by.call.number == SYS_readv));
    if (at.ours)
        return transfer_in(by, descriptor, buffers_of(by, by.call.number == SYS_readv), 0, {});
    if (!at.kernel) return reply::allow();
    if (!random_files_.empty() && random_files_.contains({at.kernel->st_dev, at.kernel->st_ino})) {
        const auto into = buffers_of(by, by.call.number == SYS_readv);
        const auto bytes = random_bytes(std::min<std::size_t>(into.size(), most_random));
        into.scatter(0, bytes);
        return reply::of(static_cast<std::int64_t>(bytes.size()));
    }
    if (!may_wait(*at.kernel)) return reply::allow();
    return allow_when_ready(by, descriptor, POLLIN, false);
}

answer guest::read_timer(thread& by, const std::shared_ptr<description>& timer, buffers into)
{
    const auto attempt = [timer, into = std::move(into)](bool) -> answer {
        const auto got = timer->receive(into.size(), false);
        if (got.error == EAGAIN && !timer->never_blocks) return {};
        if (got.error != 0) return reply::failed(got.error);
        into.scatter(0, got.value.bytes);
        return reply::of(static_cast<std::int64_t>(got.value.bytes.size()));
    };
    return wait_at(by, timer, POLLIN, {}, attempt);
}

answer guest::do_write(thread& by)
{
    const int descriptor = integer(by, 0);
    const target at = look_up(by, descriptor);
    const auto from = [&] { return buffers_of(by, by.call.number == SYS_writev); };
    if (at.ours) return transfer_out(by, descriptor, from(), 0, {});
    if (at.output || at.errors) return write_out(by, from(), at.errors && !at.output);
    if (!at.kernel || !may_wait(*at.kernel)) return reply::allow();
    const bool at_once = S_ISCHR(at.kernel->st_mode) || from().size() <= PIPE_BUF;
    return at_once ? allow_when_ready(by, descriptor, POLLOUT, false)
                   : write_in_pieces(by, descriptor, from());
}

// More than fits into a pipe at once, whose reader stands still until its turn.
answer guest::write_in_pieces(thread& by, int descriptor, const buffers& from)
{
    const auto into = std::make_shared<kernel_object>(by.of->id, descriptor);
    if (!*into || into->never_blocks()) return reply::allow();
    const auto attempt = [into, from, size = from.size(),
                          done = std::size_t{0}](bool) mutable -> answer {
        constexpr std::size_t piece = 64 << 10;
        while (done < size) {
            if ((into->ready(POLLOUT) & POLLERR) != 0) // the kernel says so, with a signal
                return done > 0 ? reply::of(static_cast<std::int64_t>(done)) : reply::allow();
            const std::size_t written = into->write_now(from.gather(done, piece));
            if (written == 0) return {};
            done += written;
        }
        return reply::of(static_cast<std::int64_t>(done));
    };
    wait_plan plan{.attempt = attempt};
    plan.on_kernel.push_back({kernel_object(by.of->id, descriptor), POLLOUT});
    plan.what = [] { return std::string("one of its processes to read"); };
    return wait(by, std::move(plan));
}

answer guest::write_out(thread& by, const buffers& from, bool errors)
{
    const auto bytes = from.gather(0, INT_MAX);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    tell_output(); // what went there by another way before
    if (errors) options_.errors(text);
    else options_.output(text);
    if (over_) return {};
    by.pending = reply::of(static_cast<std::int64_t>(bytes.size()));
    by.is = thread::state::answered;
    world_.queue().schedule(by, world_.now() + std::chrono::microseconds(1));
    return {};
}

// ---- opening and closing

answer guest::do_close(thread& by)
{
    note_close(look_up(by, integer(by, 0)));
    forget_descriptor(by, integer(by, 0));
    return reply::allow();
}

answer guest::do_close_range(thread& by)
{
    by.of->ours.clear();
    by.of->kernels.clear();
    look_at_all_ = true;
    return reply::allow();
}

answer guest::do_dup(thread& by)
{
    if (by.call.number != SYS_dup && by.call.with[0] != by.call.with[1]) {
        note_close(look_up(by, integer(by, 1)));
        forget_descriptor(by, integer(by, 1));
    }
    return reply::allow();
}

answer guest::do_fcntl(thread& by)
{
    const auto at = look_up(by, integer(by, 0)).ours;
    const int command = integer(by, 1);
    if (command == F_SETLKW || command == F_OFD_SETLKW) return do_file_lock(by);
    if (!at || (command != F_GETFL && command != F_SETFL)) return reply::allow();
    if (command == F_GETFL) return reply::of(O_RDWR | (at->never_blocks ? O_NONBLOCK : 0));
    at->never_blocks = (by.call.with[2] & O_NONBLOCK) != 0;
    return reply::of(0);
}

answer guest::do_ioctl(thread& by)
{
    const auto at = look_up(by, integer(by, 0)).ours;
    if (!at) return reply::allow();
    const auto& its = by.of->its;
    if (const auto error = interface_ioctl(its, by.call.with[1], by.call.with[2]))
        return reply::of_errno(*error);
    switch (by.call.with[1]) {
    case FIONBIO: at->never_blocks = its.get<int>(by.call.with[2]) != 0; return reply::of(0);
    case FIOCLEX:
    case FIONCLEX: return reply::allow();
    case FIONREAD:
        if (const auto socket = std::dynamic_pointer_cast<socket_description>(at)) {
            its.put(by.call.with[2], static_cast<int>(socket->pending()));
            return reply::of(0);
        }
        return reply::failed(EINVAL);
    default: return reply::failed(ENOTTY);
    }
}

// Of a file to a socket here; programs that find other ways missing read and write instead.
answer guest::do_sendfile(thread& by)
{
    const auto socket = socket_of(by, integer(by, 0));
    const target from = look_up(by, integer(by, 1));
    const bool of_file = from.kernel && S_ISREG(from.kernel->st_mode);
    if (by.call.number == SYS_sendfile && socket && of_file) return send_file(by, socket);
    for (const std::size_t place : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        const target at = look_up(by, integer(by, place));
        if (at.ours || at.output || at.errors || (at.kernel && may_wait(*at.kernel)))
            return reply::failed(EINVAL);
    }
    return reply::allow();
}

} // namespace badwire::guest
