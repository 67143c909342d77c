// Guests that wait for several things at once: poll, select, epoll.
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "sim/guest/epoll_description.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

// A time in milliseconds; negative: for ever.
net::time_point after_milliseconds(const sim::world& in, int most)
{
    return most < 0 ? net::never : in.now() + std::chrono::milliseconds(most);
}

net::time_point after_timespec(const sim::world& in, const memory& its, std::uint64_t at)
{
    return at == 0 ? net::never : in.now() + duration_of(its.get<timespec>(at));
}

} // namespace

// One descriptor that is waited for, as it was when the wait began.
struct guest::polled {
    int descriptor = -1;
    short events = 0;
    target at{};

    short ready(pid_t process) const
    {
        constexpr short always = POLLERR | POLLHUP | POLLNVAL;
        const auto wanted = static_cast<short>(events | always);
        if (descriptor < 0) return 0;
        if (at.ours) return static_cast<short>(at.ours->ready() & wanted);
        if (!at.kernel) return POLLNVAL;
        if (at.output || at.errors) return static_cast<short>(POLLOUT & events);
        if (!may_wait(*at.kernel)) return static_cast<short>((POLLIN | POLLOUT) & events);
        const kernel_object object(process, descriptor);
        return object ? object.ready(events) : static_cast<short>(POLLNVAL);
    }
};

answer guest::wait_for_any(thread& by, std::vector<polled> all, net::time_point until,
                           std::function<void(const std::vector<short>&)> tell)
{
    wait_plan plan{.attempt = {}, .until = until};
    for (const polled& one : all) {
        if (one.at.ours) plan.on.push_back({one.at.ours, one.events});
        else if (one.at.kernel && may_wait(*one.at.kernel) && one.descriptor >= 0)
            plan.on_kernel.push_back({kernel_object(by.of->id, one.descriptor), one.events});
    }
    plan.is_sleep = true;
    plan.what = [all] {
        std::vector<std::string> each;
        for (const polled& one : all)
            if (one.at.ours) each.push_back(one.at.ours->awaited(one.events));
            else if (one.descriptor == 0) each.emplace_back("typed input");
        return each.empty() ? std::string("time to pass")
                            : fmt::format("{}", fmt::join(each, " or "));
    };
    plan.attempt = [all = std::move(all), tell = std::move(tell),
                    process = by.of->id](bool timed_out) -> answer {
        std::vector<short> found;
        int count = 0;
        for (const polled& one : all) {
            found.push_back(one.ready(process));
            count += found.back() != 0;
        }
        if (count == 0 && !timed_out) return {};
        tell(found);
        return reply::of(count);
    };
    return wait(by, std::move(plan));
}

answer guest::do_poll(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    constexpr std::uint64_t most = 65536;
    if (with[1] > most) return reply::failed(EINVAL);
    std::vector<pollfd> asked(with[1]);
    if (!asked.empty()) its.read(with[0], std::as_writable_bytes(std::span(asked)));
    std::vector<polled> all;
    for (const pollfd& one : asked)
        all.push_back({one.fd, one.events, one.fd < 0 ? target{} : look_up(by, one.fd)});
    const auto until = by.call.number == SYS_poll ? after_milliseconds(world_, integer(by, 2))
                                                  : after_timespec(world_, its, with[2]);
    return wait_for_any(by, std::move(all), until,
                        [its, at = with[0], asked](const std::vector<short>& found) mutable {
                            for (std::size_t i = 0; i < asked.size(); ++i)
                                asked[i].revents = found[i];
                            if (!asked.empty()) its.write(at, std::as_bytes(std::span(asked)));
                        });
}

// select(2) and pselect6(2): three bit sets, of what can be read, written, or is exceptional.
answer guest::do_select(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    const int count = integer(by, 0);
    if (count < 0 || count > FD_SETSIZE) return reply::failed(EINVAL);
    static constexpr std::array wanted{short{POLLIN}, short{POLLOUT}, short{POLLPRI}};
    std::array<fd_set, 3> asked{};
    for (std::size_t set = 0; set < asked.size(); ++set)
        if (with[set + 1] != 0) asked[set] = its.get<fd_set>(with[set + 1]);
    std::vector<polled> all;
    for (int descriptor = 0; descriptor < count; ++descriptor) {
        short events = 0;
        for (std::size_t set = 0; set < asked.size(); ++set)
            if (FD_ISSET(descriptor, &asked[set]))
                events = static_cast<short>(events | wanted[set]);
        if (events == 0) continue;
        all.push_back({descriptor, events, look_up(by, descriptor)});
        if (!all.back().at.ours && !all.back().at.kernel) return reply::failed(EBADF);
    }
    net::time_point until = net::never;
    if (with[4] != 0 && by.call.number == SYS_select) {
        until = world_.now() + duration_of(its.get<timeval>(with[4]));
    } else if (with[4] != 0) {
        until = after_timespec(world_, its, with[4]);
    }
    const auto tell = [its, with, all](const std::vector<short>& found) {
        constexpr std::array means{short{POLLIN | POLLHUP | POLLERR}, short{POLLOUT | POLLERR},
                                   short{POLLPRI}};
        for (std::size_t set = 0; set < means.size(); ++set) {
            if (with[set + 1] == 0) continue;
            fd_set told;
            FD_ZERO(&told);
            for (std::size_t i = 0; i < all.size(); ++i)
                if ((all[i].events & wanted[set]) != 0 && (found[i] & means[set]) != 0)
                    FD_SET(all[i].descriptor, &told);
            its.put(with[set + 1], told);
        }
    };
    return wait_for_any(by, std::move(all), until, tell);
}

// ---- epoll

answer guest::do_epoll_create(thread& by)
{
    const bool close_on_exec =
        by.call.number == SYS_epoll_create1 && (by.call.with[0] & EPOLL_CLOEXEC) != 0;
    auto made = std::make_shared<epoll_description>();
    std::erase_if(epolls_, [](const auto& one) { return one.expired(); });
    epolls_.push_back(made);
    return new_descriptor(std::move(made), close_on_exec, false);
}

answer guest::do_epoll_ctl(thread& by)
{
    const auto set = std::dynamic_pointer_cast<epoll_description>(look_up(by, integer(by, 0)).ours);
    if (!set) return reply::failed(EBADF);
    const int descriptor = integer(by, 2);
    const target at = look_up(by, descriptor);
    if (!at.ours && !at.kernel) return reply::failed(EBADF);
    if (at.kernel && !may_wait(*at.kernel)) return reply::failed(EPERM);
    const epoll_description::member member{at.ours, by.of->id, descriptor};
    const int what = integer(by, 1);
    if (what == EPOLL_CTL_DEL) return reply::of_errno(set->remove(member));
    const auto wanted = by.of->its.get<epoll_event>(by.call.with[3]);
    if (what == EPOLL_CTL_ADD) return reply::of_errno(set->add(member, wanted));
    if (what == EPOLL_CTL_MOD) return reply::of_errno(set->modify(member, wanted));
    return reply::failed(EINVAL);
}

answer guest::do_epoll_wait(thread& by)
{
    const auto& with = by.call.with;
    const auto set = std::dynamic_pointer_cast<epoll_description>(look_up(by, integer(by, 0)).ours);
    if (!set) return reply::failed(EBADF);
    const int most = integer(by, 2);
    if (most <= 0) return reply::failed(EINVAL);
    const auto until = by.call.number == SYS_epoll_pwait2
                           ? after_timespec(world_, by.of->its, with[3])
                           : after_milliseconds(world_, integer(by, 3));
    const auto attempt = [set, its = by.of->its, at = with[1], most](bool timed_out) -> answer {
        const auto told = set->take(static_cast<std::size_t>(most));
        if (told.empty() && !timed_out) return {};
        if (!told.empty()) its.write(at, std::as_bytes(std::span(told)));
        return reply::of(static_cast<std::int64_t>(told.size()));
    };
    return wait(by, {.attempt = attempt,
                     .on = {{set, POLLIN}},
                     .until = until,
                     .what = [set] { return set->awaited(POLLIN); },
                     .is_sleep = true});
}

} // namespace badwire::guest
