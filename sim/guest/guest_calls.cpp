// The table of calls: those that stop, and those that are refused. All others run at full speed.
#include "sim/guest/guest.hpp"

#include <algorithm>
#include <array>

#include <sys/syscall.h>

namespace badwire::guest {

#define CALL(name, handler)                                                                        \
    {                                                                                              \
        SYS_##name, &guest::handler                                                                \
    }
#define SLOW(name, handler)                                                                        \
    {                                                                                              \
        SYS_##name, &guest::handler, true                                                          \
    } // takes virtual time
#define REFUSED(name)                                                                              \
    {                                                                                              \
        SYS_##name, nullptr                                                                        \
    }
const call_table::entry call_table::table_[] = {
    // descriptors
    CALL(read, do_read),
    CALL(readv, do_read),
    CALL(write, do_write),
    CALL(writev, do_write),
    CALL(close, do_close),
    CALL(close_range, do_close_range),
    CALL(dup, do_dup),
    CALL(dup2, do_dup),
    CALL(dup3, do_dup),
    CALL(fcntl, do_fcntl),
    CALL(flock, do_file_lock),
    CALL(ioctl, do_ioctl),
    CALL(open, do_open),
    CALL(openat, do_open),
    CALL(sendfile, do_sendfile),
    CALL(splice, do_sendfile),
    // sockets
    SLOW(socket, do_socket),
    SLOW(bind, do_bind),
    SLOW(connect, do_connect),
    SLOW(listen, do_listen),
    SLOW(accept, do_accept),
    SLOW(accept4, do_accept),
    SLOW(shutdown, do_shutdown),
    CALL(getsockname, do_name),
    CALL(getpeername, do_name),
    CALL(getsockopt, do_getsockopt),
    CALL(setsockopt, do_setsockopt),
    SLOW(sendto, do_send),
    SLOW(sendmsg, do_send),
    SLOW(sendmmsg, do_send_many),
    SLOW(recvfrom, do_receive),
    SLOW(recvmsg, do_receive),
    SLOW(recvmmsg, do_receive_many),
    // waiting for several
    SLOW(poll, do_poll),
    SLOW(ppoll, do_poll),
    SLOW(select, do_select),
    SLOW(pselect6, do_select),
    CALL(epoll_create, do_epoll_create),
    CALL(epoll_create1, do_epoll_create),
    CALL(epoll_ctl, do_epoll_ctl),
    SLOW(epoll_wait, do_epoll_wait),
    SLOW(epoll_pwait, do_epoll_wait),
    SLOW(epoll_pwait2, do_epoll_wait),
    // time
    SLOW(clock_gettime, do_clock),
    SLOW(gettimeofday, do_clock),
    SLOW(time, do_clock),
    SLOW(times, do_clock),
    SLOW(getrusage, do_clock),
    SLOW(nanosleep, do_sleep),
    SLOW(clock_nanosleep, do_sleep),
    CALL(alarm, do_alarm),
    CALL(setitimer, do_alarm),
    CALL(getitimer, do_alarm),
    CALL(timer_create, do_signal_timer_create),
    CALL(timer_settime, do_signal_timer),
    CALL(timer_gettime, do_signal_timer),
    CALL(timer_getoverrun, do_signal_timer),
    CALL(timer_delete, do_signal_timer),
    CALL(timerfd_create, do_timer_create),
    CALL(timerfd_settime, do_timer),
    CALL(timerfd_gettime, do_timer),
    // threads and processes
    CALL(futex, do_futex),
    CALL(wait4, do_wait),
    CALL(waitid, do_wait),
    CALL(kill, do_kill),
    CALL(tkill, do_kill),
    CALL(tgkill, do_kill),
    CALL(rt_sigqueueinfo, do_kill),
    CALL(rt_tgsigqueueinfo, do_kill),
    CALL(pause, do_suspend),
    CALL(rt_sigsuspend, do_suspend),
    CALL(rt_sigtimedwait, do_signal_wait),
    SLOW(sched_yield, do_yield),
    CALL(sched_getaffinity, do_affinity),
    CALL(exit_group, do_exit),
    CALL(getrandom, do_random),
    // what virtual time does not know
    REFUSED(io_uring_setup),
    REFUSED(mq_open),
    REFUSED(msgget),
    REFUSED(semget),
    REFUSED(vmsplice),
    REFUSED(tee),
    REFUSED(ptrace),
    REFUSED(seccomp),
    REFUSED(pidfd_open),
    REFUSED(pidfd_getfd),
    REFUSED(futex_waitv),
    REFUSED(process_vm_readv),
    REFUSED(process_vm_writev),
    REFUSED(userfaultfd),
};

#undef CALL
#undef SLOW
#undef REFUSED

std::span<const call_table::entry> call_table::all() { return table_; }

const call_table::entry* call_table::find(int number)
{
    static const auto by_number = [] {
        std::array<const entry*, 512> made{};
        for (const entry& one : all()) made.at(static_cast<std::size_t>(one.number)) = &one;
        return made;
    }();
    return by_number.at(static_cast<std::size_t>(number));
}

} // namespace badwire::guest
