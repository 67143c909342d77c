// Threads of a guest that are parked in a call, and what ends that: a change, the time, a signal.
#include <fstream>

#include <fmt/format.h>

#include "sim/guest/epoll_description.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/signal_masks.hpp"

namespace badwire::guest {

signal_masks read_signal_masks(pid_t process, pid_t thread)
{
    signal_masks found;
    std::ifstream lines(fmt::format("/proc/{}/task/{}/status", process, thread));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("State:\tS")) found.sleeps = true;
        for (const auto& [name, mask] : {std::pair{"SigPnd:", &found.own},
                                         {"ShdPnd:", &found.shared},
                                         {"SigBlk:", &found.blocked},
                                         {"SigCgt:", &found.handled}})
            if (line.starts_with(name)) *mask = std::strtoull(line.c_str() + 7, nullptr, 16);
    }
    return found;
}

answer guest::wait(thread& which, wait_plan plan)
{
    if (const auto& before = which.interrupted; before &&
                                                before->first.number == which.call.number &&
                                                before->first.with == which.call.with)
        plan.until = before->second;
    if (plan.until <= world_.now()) {
        if (answer at_once = plan.attempt(true)) return at_once;
    } else if (answer at_once = plan.attempt(false)) {
        return at_once;
    }
    which.plan = std::move(plan);
    which.is = thread::state::parked;
    which.timed_out = false;
    which.since = world_.now();
    for (const interest& one : which.plan.on) one.in->observe(which);
    if (which.plan.until != net::never) which.timeout.set(which.plan.until);
    parked_.push_back(&which);
    return {};
}

answer guest::wait_at(thread& which, std::shared_ptr<description> in, short events,
                      std::optional<net::duration> most, std::function<answer(bool)> attempt)
{
    return wait(which, {.attempt = std::move(attempt),
                        .on = {{in, events}},
                        .until = most ? world_.now() + *most : net::never,
                        .what = [in, events] { return in->awaited(events); }});
}

void guest::end_wait(thread& which)
{
    for (const interest& one : which.plan.on) one.in->forget(which);
    which.timeout.stop();
    which.plan = {};
    std::erase(parked_, &which);
}

// Only what the program itself does makes the kernel's things ready.
void guest::look_at_kernel()
{
    for (const auto& some : epolls_)
        if (const auto still = some.lock()) still->look();
    for (thread* one : parked_)
        for (const kernel_interest& wanted : one->plan.on_kernel)
            if (wanted.in.ready(wanted.events) != 0) one->wake();
}

// A signal ends the wait of a thread that can take it: its call fails, or begins again, as the
// kernel knows from whether there is a handler, and how it was set. What is sent to a whole process
// goes to its first thread that can take it, as in the kernel, whether that waits or not.
void guest::look_at_signals(process& of)
{
    std::uint64_t taken = 0;
    for (thread* one : of.threads) {
        const auto masks = read_signal_masks(of.id, one->id);
        const auto takes = (masks.own | (masks.shared & ~taken)) & ~masks.blocked;
        taken |= takes | (masks.shared & ~masks.blocked);
        // In the kernel it may have taken the signal already, and stand still with it.
        const bool woken = takes != 0 || !masks.sleeps;
        if (one->is == thread::state::in_kernel && woken && !one->scheduled())
            world_.queue().schedule_now(*one);
        if (takes == 0) continue;
        if (one->is == thread::state::parked) interrupt(*one, (takes & masks.handled) != 0);
    }
}

void guest::interrupt(thread& by, bool handled)
{
    constexpr int begin_again = 512;           // ERESTARTSYS
    constexpr int begin_again_unhandled = 514; // ERESTARTNOHAND
    const bool fails_if_handled = by.plan.is_sleep || by.plan.until != net::never;
    if (!handled) by.interrupted.emplace(by.call, by.plan.until);
    if (by.plan.interrupted) by.plan.interrupted();
    end_wait(by);
    by.pending = reply::failed(fails_if_handled ? begin_again_unhandled : begin_again);
    by.is = thread::state::answered;
    if (!by.scheduled()) world_.queue().schedule_now(by);
}

} // namespace badwire::guest
