// What else guests ask the system for: the time, sleep, locks, other processes, chance.
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fstream>

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/wait.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/thread_status.hpp"
#include "sim/guest/timer_description.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

constexpr std::chrono::hours booted_before(1);

bool is_calendar(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

// Of a process or thread: negative numbers are those of others.
bool is_of_core(int clock)
{
    return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

} // namespace

// ---- time

// What a clock of the program shows.
net::duration guest::shown_by(int clock) const
{
    const net::duration since = host_.now().time_since_epoch();
    return is_calendar(clock) ? since + options_.date.time_since_epoch() : since + booted_before;
}

// When that clock will show the given time.
net::time_point guest::when_shown(int clock, net::duration time) const
{
    const net::duration from =
        is_calendar(clock) ? net::duration(options_.date.time_since_epoch()) : booted_before;
    return host_.world_time(net::time_point(time - from));
}

answer guest::do_clock(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    switch (by.call.number) {
    case SYS_clock_gettime: {
        const int clock = integer(by, 0);
        if (clock > CLOCK_TAI) return reply::failed(EINVAL);
        // Computing takes no time, but each call takes a little.
        const auto on_core = std::chrono::microseconds(by.of->calls);
        its.put(with[1], timespec_of(is_of_core(clock) ? on_core : shown_by(clock)));
        break;
    }
    case SYS_gettimeofday:
        if (with[0] != 0) its.put(with[0], timeval_of(shown_by(CLOCK_REALTIME)));
        if (with[1] != 0) its.put(with[1], std::uint64_t{0}); // struct timezone: Greenwich
        break;
    case SYS_time: {
        const auto seconds = timespec_of(shown_by(CLOCK_REALTIME)).tv_sec;
        if (with[0] != 0) its.put(with[0], seconds);
        return reply::of(seconds);
    }
    case SYS_times:
        if (with[0] != 0) its.put(with[0], tms{});
        return reply::of(shown_by(CLOCK_MONOTONIC) / std::chrono::milliseconds(10));
    default: its.put(with[1], rusage{}); // it computes infinitely fast
    }
    return reply::of(0);
}

answer guest::do_sleep(thread& by)
{
    const bool simple = by.call.number == SYS_nanosleep;
    const auto& with = by.call.with;
    const auto asked = by.of->its.get<timespec>(with[simple ? 0 : 2]);
    constexpr long nanos = 1'000'000'000;
    if (asked.tv_sec < 0 || asked.tv_nsec < 0 || asked.tv_nsec >= nanos)
        return reply::failed(EINVAL);
    const int clock = simple ? CLOCK_MONOTONIC : integer(by, 0);
    const bool absolute = !simple && (with[1] & TIMER_ABSTIME) != 0;
    const auto until =
        when_shown(clock, duration_of(asked) + (absolute ? net::duration(0) : shown_by(clock)));
    const std::uint64_t rest_at = absolute ? 0 : with[simple ? 1 : 3];
    return wait(by, {.attempt = [](bool timed_out) -> answer {
                         return timed_out ? answer(reply::of(0)) : answer();
                     },
                     .until = until,
                     .what = [] { return std::string("time to pass"); },
                     .is_sleep = true,
                     .interrupted =
                         [this, rest_at, until, its = by.of->its] {
                             if (rest_at != 0) its.put(rest_at, timespec_of(until - world_.now()));
                         }});
}

// ---- processes

// Which children a call waits for: one, those of a group, or any; by their own numbers, and those here.
std::function<bool(pid_t own, pid_t id)> guest::child_filter(const thread& by, bool by_id,
                                                             pid_t which)
{
    const int kind = integer(by, 0); // of waitid
    if (by_id ? kind == P_PID : which > 0)
        return [which](pid_t own, pid_t) { return own == which; };
    if (by_id ? kind == P_ALL : which == -1) return [](pid_t, pid_t) { return true; };
    const pid_t group = by_id ? which : -which;
    if (group <= 1) return [of = getpgid(by.of->id)](pid_t, pid_t id) { return getpgid(id) == of; };
    return [group](pid_t own, pid_t id) {
        // A group has the number of its leader, which may be the child itself or the one asked for.
        return own == group || numbers_of(getpgid(id)).own == group;
    };
}

answer guest::do_wait(thread& by)
{
    process& of = *by.of;
    const bool by_id = by.call.number == SYS_waitid;
    const int options = integer(by, by_id ? 3 : 2);
    const auto which = static_cast<pid_t>(by.call.with[by_id ? 1 : 0]);
    const auto is_meant = child_filter(by, by_id, which);
    const auto nothing_to_wait_for = [this, &of, is_meant] {
        std::erase_if(of.unwaited, [](const auto& one) {
            // It has been waited for, or nobody is to (SIGCHLD is ignored).
            return ::kill(one.second, 0) != 0 && errno == ESRCH;
        });
        const auto meant = [&](const auto& one) { return is_meant(one.first, one.second); };
        if (std::ranges::any_of(of.unwaited, meant)) return true;
        return std::ranges::none_of(processes_, [&](const auto& entry) {
            return entry.second->parent == of.id && is_meant(entry.second->own, entry.first);
        });
    };
    if ((options & WNOHANG) != 0) return reply::allow();
    return wait(by, {.attempt = [nothing_to_wait_for](bool) -> answer {
                         return nothing_to_wait_for() ? answer(reply::allow()) : answer();
                     },
                     .what = [] { return std::string("one of its processes to end"); }});
}

answer guest::do_exit(thread& by)
{
    dies(*by.of);
    return reply::allow();
}

answer guest::do_yield(thread&) { return reply::of(0); }

// One core, as there is for all of them together.
answer guest::do_affinity(thread& by)
{
    if (by.call.with[1] < sizeof(std::uint64_t)) return reply::failed(EINVAL);
    by.of->its.put(by.call.with[2], std::uint64_t{1});
    return reply::of(sizeof(std::uint64_t));
}

answer guest::do_random(thread& by)
{
    constexpr std::uint64_t most = 32 << 20;
    const auto bytes = random_bytes(std::min(by.call.with[1], most));
    by.of->its.write(by.call.with[0], bytes);
    return reply::of(static_cast<std::int64_t>(bytes.size()));
}

} // namespace badwire::guest
