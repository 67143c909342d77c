// Children, signals, and descriptors that several have.
#include "harness/parity/case.hpp"

namespace parity {
namespace {

std::atomic<int> children{0};

void fork_per_client()
{
    struct sigaction on_child {};
    on_child.sa_handler = [](int) {
        while (waitpid(-1, nullptr, WNOHANG) > 0) ++children;
    };
    on_child.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &on_child, nullptr);
    const int listener = listening();
    const int port = port_of(listener);
    std::fflush(stdout);
    const pid_t clients = fork();
    if (clients == 0) {
        for (int i = 0; i < 3; ++i) {
            const int client = connected_to(port);
            sent(client, "hello");
            std::printf("client got %s\n", received(client).c_str());
            std::fflush(stdout);
            close(client);
            rest(20);
        }
        _exit(0);
    }
    for (int i = 0; i < 3; ++i) {
        const int client = accept(listener, nullptr, nullptr);
        say("accept", client >= 0 ? "yes" : strerrorname_np(errno));
        std::fflush(stdout);
        if (fork() == 0) {
            close(listener);
            const std::string text = received(client);
            sent(client, text + text);
            _exit(0);
        }
        close(client);
    }
    while (children < 4) rest(20);
    say("children", std::to_string(children));
    say("wait", waitpid(-1, nullptr, 0));
}

void sigpipe()
{
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const auto [client, server] = connected();
        close(server);
        rest(10);
        sent(client, "x", 0);
        rest(10);
        sent(client, "x", 0);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    say("signal", std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0));
    std::signal(SIGPIPE, SIG_IGN);
    const auto [client, server] = connected();
    close(server);
    rest(10);
    say("write", write(client, "x", 1));
    rest(10);
    say("write", write(client, "x", 1));
}

std::atomic<int> alarms{0};

void interrupted_calls()
{
    const int one = udp();
    for (const int flags : {0, SA_RESTART}) {
        struct sigaction on_alarm {};
        on_alarm.sa_handler = [](int) { ++alarms; };
        on_alarm.sa_flags = flags;
        sigaction(SIGALRM, &on_alarm, nullptr);
        const itimerval soon{{0, 0}, {0, 50000}};
        setitimer(ITIMER_REAL, &soon, nullptr);
        std::thread later([one] {
            sigset_t all;
            sigfillset(&all);
            pthread_sigmask(SIG_BLOCK, &all, nullptr);
            rest(100);
            const auto there = loopback(port_of(one));
            sendto(one, "late", 4, 0, plain(there), sizeof there);
        });
        say("recv", received(one));
        later.join();
        say("recv", received(one, 10, MSG_DONTWAIT));
        setitimer(ITIMER_REAL, &soon, nullptr);
        say("poll", [&] {
            pollfd look{one, POLLIN, 0};
            return poll(&look, 1, 200);
        }());
        setitimer(ITIMER_REAL, &soon, nullptr);
        const timespec long_time{0, 200'000'000};
        timespec left{};
        say("nanosleep", nanosleep(&long_time, &left));
        say("left",
            left.tv_nsec > 100'000'000 && left.tv_nsec < 160'000'000 ? "about 150 ms" : "else");
    }
    say("alarms", std::to_string(alarms));
}

void copies_of_descriptors()
{
    const auto [client, server] = connected();
    const int copy = dup(client);
    close(client);
    say("send", sent(copy, "by the copy"));
    say("recv", received(server));
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        rest(50);
        sent(copy, "by the child");
        _exit(0);
    }
    close(copy);
    say("recv", received(server)); // still open in the child
    say("recv", received(server));
    waitpid(child, nullptr, 0);
    int pipes[2];
    if (pipe(pipes) != 0) return;
    if (fork() == 0) {
        close(pipes[0]);
        rest(30);
        for (int i = 0; i < 3; ++i) {
            if (write(pipes[1], "piece", 5) != 5) _exit(1);
            rest(10);
        }
        _exit(0);
    }
    close(pipes[1]);
    char buffer[64];
    ssize_t length = 0;
    while ((length = read(pipes[0], buffer, sizeof buffer)) > 0) say("pipe", length);
    say("pipe", length);
    dup2(server, 7);
    close(server);
    say("send at 7", sent(7, "x"));
}

} // namespace

case_table process_cases()
{
    return {{"copies_of_descriptors", copies_of_descriptors},
            {"fork_per_client", fork_per_client},
            {"interrupted_calls", interrupted_calls},
            {"sigpipe", sigpipe}};
}

} // namespace parity
