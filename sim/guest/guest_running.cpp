// The threads of a guest, one of which runs at a time: how they go on, and what becomes of them.
#include <csignal>
#include <fstream>

#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/thread_status.hpp"

namespace badwire::guest {
namespace {

// Whether a call brought nothing new: the time, or that there is nothing yet.
bool is_idle(const trapped_call& call, const reply& with)
{
    if (with.what == reply::kind::error) return with.value == EAGAIN;
    switch (call.number) {
    case SYS_clock_gettime:
    case SYS_gettimeofday:
    case SYS_time:
    case SYS_sched_yield: return true;
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_epoll_wait:
    case SYS_epoll_pwait: return with.value == 0;
    default: return false;
    }
}

// How long a call takes. Who asks again and again for what only time can bring, gets more of it at once,
// as long as nothing else happens meanwhile.
net::duration time_of_call(unsigned idle_before, net::duration until_next)
{
    constexpr net::duration usual = std::chrono::microseconds(1);
    constexpr unsigned patient = 20'000, step = 1000, most_doublings = 10;
    const unsigned doublings = idle_before < patient ? 0 : (idle_before - patient) / step;
    const net::duration grown = usual * (1U << std::min(doublings, most_doublings));
    return std::clamp(until_next, usual, grown);
}

} // namespace

void guest::stand(thread& which, int signal)
{
    which.is = thread::state::stands;
    which.signal = signal;
    if (!which.scheduled()) world_.queue().schedule_now(which);
}

// A thread goes on: from where it stands, or with the answer of its call, if that has come.
void guest::resume(thread& which)
{
    if (host_.holds(which)) return;
    switch (which.is) {
    case thread::state::stands:
        which.is = thread::state::running;
        tree_->go_on(which.id, std::exchange(which.signal, 0));
        break;
    case thread::state::answered: deliver(which, which.pending); break;
    case thread::state::in_kernel: which.is = thread::state::running; break;
    case thread::state::called:
        which.is = thread::state::running;
        running_ = &which;
        handle_call(which);
        if (running_ == nullptr) return after_step();
        break;
    case thread::state::parked: {
        const answer now = guarded([&] { return which.plan.attempt(which.timed_out); });
        if (!now) {
            look_for_signals_ = true; // one may have come meanwhile
            return after_step();      // it may have done a part
        }
        end_wait(which);
        deliver(which, *now);
        break;
    }
    default: return;
    }
    run_until_it_stands(which);
}

// What a call comes to where it names memory that is not there, or the system refuses.
answer guest::guarded(const std::function<answer()>& act)
{
    try {
        return act();
    } catch (const bad_address&) {
        return reply::failed(EFAULT);
    } catch (const std::system_error& failed) {
        return reply::failed(failed.code().value());
    } catch (const net::system_error& failed) {
        return reply::failed(failed.code().value());
    }
}

void guest::deliver(thread& to, const reply& with)
{
    to.is = thread::state::running;
    switch (with.what) {
    case reply::kind::value: tree_->answer(to.call, with.value); break;
    case reply::kind::error: {
        // What the kernel makes of a signal must not come to the program where there is none any more.
        const bool of_kernel = with.value >= 512;
        const bool pending = of_kernel && read_signal_masks(to.of->id, to.id).takes();
        tree_->fail(to.call, of_kernel && !pending ? EINTR : static_cast<int>(with.value));
        break;
    }
    case reply::kind::allow: tree_->allow(to.call); break;
    case reply::kind::descriptor:
        if (const int given = tree_->give(to.call, with.made->theirs(), with.close_on_exec);
            given < 0) {
            tree_->fail(to.call, -given);
        } else {
            descriptions_[with.made->inode()] = with.made;
            with.made->handed_over();
        }
    }
    to.pending = {}; // what it made is no longer held by it
}

void guest::let_happen(std::chrono::nanoseconds patience)
{
    std::visit([this](const auto& what) { happened(what); }, tree_->wait(patience));
}

void guest::run_until_it_stands(thread& which)
{
    running_ = &which;
    constexpr std::chrono::milliseconds look_every(4);
    while (!over_ && (running_ != nullptr || dying_ > 0)) let_happen(look_every);
    after_step();
}

// Processes that were killed end before anything else happens.
void guest::settle()
{
    constexpr std::chrono::milliseconds look_every(20);
    while (!over_ && dying_ > 0) let_happen(look_every);
}

void guest::happened(const trapped_call& call)
{
    thread* by = find(call.thread);
    if (by == nullptr) by = adopt(call.thread);
    if (by == nullptr) return;
    by->call = call;
    if (by->bring_back) std::exchange(by->bring_back, {})();
    by->slices = 0;
    by->ran_before = 0;
    by->asleep = 0;
    if (by->stops == thread::interruption::sent) by->stops = thread::interruption::late;
    if (by == running_) return handle_call(*by);
    by->is = thread::state::called; // it was in the kernel: its call waits for its turn
    if (!by->scheduled()) world_.queue().schedule_now(*by);
}

void guest::handle_call(thread& by)
{
    settle();
    if (over_ || running_ != &by) return;
    look_for_closed();
    const auto* const entry = call_table::find(by.call.number);
    answer given = guarded([&] { return (this->*entry->handler)(by); });
    if (!given) { // it waits, or still runs, or has ended
        if (running_ == &by && by.is != thread::state::running) running_ = nullptr;
        return;
    }
    by.interrupted.reset();
    net::duration time{0};
    // What the kernel is still to do, it can do now, but perhaps no longer later.
    if (by.of->threads.size() > 1 && given->what != reply::kind::allow) time = world_.lose_core();
    if (entry->takes_time) {
        ++by.of->calls;
        by.idle_calls = is_idle(by.call, *given) ? by.idle_calls + 1 : 0;
        time += time_of_call(by.idle_calls, world_.queue().next() - world_.now());
    }
    if (time.count() == 0) return deliver(by, *given);
    by.pending = std::move(*given);
    by.is = thread::state::answered;
    world_.queue().schedule(by, world_.now() + time);
    running_ = nullptr;
}

void guest::happened(const begun& what)
{
    thread* const parent = find(what.parent);
    if (parent == nullptr) return;
    thread& child = add_thread(what.child);
    stand(child);
    if (!what.parent_waits) return tree_->go_on(what.parent);
    parent->is = thread::state::waits_for_child;
    parent->awaited_child = what.child;
    if (parent == running_) running_ = nullptr;
}

// A process that was made so that nobody should trace it (CLONE_UNTRACED) shows when it calls first.
thread* guest::adopt(pid_t id) { return tree_->adopt(id) ? &add_thread(id) : nullptr; }

void guest::let_parent_go_on(pid_t child)
{
    for (const auto& [id, one] : threads_)
        if (one->is == thread::state::waits_for_child && one->awaited_child == child) stand(*one);
}

void guest::happened(const executed& what)
{
    thread* const by = find(what.process);
    if (by == nullptr) return;
    if (what.by != what.process) { // from now on it has the number of its process
        if (const auto former = threads_.find(what.by); former != threads_.end()) {
            std::erase(by->of->threads, former->second.get());
            threads_.erase(former);
        }
        end_wait(*by);
    }
    by->of->ours.clear();
    by->of->kernels.clear();
    by->of->timers.clear();
    look_at_all_ = true;
    prepare(*by->of);
    let_parent_go_on(what.process);
    by->is = thread::state::running;
    running_ = by;
    tree_->go_on(what.process);
}

void guest::happened(const signalled& what)
{
    thread* const by = find(what.thread);
    if (by == nullptr) return;
    if (by->bring_back) std::exchange(by->bring_back, {})();
    if (what.number == SIGSEGV && by == running_ &&
        process_tree::answer_cycle_counter(by->id, cycles()))
        return tree_->go_on(by->id);
    // What only had to make it look at the others.
    const int number = what.number == by->nudge ? 0 : what.number;
    if (number == 0) by->nudge = 0;
    if (by == running_) return tree_->go_on(by->id, number);
    stand(*by, number);
}

void guest::happened(const stopped& what)
{
    thread* const by = find(what.thread);
    if (by == nullptr) return;
    const auto was = std::exchange(by->stops, thread::interruption::none);
    if (by != running_) return stand(*by);
    if (was != thread::interruption::sent) return tree_->go_on(by->id); // late, or after SIGCONT
    // It computes: others may go on meanwhile, later and later if nothing comes of it.
    computed_long_ = true;
    constexpr unsigned most_doublings = 10;
    const auto slice =
        std::chrono::milliseconds(10) * (1U << std::min(by->slices++, most_doublings));
    by->is = thread::state::stands;
    by->signal = 0;
    world_.queue().schedule(*by, world_.now() + slice);
    running_ = nullptr;
}

void guest::happened(const ended& what)
{
    thread* const by = find(what.thread);
    if (by == nullptr) return;
    process& of = *by->of;
    if (by == running_) running_ = nullptr;
    if (WIFSIGNALED(what.status)) dies(of);
    std::erase(parked_, by);
    std::erase(of.threads, by);
    threads_.erase(what.thread);
    wake_futexes_that_changed(of);
    look_at_all_ = true;
    if (of.threads.empty()) process_ended(of, what.status);
}

// All of it ends, which the threads will tell one by one.
void guest::dies(process& which)
{
    if (!std::exchange(which.dying, true)) ++dying_;
}

// How long a thread may compute before others go on meanwhile: as long as may be, for what it does
// then takes no virtual time; but another thread may be what it waits for without a call.
std::chrono::nanoseconds guest::patience_with(const thread& by)
{
    if (by.spins) return std::chrono::milliseconds(5);
    if (by.of->threads.size() > 1) return std::chrono::milliseconds(100);
    return std::chrono::seconds(2);
}

// It has run for a while without a call: it computes, or waits for what nobody here knows.
void guest::happened(const silence&)
{
    if (running_ == nullptr) return;
    if (tree_->empty()) {
        running_ = nullptr;
        return;
    }
    thread& by = *running_;
    const std::string folder = fmt::format("/proc/{}/task/{}", by.of->id, by.id);
    std::int64_t on_core = 0;
    std::ifstream(folder + "/schedstat") >> on_core;
    if (by.ran_before == 0) by.ran_before = on_core;
    const auto ran = std::chrono::nanoseconds(on_core - by.ran_before);
    if (ran >= patience_with(by)) {
        by.ran_before = on_core;
        by.stops = thread::interruption::sent;
        by.spins = true;
        tree_->interrupt(by.id);
        return;
    }
    constexpr unsigned most_looks = 1250; // 5 s
    if (ran.count() > 0) by.asleep = 0;
    if (++by.asleep < most_looks) return;
    std::string call;
    std::getline(std::ifstream(folder + "/syscall"), call);
    give_up(
        fmt::format("a thread of it waits in a way that virtual time does not know (system call "
                    "{}); run this scenario on relay or direct",
                    call.substr(0, call.find(' '))));
}

void guest::process_ended(process& which, int status)
{
    const pid_t id = which.id;
    const pid_t own = which.own;
    const pid_t parent = which.parent;
    if (id == root_) status_ = status;
    if (which.dying) --dying_;
    let_parent_go_on(id);
    processes_.erase(id);
    if (const auto above = processes_.find(parent); above != processes_.end()) {
        above->second->unwaited.emplace(own, id);
        for (thread* one : above->second->threads) one->wake();
        look_for_signals_ = true;
    }
}

void guest::tell_output()
{
    if (const auto text = streams_.take_output(); !text.empty()) options_.output(text);
    if (const auto text = streams_.take_errors(); !text.empty()) options_.errors(text);
}

void guest::after_step()
{
    look_for_closed();
    tell_output();
    streams_.push();
    if (over_) return;
    look_at_kernel();
    world_.let_others_look(*this);
    if (std::exchange(look_for_signals_, false))
        for (const auto& [id, one] : processes_) look_at_signals(*one);
    if (!status_ || running_ != nullptr) return;
    // What it has left running ends with it, as in a process group of its own.
    finish([ended = options_.ended, status = *status_] { ended(status); });
}

// Nothing runs any more; what it had open closes, as when a process ends. Not at once: this may be asked
// for by whom it just told what it printed.
void guest::finish(std::function<void()> tell)
{
    over_ = true;
    tree_->kill_all();
    world_.post([this, lives = std::weak_ptr(lives_), tell = std::move(tell)] {
        if (lives.expired()) return;
        release();
        tell();
    });
}

void guest::release()
{
    running_ = nullptr;
    parked_.clear();
    threads_.clear();
    processes_.clear();
    descriptions_.clear();
}

void guest::give_up(const std::string& why)
{
    if (over_) return;
    finish([tell = options_.gave_up, ended = options_.ended, why] {
        tell(why);
        ended(SIGKILL);
    });
}

} // namespace badwire::guest
