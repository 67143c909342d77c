// guest.hpp: anybody's program, unmodified, in a virtual world: its processes and threads, one of
// which runs at a time, and what the world answers to their system calls.
//
// A thread that is to go on is an event of the world. When it fires, the thread runs on a real core
// until its next call that matters; a call that has to wait parks the thread, until another event
// lets it go on. Cores are infinitely fast, but each network, clock and console call takes its thread
// 1 µs of virtual time. The world's thread.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <time.h>

#include "impl/net/metrics.hpp"
#include "sim/guest/description.hpp"
#include "sim/guest/kernel_object.hpp"
#include "sim/guest/memory.hpp"
#include "sim/guest/process_tree.hpp"
#include "sim/guest/standard_streams.hpp"
#include "sim/virtual/operation.hpp"

namespace badwire::guest {

struct guest_options {
    std::filesystem::path executable;
    std::vector<std::string> words;
    std::vector<std::string> env; // NAME=VALUE
    std::filesystem::path folder;
    std::uint64_t seed = 1;           // of all randomness it asks for
    std::chrono::sys_seconds date{};  // that its calendar shows when the world begins
    std::vector<std::string> names{}; // of hosts that stand for 127.0.0.1, besides localhost
    int first_number = 2;             // of its processes
    bool takes_input = false;         // else its standard input is /dev/null
    bool terminal = false;            // its standard input and output are one
    std::function<void(std::string_view)> output;
    std::function<void(std::string_view)> errors;
    std::function<void(int status)> ended; // as wait(2) gives it; nothing of it is left
    /// It does what virtual time does not know: said once; it is killed then.
    std::function<void(std::string why)> gave_up;
};

struct thread;
struct process;
struct signal_masks;
class epoll_description;

/// What a call is answered with.
struct reply {
    enum class kind { value, error, allow, descriptor };
    kind what = kind::value;
    std::int64_t value = 0;              // or errno
    std::shared_ptr<description> made{}; // for a new descriptor
    bool close_on_exec = false;

    static reply of(std::int64_t value) { return {kind::value, value}; }
    static reply failed(int error) { return {kind::error, error}; }
    static reply of_errno(int error) { return {error == 0 ? kind::value : kind::error, error}; }
    /// The kernel carries it out.
    static reply allow() { return {kind::allow}; }
};

/// Nothing: the thread has been parked, or goes on by itself.
using answer = std::optional<reply>;

/// Where in its memory a call puts what it learns besides the contents.
struct message {
    std::uint64_t name = 0;                      // struct sockaddr, or 0
    std::uint64_t size_at = 0;                   // its length
    std::uint64_t header = 0;                    // struct msghdr, or 0
    std::uint64_t control = 0, control_room = 0; // for struct cmsghdr, one after the other
};

/// What a parked thread waits for.
struct interest {
    std::shared_ptr<description> in;
    short events = 0;
};
struct kernel_interest {
    kernel_object in;
    short events = 0;
};
struct wait_plan {
    std::function<answer(bool timed_out)> attempt; // nothing: not yet
    std::vector<interest> on{};
    std::vector<kernel_interest> on_kernel{};
    std::function<bool()>
        kernel_lets{};         // asked after each step: the kernel makes it wait no longer
    std::uint64_t signals = 0; // one of these that is pending, as signal_masks has them
    std::optional<std::uint64_t> blocked{}; // signals, instead of those that the thread blocks
    net::time_point until = net::never;
    std::function<std::string()> what{}; // for people
    bool is_sleep = false;               // a signal that is handled ends it always
    std::function<void()> interrupted{}; // by a signal

    /// What other programs may change: locks on files, sockets and pipes with a name.
    bool waits_outside() const
    {
        return kernel_lets || std::ranges::any_of(on_kernel, [](const kernel_interest& one) {
                   return one.in.is_shared();
               });
    }
};

/// The word that a lock is, whichever process sees it.
struct futex_place {
    std::uint64_t owner = 0, device = 0, word = 0; // a process, or a file
    bool operator==(const futex_place&) const = default;
};

class guest final : private sim::bystander {
public:
    /// Starts it; it first runs as an event of the world. Throws std::system_error where it cannot.
    guest(sim::host& of, guest_options options);
    ~guest();

    void type(std::string_view text);
    void end_input();
    void signal(int number);
    void kill();
    std::vector<sim::waiting> waits_for() const;
    /// That a thread of it computes, with nobody beside it who could be what it waits for; or empty.
    std::string computes() const;
    /// That what it did depends on how fast it computes; or empty.
    std::string depends_on_machine() const
    {
        return computed_long_ ? "a thread of it computed so long without a call that others went on"
                              : "";
    }
    /// The connections that are over, in the words of net::metrics: "served" and "made".
    std::string requests() const { return requests_.json(); }

    using handler = answer (guest::*)(thread&);

private:
    friend struct thread;

    // Running.
    void resume(thread& which);
    static answer guarded(const std::function<answer()>& act);
    void deliver(thread& to, const reply& with);
    void run_until_it_stands(thread& which);
    void let_happen(std::chrono::nanoseconds patience);
    void happened(const trapped_call& call);
    void happened(const begun& what);
    void happened(const executed& what);
    void happened(const signalled& what);
    void happened(const ended& what);
    void happened(const stopped& what);
    void happened(const silence&);
    void handle_call(thread& by);
    static std::chrono::nanoseconds patience_with(const thread& by);
    void settle();
    void let_parent_go_on(pid_t child);
    void tell_output();
    void after_step();
    void give_up(const std::string& why);
    void finish(std::function<void()> tell);
    void release();
    thread& add_thread(pid_t id);
    thread* adopt(pid_t id);
    thread* find(pid_t id);
    thread* find_own(pid_t own);
    std::uint64_t cycles();
    void stand(thread& which, int signal = 0);
    void process_ended(process& which, int status);
    void dies(process& which);
    void prepare(const process& which);

    // Waiting.
    answer wait(thread& which, wait_plan plan);
    static net::time_point deadline_of(const thread& which, net::time_point asked);
    /// At one description, for so long at most.
    answer wait_at(thread& which, std::shared_ptr<description> in, short events,
                   std::optional<net::duration> most, std::function<answer(bool)> attempt);
    void end_wait(thread& which);
    void look_at_signals(process& of);
    void interrupt(thread& by, bool handled);
    static void nudge(thread& which, const signal_masks& masks);
    void look_at_kernel();
    void look_again() override
    {
        if (waits_outside_ > 0) look_at_kernel();
    }

    // Descriptors.
    struct target {
        std::shared_ptr<description> ours; // or
        std::optional<struct stat> kernel;
        bool output = false, errors = false;
    };
    target look_up(thread& by, int descriptor);
    std::shared_ptr<socket_description> socket_of(thread& by, int descriptor);
    answer new_descriptor(std::shared_ptr<description> made, bool close_on_exec, bool never_blocks);
    void forget_descriptor(thread& by, int descriptor);
    void note_close(const target& what);
    void look_for_closed();

    // Calls, by subject.
    answer do_read(thread&);
    answer do_write(thread&);
    answer do_close(thread&);
    answer do_close_range(thread&);
    answer do_dup(thread&);
    answer do_fcntl(thread&);
    answer do_ioctl(thread&);
    answer do_open(thread&);
    answer do_sendfile(thread&);
    answer do_socket(thread&);
    answer do_bind(thread&);
    answer do_connect(thread&);
    answer do_listen(thread&);
    answer do_accept(thread&);
    answer do_shutdown(thread&);
    answer do_name(thread&);
    answer do_getsockopt(thread&);
    answer do_setsockopt(thread&);
    answer do_send(thread&);
    answer do_receive(thread&);
    answer do_send_many(thread&);
    answer do_receive_many(thread&);
    answer do_poll(thread&);
    answer do_select(thread&);
    answer do_epoll_create(thread&);
    answer do_epoll_ctl(thread&);
    answer do_epoll_wait(thread&);
    answer do_clock(thread&);
    answer do_sleep(thread&);
    answer do_futex(thread&);
    answer do_file_lock(thread&);
    answer do_wait(thread&);
    answer do_kill(thread&);
    answer do_suspend(thread&);
    answer do_signal_wait(thread&);
    answer do_alarm(thread&);
    answer do_signal_timer_create(thread&);
    answer do_signal_timer(thread&);
    answer do_timer_create(thread&);
    answer do_timer(thread&);
    answer do_random(thread&);
    answer do_affinity(thread&);
    answer do_yield(thread&);
    answer do_exit(thread&);

    struct polled;
    answer wait_for_any(thread&, std::vector<polled> all, net::time_point until,
                        std::function<void(const std::vector<short>&)> tell);
    std::function<answer(bool no_longer)> reception(const thread& by,
                                                    const std::shared_ptr<socket_description>& at,
                                                    buffers into, int flags, const message& to);
    answer transfer_in(thread&, int descriptor, buffers into, int flags, const message& about);
    answer with_mask(thread& by, std::uint64_t mask_at, answer begun,
                     std::function<std::function<void()>()> hide);
    answer transfer_out(thread&, int descriptor, const buffers& from, int flags,
                        const std::optional<address>& to,
                        std::optional<std::uint8_t> traffic_class = {});
    answer allow_when_ready(thread&, int descriptor, short events, bool never_blocks);
    answer allow_socket_call(thread&, int descriptor, short events, bool never_blocks);
    answer write_in_pieces(thread&, int descriptor, const buffers& from);
    answer write_out(thread&, const buffers& from, bool errors);
    answer broken_pipe(thread&, int flags);
    answer read_timer(thread&, const std::shared_ptr<description>& timer, buffers into);
    std::vector<std::byte> random_bytes(std::size_t count);
    std::string substitute_for(const std::string& path);
    static bool is_random(const std::string& path);
    answer open_fifo(thread& by, const std::string& path, int flags);
    answer send_file(thread& by, const std::shared_ptr<socket_description>& to);
    void send_timer_signal(process& of, int id);
    template <typename Timer>
    void set_timer(thread& by, int clock, Timer& timer);
    net::duration shown_by(int clock) const;
    net::time_point when_shown(int clock, net::duration time) const;
    futex_place place_of(const thread& by, std::uint64_t address, bool own) const;
    static std::function<bool(pid_t own, pid_t id)> child_filter(const thread& by, bool by_id,
                                                                 pid_t which);
    answer wait_for_futex(thread& by, const futex_place& at, std::uint32_t bits,
                          net::time_point until);
    answer wake_at(thread& by, int what, const futex_place& at, bool own);
    answer lock(thread& by, int what, const futex_place& at);
    net::time_point deadline(const thread& by, int clock, bool absolute) const;
    std::int64_t wake_futexes(const futex_place& at, std::uint32_t bits, std::uint64_t most);
    std::int64_t move_futexes(const futex_place& from, const futex_place& to, std::uint64_t most);
    void wake_futexes_that_changed(const process& of);

    friend struct call_table;

    sim::host& host_;
    sim::world& world_;
    guest_options options_;
    std::mt19937_64 random_;
    standard_streams streams_;
    net::metrics requests_;
    std::unique_ptr<process_tree> tree_;
    std::map<pid_t, std::unique_ptr<process>> processes_;
    std::map<pid_t, std::unique_ptr<thread>> threads_;
    std::map<ino_t, std::shared_ptr<description>> descriptions_;
    std::vector<std::weak_ptr<epoll_description>> epolls_;
    std::vector<thread*> parked_; // in the order in which they parked
    unsigned waits_outside_ = 0;  // of them, for what other programs may change
    thread* running_ = nullptr;
    pid_t root_ = 0;
    std::uint64_t cycles_read_ = 0;
    unsigned dying_ = 0;                             // processes
    std::set<std::pair<dev_t, ino_t>> random_files_; // what /dev/urandom is to it
    bool look_at_all_ = false;                       // descriptions, for those that were closed
    std::vector<ino_t> maybe_closed_;
    bool look_for_signals_ = false;
    bool computed_long_ = false;  // a thread of it
    std::optional<int> status_{}; // of the first process
    bool over_ = false;
    std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);
};

/// One call that stops: its number and handler, and whether it takes time.
struct call_table {
    struct entry {
        int number;
        guest::handler handler; // none: refused with ENOSYS
        bool takes_time = false;
    };
    static std::span<const entry> all();
    static const entry* find(int number);

private:
    static const entry table_[];
};

} // namespace badwire::guest
