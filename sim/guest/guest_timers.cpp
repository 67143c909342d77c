// Timers of guests: alarm and setitimer, timers that send signals, timers that are read.
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/thread_status.hpp"
#include "sim/guest/timer_description.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

// As the kernel reads it.
struct signal_event {
    std::uint64_t value;
    int signal, notify;
    pid_t thread;
};

itimerval in_microseconds(const itimerspec& exact)
{
    return {timeval_of(duration_of(exact.it_interval)), timeval_of(duration_of(exact.it_value))};
}

} // namespace

// ---- alarm(2), setitimer(2)

answer guest::do_alarm(thread& by)
{
    process& of = *by.of;
    if (!of.alarm)
        of.alarm = std::make_unique<interval_timer>(world_, [this, &of] {
            ::kill(of.id, SIGALRM);
            look_for_signals_ = true;
            after_step();
        });
    interval_timer& timer = *of.alarm;
    const itimerval before = in_microseconds(timer.left());
    const auto set = [&](net::duration first, net::duration every) {
        timer.set(first.count() == 0 ? net::never : world_.now() + first, every);
    };
    const auto& with = by.call.with;
    if (by.call.number == SYS_alarm) {
        set(std::chrono::seconds(with[0]), net::duration(0));
        return reply::of(before.it_value.tv_sec + (before.it_value.tv_usec > 0));
    }
    const int which = integer(by, 0);
    if (which < ITIMER_REAL || which > ITIMER_PROF) return reply::failed(EINVAL);
    const bool sets = by.call.number == SYS_setitimer;
    const bool counts_computing = which != ITIMER_REAL; // which takes no time
    if (const std::uint64_t old_at = with[sets ? 2 : 1])
        of.its.put(old_at, counts_computing ? itimerval{} : before);
    if (!sets || counts_computing) return reply::of(0);
    const auto asked = with[1] != 0 ? of.its.get<itimerval>(with[1]) : itimerval{};
    set(duration_of(asked.it_value), duration_of(asked.it_interval));
    return reply::of(0);
}

// ---- timer_create(2) and its kin

// As the kernel does, it sends no second signal while one is pending; it counts.
void guest::send_timer_signal(process& of, int id)
{
    signal_timer& timer = of.timers.at(id);
    if (timer.signal == 0) return;
    const thread* const to = timer.thread == 0 ? nullptr : find_own(timer.thread);
    if (timer.thread != 0 && to == nullptr) return;
    const auto masks = read_signal_masks(of.id, to ? to->id : of.id);
    if (((to ? masks.own : masks.shared) & bit_of(timer.signal)) != 0) {
        ++timer.overrun;
        return;
    }
    siginfo_t about{};
    about.si_signo = timer.signal;
    about.si_code = SI_TIMER;
    about.si_timerid = id;
    timer.overrun = 0;
    std::memcpy(&about.si_value, &timer.value, sizeof timer.value);
    if (to) syscall(SYS_rt_tgsigqueueinfo, of.id, to->id, timer.signal, &about);
    else syscall(SYS_rt_sigqueueinfo, of.id, timer.signal, &about);
    look_for_signals_ = true;
    after_step();
}

answer guest::do_signal_timer_create(thread& by)
{
    process& of = *by.of;
    const auto& with = by.call.with;
    const int id = of.next_timer++;
    signal_event how{static_cast<std::uint64_t>(id), SIGALRM, SIGEV_SIGNAL, 0};
    if (with[1] != 0) how = of.its.get<signal_event>(with[1]);
    const bool sends = how.notify != SIGEV_NONE;
    if (sends && (how.signal < 1 || how.signal >= NSIG)) return reply::failed(EINVAL);
    of.its.put(with[2], id);
    of.timers.try_emplace(id, integer(by, 0), sends ? how.signal : 0,
                          how.notify == SIGEV_THREAD_ID ? how.thread : 0, how.value, world_,
                          [this, &of, id] { send_timer_signal(of, id); });
    return reply::of(0);
}

answer guest::do_signal_timer(thread& by)
{
    process& of = *by.of;
    const auto& with = by.call.with;
    const auto found = of.timers.find(integer(by, 0));
    if (found == of.timers.end()) return reply::failed(EINVAL);
    signal_timer& timer = found->second;
    switch (by.call.number) {
    case SYS_timer_delete: of.timers.erase(found); break;
    case SYS_timer_getoverrun: return reply::of(timer.overrun);
    case SYS_timer_gettime: of.its.put(with[1], timer.timer.left()); break;
    default: set_timer(by, timer.clock, timer.timer);
    }
    return reply::of(0);
}

// timer_settime(2) and timerfd_settime(2)
template <typename Timer>
void guest::set_timer(thread& by, int clock, Timer& timer)
{
    const auto& with = by.call.with;
    const auto asked = by.of->its.get<itimerspec>(with[2]);
    if (with[3] != 0) by.of->its.put(with[3], timer.left());
    const net::duration first = duration_of(asked.it_value);
    const bool absolute = (with[1] & TIMER_ABSTIME) != 0; // TFD_TIMER_ABSTIME is the same
    const auto shown = absolute ? first : first + shown_by(clock);
    timer.set(first.count() == 0 ? net::never : when_shown(clock, shown),
              duration_of(asked.it_interval));
}

// ---- timerfd_create(2) and its kin

answer guest::do_timer_create(thread& by)
{
    auto made = std::make_shared<timer_description>(world_, integer(by, 0));
    const int flags = integer(by, 1);
    return new_descriptor(std::move(made), (flags & TFD_CLOEXEC) != 0, (flags & TFD_NONBLOCK) != 0);
}

answer guest::do_timer(thread& by)
{
    const auto timer =
        std::dynamic_pointer_cast<timer_description>(look_up(by, integer(by, 0)).ours);
    if (!timer) return reply::failed(EINVAL);
    if (by.call.number == SYS_timerfd_gettime) by.of->its.put(by.call.with[1], timer->left());
    else set_timer(by, timer->clock(), *timer);
    return reply::of(0);
}

} // namespace badwire::guest
