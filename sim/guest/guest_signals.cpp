// Signals of guests: sent, waited for, and those that end the wait of a thread.
#include <cerrno>
#include <csignal>
#include <fstream>

#include <fmt/format.h>
#include <sys/syscall.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/thread_status.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {

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

// sigtimedwait(2): the signals are blocked, so that they stay pending until the kernel hands one over.
answer guest::do_signal_wait(thread& by)
{
    const auto& with = by.call.with;
    const auto wanted = by.of->its.get<std::uint64_t>(with[0]);
    const auto until =
        with[2] == 0 ? net::never : world_.now() + duration_of(by.of->its.get<timespec>(with[2]));
    return wait(by, {.attempt = [&by, wanted](bool timed_out) -> answer {
                         const auto masks = read_signal_masks(by.of->id, by.id);
                         if (((masks.own | masks.shared) & wanted) != 0) return reply::allow();
                         return timed_out ? answer(reply::failed(EAGAIN)) : answer();
                     },
                     .signals = wanted,
                     .until = until,
                     .what = [] { return std::string("a signal"); },
                     .is_sleep = true});
}

// A signal ends the wait of a thread that can take it: its call fails, or begins again, as the
// kernel knows from whether there is a handler, and how it was set. What is sent to a whole process
// goes to its first thread that can take it, as in the kernel, whether that waits or not.
void guest::look_at_signals(process& of)
{
    std::uint64_t taken = 0;
    for (thread* one : of.threads) {
        auto masks = read_signal_masks(of.id, one->id);
        if (one->is == thread::state::parked)
            masks.blocked = one->plan.blocked.value_or(masks.blocked);
        if (((masks.own | masks.shared) & one->plan.signals) != 0) one->wake();
        const auto deaf = masks.blocked | masks.without_effect();
        const auto takes = (masks.own | (masks.shared & ~taken)) & ~deaf;
        taken |= takes | (masks.shared & ~masks.blocked);
        // In the kernel it may have taken the signal already, and stand still with it.
        const bool woken = takes != 0 || !masks.sleeps;
        if (one->is == thread::state::in_kernel && woken && !one->scheduled())
            world_.queue().schedule_now(*one);
        if (takes == 0) continue;
        if (one->is == thread::state::stands &&
            one->slices > 0) { // it computes: not only at its next turn
            world_.queue().unschedule(*one);
            world_.queue().schedule_now(*one);
        }
        // What it waits for may have come just before.
        if (one->is != thread::state::parked || one->scheduled()) continue;
        if (of.threads.size() > 1 && (takes & ~masks.own) != 0) nudge(*one, masks);
        interrupt(*one, (takes & masks.handled) != 0);
    }
}

// What is sent to a whole process the kernel has given to one of its threads to look at, not always to this
// one. A signal of its own that it does not know makes it look.
void guest::nudge(thread& which, const signal_masks& masks)
{
    const auto known = masks.own | masks.shared | masks.blocked | masks.ignored | masks.handled;
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
        if ((known & bit_of(number)) != 0) continue;
        which.nudge = number;
        syscall(SYS_tgkill, which.of->id, which.id, number);
        return;
    }
}

void guest::interrupt(thread& by, bool handled)
{
    constexpr int begin_again = 512;           // ERESTARTSYS
    constexpr int begin_again_unhandled = 514; // ERESTARTNOHAND
    const bool fails_if_handled = by.plan.is_sleep || by.plan.until != net::never;
    if (!handled) by.interrupted.emplace(by.call, by.plan.until);
    if (by.plan.interrupted) by.plan.interrupted();
    const bool for_kernel = by.plan.blocked.has_value();
    end_wait(by);
    by.pending = for_kernel ? reply::allow()
                            : reply::failed(fails_if_handled ? begin_again_unhandled : begin_again);
    by.is = thread::state::answered;
    if (!by.scheduled()) world_.queue().schedule_now(by);
}

} // namespace badwire::guest
