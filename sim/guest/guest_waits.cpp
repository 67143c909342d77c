// Threads of a guest that are parked in a call, and what ends that: a change, the time, a signal.
#include "sim/guest/epoll_description.hpp"
#include "sim/guest/guest_threads.hpp"

namespace badwire::guest {

// A call that a signal interrupted, and that begins again, keeps its deadline.
net::time_point guest::deadline_of(const thread& which, net::time_point asked)
{
    const auto& before = which.interrupted;
    const bool again = before && before->first.number == which.call.number &&
                       before->first.with == which.call.with;
    return again ? before->second : asked;
}

answer guest::wait(thread& which, wait_plan plan)
{
    plan.until = deadline_of(which, plan.until);
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
    if (which.plan.waits_outside()) ++waits_outside_;
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
    if (which.plan.waits_outside()) --waits_outside_;
    which.plan = {};
    std::erase(parked_, &which);
}

// Only what the program itself does makes the kernel's things ready.
void guest::look_at_kernel()
{
    for (const auto& some : epolls_)
        if (const auto still = some.lock()) still->look();
    for (thread* one : parked_) {
        for (const kernel_interest& wanted : one->plan.on_kernel)
            if (wanted.in.ready(wanted.events) != 0) one->wake();
        if (one->plan.kernel_lets && one->plan.kernel_lets()) one->wake();
    }
}

} // namespace badwire::guest
