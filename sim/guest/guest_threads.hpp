// guest_threads.hpp: the threads and processes of a guest, as the world sees them.
#pragma once

#include "sim/guest/guest.hpp"
#include "sim/guest/interval_timer.hpp"

namespace badwire::guest {

/// A timer that sends signals.
struct signal_timer {
    signal_timer(int by_clock, int sends, pid_t to, std::uint64_t with, sim::world& in,
                 std::function<void()> passes)
        : clock(by_clock), signal(sends), thread(to), value(with), timer(in, std::move(passes))
    {
    }
    int clock;
    int signal;   // 0: none
    pid_t thread; // as the program sees it; 0: to the whole process
    std::uint64_t value;
    int overrun = 0; // how many times it passed while the last signal was pending
    interval_timer timer;
};

struct process {
    pid_t id = 0;
    pid_t own = 0; // its number as the program sees it
    pid_t parent = 0;
    memory its;
    std::vector<thread*> threads{};          // in the order in which they began
    bool dying = false;                      // whole; its end has not been told yet
    std::map<pid_t, pid_t> unwaited{};       // children that have ended, and nobody has waited for
    std::unique_ptr<interval_timer> alarm{}; // its next SIGALRM
    std::map<int, signal_timer> timers{};    // by their ids
    int next_timer = 0;
    std::int64_t calls = 0; // that took time
    /// What its descriptors stand for, as far as known; forgotten when they are closed.
    std::unordered_map<int, std::shared_ptr<description>> ours{};
    std::unordered_map<int, struct stat> kernels{};
};

/// A thread goes on when this event fires.
struct thread final : sim::event, observer {
    enum class state { running, stands, called, answered, parked, in_kernel, waits_for_child };

    thread(guest& in, pid_t number, pid_t own_number, process& owner)
        : program(in), id(number), own(own_number), of(&owner), timeout(in.world_, *this)
    {
    }
    ~thread() override;

    void fire() override { program.resume(*this); }
    /// Something it waits for has changed.
    void changed() override { wake(); }
    void wake();
    void time_is_up();

    guest& program;
    pid_t id;
    pid_t own; // as the program sees it
    process* of;
    state is = state::stands;
    int signal = 0; // with which it goes on, where it stands
    trapped_call call{};
    reply pending{};
    wait_plan plan{};
    bool timed_out = false;
    net::time_point since{};
    std::optional<futex_place> futex{}; // that it waits for
    std::uint32_t futex_bits = 0;
    std::int64_t ran_before = 0; // nanoseconds on a core, when its last call was answered
    unsigned idle_calls = 0;     // one after the other, that brought nothing
    unsigned slices = 0;         // for which it has computed since
    bool spins = false;          // it has ever computed for so long that others went on
    unsigned asleep = 0;         // looks that found it waiting in the kernel
    enum class interruption { none, sent, late }; // late: it has called meanwhile
    interruption stops = interruption::none;
    pid_t awaited_child = 0;
    // A call that a signal interrupted and that begins again keeps its deadline.
    std::optional<std::pair<trapped_call, net::time_point>> interrupted{};
    int nudge = 0; // a signal that it was sent from here, which is nobody's
    /// What was changed in its memory for the sake of its call, to be put back once that is over.
    std::function<void()> bring_back{};
    sim::alarm<thread, &thread::time_is_up> timeout;
};

/// An argument of a thread's call that is an int, such as a descriptor.
inline int integer(const thread& by, std::size_t place)
{
    return static_cast<int>(by.call.with[place]);
}

} // namespace badwire::guest
