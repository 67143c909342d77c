// Signals that are waited for, and timers that send them.
#include "harness/parity/case.hpp"

#include <ctime>
#include <sys/signalfd.h>
#include <sys/syscall.h>

namespace parity {
namespace {

sigset_t set_of(std::initializer_list<int> signals)
{
    sigset_t made;
    sigemptyset(&made);
    for (const int one : signals) sigaddset(&made, one);
    return made;
}

sigset_t blocked(std::initializer_list<int> signals)
{
    const sigset_t made = set_of(signals);
    pthread_sigmask(SIG_BLOCK, &made, nullptr);
    return made;
}

timespec milliseconds(long count) { return {count / 1000, count % 1000 * 1'000'000}; }

void signals_waited_for()
{
    const sigset_t set = blocked({SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD});
    std::thread later([] {
        rest(30);
        kill(getpid(), SIGUSR2);
        rest(30);
        kill(getpid(), SIGUSR1);
    });
    int got = 0;
    say("sigwait", sigwait(&set, &got));
    say("which", got == SIGUSR2);
    siginfo_t about{};
    say("sigwaitinfo", sigwaitinfo(&set, &about) == SIGUSR1);
    say("of itself", about.si_pid == getpid());
    later.join();
    const timespec soon = milliseconds(30), none{};
    say("too late", sigtimedwait(&set, &about, &soon));
    say("none", sigtimedwait(&set, &about, &none));
    alarm(1);
    say("alarm", sigwaitinfo(&set, &about) == SIGALRM);
    const pid_t child = fork();
    if (child == 0) _exit(7);
    say("child", sigwaitinfo(&set, &about) == SIGCHLD);
    say("its status", about.si_pid == child && about.si_status == 7);
    say("wait", waitpid(child, nullptr, 0) == child);
    raise(SIGUSR1);
    say("pending before", sigtimedwait(&set, &about, &none) == SIGUSR1);
    const sigset_t other = set_of({SIGUSR1});
    std::signal(SIGINT, [](int) {});
    std::thread disturbs([self = pthread_self()] {
        rest(30);
        pthread_kill(self, SIGINT);
    });
    say("interrupted", sigwaitinfo(&other, &about));
    disturbs.join();
}

void signals_read()
{
    const sigset_t set = blocked({SIGUSR1, SIGALRM});
    const int read_here = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    signalfd_siginfo about{};
    say("nothing yet", read(read_here, &about, sizeof about));
    say("poll", polled(read_here));
    const int waits = epoll_create1(0);
    epoll_event wanted{EPOLLIN, {.fd = read_here}};
    epoll_ctl(waits, EPOLL_CTL_ADD, read_here, &wanted);
    alarm(1);
    epoll_event found{};
    say("epoll", epoll_wait(waits, &found, 1, 5000));
    say("read", read(read_here, &about, sizeof about));
    say("signal", about.ssi_signo == SIGALRM);
    std::thread later([] {
        rest(30);
        kill(getpid(), SIGUSR1);
    });
    say("poll", polled(read_here, 1000));
    later.join();
    const int waiting = signalfd(-1, &set, 0);
    say("read", read(waiting, &about, sizeof about));
    say("signal", about.ssi_signo == SIGUSR1);
}

timer_t timer_that(int notify, int value)
{
    sigevent how{};
    how.sigev_notify = notify;
    how.sigev_signo = SIGRTMIN;
    how.sigev_value.sival_int = value;
    if (notify == SIGEV_THREAD)
        how.sigev_notify_function = [](sigval given) { say("in a thread", given.sival_int); };
    timer_t made{};
    say("create", timer_create(CLOCK_MONOTONIC, &how, &made));
    return made;
}

void timers_that_send()
{
    const sigset_t set = blocked({SIGRTMIN});
    siginfo_t about{};
    const timer_t timer = timer_that(SIGEV_SIGNAL, 42);
    const itimerspec twice{milliseconds(30), milliseconds(20)};
    timer_settime(timer, 0, &twice, nullptr);
    for (int i = 0; i < 2; ++i) {
        say("signal", sigwaitinfo(&set, &about) == SIGRTMIN);
        say("by a timer", about.si_code == SI_TIMER);
        say("value", about.si_value.sival_int);
    }
    rest(100); // three more, of which the kernel sends one
    say("signal", sigwaitinfo(&set, &about) == SIGRTMIN);
    say("overrun", timer_getoverrun(timer) >= 1);
    itimerspec left{};
    timer_gettime(timer, &left);
    say("left", left.it_interval.tv_nsec == 30'000'000 && left.it_value.tv_nsec > 0);
    say("delete", timer_delete(timer));
    say("delete again", timer_delete(timer));
    const timespec soon = milliseconds(100);
    say("no more", sigtimedwait(&set, &about, &soon));
    const timer_t other = timer_that(SIGEV_THREAD, 7);
    const itimerspec once{{}, milliseconds(20)};
    timer_settime(other, 0, &once, nullptr);
    rest(100);
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const timer_t third = timer_that(SIGEV_SIGNAL, 1);
    const itimerspec at{{}, {now.tv_sec + 1, now.tv_nsec}};
    timer_settime(third, TIMER_ABSTIME, &at, nullptr);
    say("at that time", sigwaitinfo(&set, &about) == SIGRTMIN);
}

} // namespace

case_table signal_cases()
{
    return {{"signals_read", signals_read},
            {"signals_waited_for", signals_waited_for},
            {"timers_that_send", timers_that_send}};
}

} // namespace parity
