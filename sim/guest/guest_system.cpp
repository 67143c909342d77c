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
#include "sim/guest/timer_description.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

constexpr std::chrono::seconds began_at(1'700'000'000); // the date when each virtual world begins
constexpr std::chrono::hours booted_before(1);

bool is_calendar(int clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

} // namespace

// ---- time

// What a clock of the program shows.
net::duration guest::shown_by(int clock) const
{
    const net::duration since = host_.now().time_since_epoch();
    return is_calendar(clock) ? since + began_at : since + booted_before;
}

// When that clock will show the given time.
net::time_point guest::when_shown(int clock, net::duration time) const
{
    const net::duration from = is_calendar(clock) ? net::duration(began_at) : booted_before;
    return host_.world_time(net::time_point(time - from));
}

answer guest::do_clock(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    switch (by.call.number) {
    case SYS_clock_gettime: its.put(with[1], timespec_of(shown_by(integer(by, 0)))); break;
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

// Yields a process' next SIGALRM.
class guest::alarm_clock final : public sim::event {
public:
    alarm_clock(guest& in, process& of) : in_(in), of_(of) {}
    ~alarm_clock() override { in_.world_.queue().unschedule(*this); }

    itimerval left() const
    {
        if (!scheduled()) return {};
        return {timeval_of(every_), timeval_of(due_ - in_.world_.now())};
    }
    void set(net::duration first, net::duration every)
    {
        in_.world_.queue().unschedule(*this);
        every_ = every;
        if (first.count() == 0) return;
        due_ = in_.world_.now() + first;
        in_.world_.queue().schedule(*this, due_);
    }
    void fire() override
    {
        ::kill(of_.id, SIGALRM);
        in_.look_for_signals_ = true;
        if (every_.count() > 0) set(every_, every_);
        in_.after_step();
    }

private:
    guest& in_;
    process& of_;
    net::duration every_{0};
    net::time_point due_{};
};

answer guest::do_timer(thread& by)
{
    process& of = *by.of;
    if (!of.alarm) of.alarm = std::make_unique<alarm_clock>(*this, of);
    auto& timer = static_cast<alarm_clock&>(*of.alarm);
    const itimerval before = timer.left();
    const auto& with = by.call.with;
    if (by.call.number == SYS_alarm) {
        timer.set(std::chrono::seconds(with[0]), net::duration(0));
        return reply::of(before.it_value.tv_sec + (before.it_value.tv_usec > 0));
    }
    if (integer(by, 0) != ITIMER_REAL) return reply::failed(EINVAL);
    const bool sets = by.call.number == SYS_setitimer;
    if (const std::uint64_t old_at = with[sets ? 2 : 1]) of.its.put(old_at, before);
    if (!sets) return reply::of(0);
    const auto asked = with[1] != 0 ? of.its.get<itimerval>(with[1]) : itimerval{};
    timer.set(duration_of(asked.it_value), duration_of(asked.it_interval));
    return reply::of(0);
}

answer guest::do_timer_create(thread& by)
{
    auto made = std::make_shared<timer_description>(host_, integer(by, 0));
    const int flags = integer(by, 1);
    return new_descriptor(std::move(made), (flags & TFD_CLOEXEC) != 0, (flags & TFD_NONBLOCK) != 0);
}

itimerspec guest::left_of(const timer_description& timer) const
{
    if (timer.next() == net::never) return {};
    return {timespec_of(timer.every()), timespec_of(timer.next() - world_.now())};
}

answer guest::do_timer_set(thread& by)
{
    const auto timer =
        std::dynamic_pointer_cast<timer_description>(look_up(by, integer(by, 0)).ours);
    if (!timer) return reply::failed(EINVAL);
    const auto& with = by.call.with;
    if (with[3] != 0) by.of->its.put(with[3], left_of(*timer));
    const auto asked = by.of->its.get<itimerspec>(with[2]);
    const net::duration first = duration_of(asked.it_value);
    const bool absolute = (with[1] & TFD_TIMER_ABSTIME) != 0;
    const auto shown = absolute ? first : first + shown_by(timer->clock());
    timer->set(first.count() == 0 ? net::never : when_shown(timer->clock(), shown),
               duration_of(asked.it_interval));
    return reply::of(0);
}

answer guest::do_timer_get(thread& by)
{
    const auto timer =
        std::dynamic_pointer_cast<timer_description>(look_up(by, integer(by, 0)).ours);
    if (!timer) return reply::failed(EINVAL);
    by.of->its.put(by.call.with[1], left_of(*timer));
    return reply::of(0);
}

// ---- locks

// Where a lock is: in a process' own memory, or in a file or memory that processes share.
futex_place guest::place_of(const thread& by, std::uint64_t word, bool own) const
{
    const futex_place mine{static_cast<std::uint64_t>(by.of->id), 0, word};
    if (own) return mine;
    std::ifstream maps(fmt::format("/proc/{}/maps", by.of->id));
    for (std::string line; std::getline(maps, line);) {
        unsigned long from = 0, to = 0, offset = 0, inode = 0;
        unsigned major = 0, minor = 0;
        char rights[8]{};
        if (std::sscanf(line.c_str(), "%lx-%lx %7s %lx %x:%x %lu", &from, &to, rights, &offset,
                        &major, &minor, &inode) < 7)
            continue;
        if (word < from || word >= to) continue;
        if (rights[3] != 's') return mine;
        return {inode, (std::uint64_t{major} << 32) + minor + 1, word - from + offset};
    }
    return mine;
}

void guest::wake_futexes(const futex_place& at, std::uint32_t bits, std::uint64_t most,
                         std::int64_t& woken)
{
    for (thread* one : std::vector(parked_)) {
        if (static_cast<std::uint64_t>(woken) >= most) return;
        if (!one->futex || *one->futex != at || (one->futex_bits & bits) == 0) continue;
        one->futex.reset();
        one->wake();
        ++woken;
    }
}

// A thread that ends clears a word that others wait for, and the kernel wakes them.
void guest::wake_futexes_that_changed(const process& of)
{
    for (thread* one : std::vector(parked_)) {
        if (!one->futex || one->of != &of || one->scheduled()) continue;
        try {
            if (of.its.get<std::uint32_t>(one->call.with[0]) == one->call.with[2]) continue;
        } catch (const bad_address&) {
        }
        one->futex.reset();
        one->wake();
    }
}

answer guest::do_futex(thread& by)
{
    const auto& with = by.call.with;
    const int flags = integer(by, 1);
    const int what = flags & FUTEX_CMD_MASK;
    const auto bits = what == FUTEX_WAIT_BITSET || what == FUTEX_WAKE_BITSET
                          ? static_cast<std::uint32_t>(with[5])
                          : FUTEX_BITSET_MATCH_ANY;
    const bool waits = what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET;
    if (!waits && what != FUTEX_WAKE && what != FUTEX_WAKE_BITSET) return reply::failed(ENOSYS);
    const futex_place at = place_of(by, with[0], (flags & FUTEX_PRIVATE_FLAG) != 0);
    if (!waits) {
        std::int64_t woken = 0;
        wake_futexes(at, bits, with[2] & INT_MAX, woken);
        return reply::of(woken);
    }
    if (by.of->its.get<std::uint32_t>(with[0]) != static_cast<std::uint32_t>(with[2]))
        return reply::failed(EAGAIN);
    net::time_point until = net::never;
    if (with[3] != 0) {
        const auto time = duration_of(by.of->its.get<timespec>(with[3]));
        const int clock = (flags & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        until = what == FUTEX_WAIT ? when_shown(clock, shown_by(clock) + time)
                                   : when_shown(clock, time);
    }
    by.futex = at;
    by.futex_bits = bits;
    return wait(by, {.attempt = [&by](bool timed_out) -> answer {
                         if (by.futex && !timed_out) return {};
                         return std::exchange(by.futex, {}) ? reply::failed(ETIMEDOUT)
                                                            : reply::of(0);
                     },
                     .until = until,
                     .what = [] { return std::string("another of its threads"); },
                     .interrupted = [&by] { by.futex.reset(); }});
}

// ---- processes

answer guest::do_wait(thread& by)
{
    process& of = *by.of;
    const bool by_id = by.call.number == SYS_waitid;
    const int options = integer(by, by_id ? 3 : 2);
    const auto which = static_cast<pid_t>(by.call.with[by_id ? 1 : 0]);
    const bool any = by_id ? integer(by, 0) != P_PID : which <= 0;
    std::erase_if(of.unwaited, [](const auto& one) {
        return ::kill(one.second, 0) != 0 && errno == ESRCH; // it has been waited for
    });
    const auto ended_one = [&of, which, any] {
        return any ? !of.unwaited.empty() : of.unwaited.contains(which);
    };
    const bool lives = std::ranges::any_of(processes_, [&](const auto& entry) {
        return entry.second->parent == of.id && (any || entry.second->own == which);
    });
    if (!lives || ended_one() || (options & WNOHANG) != 0) return reply::allow();
    return wait(by, {.attempt = [ended_one](bool) -> answer {
                         return ended_one() ? answer(reply::allow()) : answer();
                     },
                     .what = [] { return std::string("one of its processes to end"); }});
}

// Signals to itself and its own only.
answer guest::do_kill(thread& by)
{
    const auto receiver = static_cast<pid_t>(by.call.with[0]);
    const bool has_thread = by.call.number == SYS_tgkill || by.call.number == SYS_rt_tgsigqueueinfo;
    const int number = integer(by, has_thread ? 2 : 1);
    if (receiver == -1) return reply::failed(EPERM);
    if (number == SIGSTOP || number == SIGTSTP) return reply::failed(EPERM);
    const thread* const leader = receiver == 0 ? &by : find_own(-receiver);
    const pid_t group = leader ? getpgid(leader->of->id) : 0;
    std::vector<process*> meant;
    if (receiver > 0) {
        if (thread* const one = find_own(receiver)) meant.push_back(one->of);
        else if (!by.of->unwaited.contains(receiver)) return reply::failed(ESRCH);
    } else {
        for (const auto& [id, one] : processes_)
            if (getpgid(id) == group) meant.push_back(one.get());
        if (meant.empty()) return reply::failed(ESRCH);
    }
    if (number == SIGKILL)
        for (process* const one : meant) dies(*one);
    look_for_signals_ = true;
    return reply::allow();
}

// pause(2) and sigsuspend(2): the kernel knows for which signals; a signal stops the thread.
answer guest::do_suspend(thread& by)
{
    tree_->allow(by.call);
    const std::string state = fmt::format("/proc/{}/task/{}/stat", by.of->id, by.id);
    for (;;) {
        const happening seen = tree_->wait(std::chrono::microseconds(200));
        if (!std::holds_alternative<silence>(seen)) {
            std::visit([this](const auto& what) { happened(what); }, seen);
            return {};
        }
        std::string line;
        std::getline(std::ifstream(state), line);
        const auto end_of_name = line.rfind(')');
        if (end_of_name != line.npos && line.substr(end_of_name).starts_with(") S")) break;
    }
    by.is = thread::state::in_kernel;
    return {};
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
