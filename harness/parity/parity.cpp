// parity CASE: does something with sockets of this machine's loopback and prints what it saw, without
// a word on ports or real times. The test runs each case on real sockets and in virtual time; the two
// transcripts must be equal.
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::string told(ssize_t result)
{
    return result < 0 ? strerrorname_np(errno) : std::to_string(result);
}

void say(const char* what, ssize_t result) { std::printf("%s: %s\n", what, told(result).c_str()); }
void say(const char* what, const std::string& text) { std::printf("%s: %s\n", what, text.c_str()); }

void rest(int milliseconds) { usleep(static_cast<useconds_t>(milliseconds) * 1000); }

sockaddr_in loopback(int port = 0)
{
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    return made;
}

const sockaddr* plain(const sockaddr_in& of) { return reinterpret_cast<const sockaddr*>(&of); }

int port_of(int socket)
{
    sockaddr_in found{};
    socklen_t size = sizeof found;
    getsockname(socket, reinterpret_cast<sockaddr*>(&found), &size);
    return ntohs(found.sin_port);
}

int udp()
{
    const int made = socket(AF_INET, SOCK_DGRAM, 0);
    const auto here = loopback();
    bind(made, plain(here), sizeof here);
    return made;
}

int listening(int backlog = 8)
{
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    const auto here = loopback();
    bind(made, plain(here), sizeof here);
    listen(made, backlog);
    return made;
}

int connected_to(int port)
{
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    const auto there = loopback(port);
    if (connect(made, plain(there), sizeof there) != 0) say("connect", -1);
    return made;
}

struct pair {
    int client, server;
};
pair connected()
{
    const int listener = listening();
    const int client = connected_to(port_of(listener));
    const int server = accept(listener, nullptr, nullptr);
    close(listener);
    return {client, server};
}

std::string received(int socket, std::size_t most = 100, int flags = 0)
{
    std::string buffer(most, 0);
    const ssize_t length = recv(socket, buffer.data(), most, flags);
    if (length < 0) return strerrorname_np(errno);
    return "'" + buffer.substr(0, static_cast<std::size_t>(length)) + "'";
}

ssize_t sent(int socket, const std::string& text, int flags = MSG_NOSIGNAL)
{
    return send(socket, text.data(), text.size(), flags);
}

std::string events(short found)
{
    std::string all;
    for (const auto& [bit, name] : std::map<short, const char*>{{POLLIN, "IN "},
                                                                {POLLOUT, "OUT "},
                                                                {POLLERR, "ERR "},
                                                                {POLLHUP, "HUP "},
                                                                {POLLRDHUP, "RDHUP "}})
        if ((found & bit) != 0) all += name;
    return all.empty() ? "none" : all;
}

std::string polled(int socket, int milliseconds = 0)
{
    pollfd look{socket, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&look, 1, milliseconds);
    return events(look.revents);
}

void set_timeout(int socket, int name, int milliseconds)
{
    const timeval time{milliseconds / 1000, milliseconds % 1000 * 1000};
    setsockopt(socket, SOL_SOCKET, name, &time, sizeof time);
}

void set(int socket, int level, int name, int value)
{
    say("setsockopt", setsockopt(socket, level, name, &value, sizeof value));
}

int get(int socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    if (getsockopt(socket, level, name, &value, &size) != 0) return -errno;
    return value;
}

// ---- cases

void reset_on_close_with_unread_bytes()
{
    const auto [client, server] = connected();
    sent(client, "unread");
    rest(20);
    close(server);
    rest(20);
    say("poll", polled(client));
    say("recv", received(client));
    say("recv again", received(client));
    say("send", sent(client, "more"));
}

void write_after_the_peer_closed()
{
    const auto [client, server] = connected();
    close(server);
    rest(20);
    say("poll", polled(client));
    say("recv", received(client));
    say("send", sent(client, "one"));
    rest(20);
    say("send", sent(client, "two"));
    say("recv", received(client));
    say("poll", polled(client));
}

void refused()
{
    const int listener = listening();
    const int port = port_of(listener);
    close(listener);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    const auto there = loopback(port);
    say("connect", connect(client, plain(there), sizeof there));
    say("poll", polled(client));
    say("error", get(client, SOL_SOCKET, SO_ERROR));
    const int other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int result = connect(other, plain(there), sizeof there);
    if (result == 0 || errno == EINPROGRESS) errno = ECONNREFUSED; // loopback may be that quick
    say("connect at once", -1);
}

void refused_later()
{
    const int client = udp();
    const int other = udp();
    const auto there = loopback(port_of(other));
    close(other);
    say("connect", connect(client, plain(there), sizeof there));
    say("send", sent(client, "x"));
    rest(20);
    say("poll", polled(client));
    say("recv", received(client));
    say("send", sent(client, "x"));
    rest(20);
    say("send after", sent(client, "x"));
    say("not connected", sendto(udp(), "x", 1, 0, plain(there), sizeof there));
}

void half_close()
{
    const auto [client, server] = connected();
    sent(client, "question");
    say("shutdown", shutdown(client, SHUT_WR));
    rest(10);
    say("recv", received(server));
    say("recv", received(server));
    say("poll", polled(server));
    say("send", sent(server, "answer"));
    rest(10);
    say("recv", received(client));
    say("send", sent(client, "more"));
    close(server);
    rest(10);
    say("poll", polled(client));
    say("recv", received(client));
    say("shutdown", shutdown(client, SHUT_WR));
}

void flags_of_recv()
{
    const auto [client, server] = connected();
    say("dontwait", received(client, 10, MSG_DONTWAIT));
    sent(server, "abcdef");
    rest(10);
    say("peek", received(client, 3, MSG_PEEK));
    say("recv", received(client, 3));
    std::thread later([server = server] {
        rest(50);
        sent(server, "ghi");
        rest(50);
        sent(server, "jkl");
    });
    say("waitall", received(client, 9, MSG_WAITALL));
    later.join();
    sent(server, "xy");
    close(server);
    say("waitall cut", received(client, 9, MSG_WAITALL));
    say("waitall at the end", received(client, 9, MSG_WAITALL));
    const int one = udp();
    const int two = udp();
    const auto there = loopback(port_of(two));
    sendto(one, "datagram", 8, 0, plain(there), sizeof there);
    sendto(one, "", 0, 0, plain(there), sizeof there);
    rest(10);
    say("peek", received(two, 4, MSG_PEEK));
    char buffer[4];
    say("trunc", recv(two, buffer, sizeof buffer, MSG_TRUNC));
    say("empty", received(two));
    say("dontwait", received(two, 10, MSG_DONTWAIT));
}

void timeouts()
{
    const auto [client, server] = connected();
    set_timeout(client, SO_RCVTIMEO, 50);
    say("recv", received(client));
    set_timeout(client, SO_SNDTIMEO, 50);
    ssize_t length = 1;
    const std::string much(100000, 'x');
    while (length > 0) length = sent(client, much);
    say("send", length);
    const int listener = listening();
    set_timeout(listener, SO_RCVTIMEO, 50);
    say("accept", accept(listener, nullptr, nullptr));
    const int one = udp();
    set_timeout(one, SO_RCVTIMEO, 50);
    say("recv", received(one));
    say("poll", polled(one, 20));
    pollfd look{one, POLLIN, 0};
    say("poll", poll(&look, 1, 20));
    static_cast<void>(server);
}

void partial_writes()
{
    const auto [client, server] = connected();
    fcntl(client, F_SETFL, O_NONBLOCK);
    say("nonblocking", fcntl(client, F_GETFL) & O_NONBLOCK);
    const std::string much(1 << 20, 'x');
    std::size_t all = 0;
    ssize_t length = 0;
    while ((length = sent(client, much)) > 0) all += static_cast<std::size_t>(length);
    say("send", length);
    say("poll", polled(client));
    std::size_t got = 0;
    std::vector<char> buffer(1 << 16);
    while (got < all) {
        length = recv(server, buffer.data(), buffer.size(), 0);
        if (length <= 0) break;
        got += static_cast<std::size_t>(length);
    }
    say("all of it", got == all ? "yes" : "no");
    rest(50);
    say("poll", polled(client));
    say("recv", received(client));
}

void two_hundred_in_select()
{
    std::vector<int> all;
    for (int i = 0; i < 200; ++i) all.push_back(udp());
    const int sender = udp();
    for (const int i : {3, 77, 199}) {
        const auto there = loopback(port_of(all[static_cast<std::size_t>(i)]));
        sendto(sender, "x", 1, 0, plain(there), sizeof there);
    }
    rest(20);
    fd_set wanted;
    FD_ZERO(&wanted);
    for (const int one : all) FD_SET(one, &wanted);
    timeval none{0, 10000};
    say("select", select(all.back() + 1, &wanted, nullptr, nullptr, &none));
    for (std::size_t i = 0; i < all.size(); ++i)
        if (FD_ISSET(all[i], &wanted)) say("ready", std::to_string(i));
    FD_ZERO(&wanted);
    FD_SET(all[0], &wanted);
    say("select", select(all.back() + 1, &wanted, nullptr, nullptr, &none));
}

void epoll_of_both_kinds()
{
    for (const std::uint32_t edge : {std::uint32_t{0}, std::uint32_t{EPOLLET}, std::uint32_t{EPOLLONESHOT}}) {
        const auto [client, server] = connected();
        const int set = epoll_create1(EPOLL_CLOEXEC);
        epoll_event wanted{EPOLLIN | edge, {}};
        wanted.data.u64 = 7;
        say("add", epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted));
        say("add again", epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted));
        epoll_event found[4];
        const auto wait_for_some = [&, set = set] {
            say("wait", epoll_wait(set, found, 4, 20));
        };
        wait_for_some();
        sent(server, "abc");
        wait_for_some();
        say("data", std::to_string(found[0].data.u64) + " " + events(static_cast<short>(found[0].events)));
        wait_for_some();
        say("recv", received(client, 1));
        wait_for_some();
        sent(server, "d");
        rest(10);
        wait_for_some();
        say("recv", received(client));
        wait_for_some();
        say("again", epoll_ctl(set, EPOLL_CTL_MOD, client, &wanted));
        sent(server, "e");
        rest(10);
        wait_for_some();
        say("delete", epoll_ctl(set, EPOLL_CTL_DEL, client, nullptr));
        say("delete again", epoll_ctl(set, EPOLL_CTL_DEL, client, nullptr));
        wait_for_some();
        epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted);
        close(client); // leaves the set by itself
        wait_for_some();
    }
}

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

void close_beside_a_reader()
{
    const auto [client, server] = connected();
    std::thread reader([client = client] {
        say("recv", received(client));
    });
    rest(30);
    say("close", close(client));
    rest(30);
    sent(server, "late");
    reader.join();
    rest(20);
    say("peer", received(server));
}

void time_wait()
{
    const auto restart = [](bool reuse) {
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        if (reuse) set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
        auto here = loopback();
        bind(listener, plain(here), sizeof here);
        here = loopback(port_of(listener));
        listen(listener, 1);
        const int client = connected_to(port_of(listener));
        const int server = accept(listener, nullptr, nullptr);
        close(server); // first: this side has to wait
        close(listener);
        rest(10);
        received(client);
        close(client);
        rest(10);
        listener = socket(AF_INET, SOCK_STREAM, 0);
        if (reuse) set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
        say("bind", bind(listener, plain(here), sizeof here));
        close(listener);
    };
    restart(false);
    restart(true);
}

void full_backlog()
{
    const int listener = listening(0);
    const int port = port_of(listener);
    std::vector<int> all;
    for (int i = 0; i < 3; ++i) {
        const int one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const auto there = loopback(port);
        connect(one, plain(there), sizeof there);
        all.push_back(one);
        rest(20);
    }
    for (const int one : all) say("poll", polled(one, 20));
}

void answers_of_getsockopt()
{
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        const int one = socket(AF_INET, type, 0);
        say("type", get(one, SOL_SOCKET, SO_TYPE) == type ? "right" : "wrong");
        say("domain", get(one, SOL_SOCKET, SO_DOMAIN) == AF_INET ? "right" : "wrong");
        say("protocol", std::to_string(get(one, SOL_SOCKET, SO_PROTOCOL)));
        say("accepts", std::to_string(get(one, SOL_SOCKET, SO_ACCEPTCONN)));
        say("error", std::to_string(get(one, SOL_SOCKET, SO_ERROR)));
        say("reuse", std::to_string(get(one, SOL_SOCKET, SO_REUSEADDR)));
        set(one, SOL_SOCKET, SO_REUSEADDR, 1);
        say("reuse", std::to_string(get(one, SOL_SOCKET, SO_REUSEADDR)));
        set(one, SOL_SOCKET, SO_RCVBUF, 10000);
        say("buffer", std::to_string(get(one, SOL_SOCKET, SO_RCVBUF)));
        set(one, SOL_SOCKET, SO_RCVBUF, 1);
        say("buffer", std::to_string(get(one, SOL_SOCKET, SO_RCVBUF)));
        say("ttl", std::to_string(get(one, IPPROTO_IP, IP_TTL)));
        say("multicast ttl", std::to_string(get(one, IPPROTO_IP, IP_MULTICAST_TTL)));
        say("multicast loop", std::to_string(get(one, IPPROTO_IP, IP_MULTICAST_LOOP)));
        say("none", std::to_string(get(one, SOL_SOCKET, 9999)));
    }
    say("accepts", std::to_string(get(listening(), SOL_SOCKET, SO_ACCEPTCONN)));
    int pipes[2];
    if (pipe(pipes) == 0) say("of a pipe", std::to_string(get(pipes[0], SOL_SOCKET, SO_TYPE)));
}

void abort_by_linger()
{
    const auto [client, server] = connected();
    const linger now{1, 0};
    setsockopt(server, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(server);
    rest(20);
    say("poll", polled(client));
    say("recv", received(client));
    say("recv", received(client));
    say("send", sent(client, "x"));
}

void mistakes_with_sockets()
{
    char byte = 0;
    const int fresh = socket(AF_INET, SOCK_STREAM, 0);
    say("poll", polled(fresh));
    say("recv", recv(fresh, &byte, 1, 0));
    say("send", sent(fresh, "x"));
    sockaddr_in name{};
    socklen_t size = sizeof name;
    say("getpeername", getpeername(fresh, reinterpret_cast<sockaddr*>(&name), &size));
    say("shutdown", shutdown(fresh, SHUT_WR));
    say("accept", accept(fresh, nullptr, nullptr));
    const int listener = listening();
    const auto taken = loopback(port_of(listener));
    say("bind", bind(fresh, plain(taken), sizeof taken));
    say("bind twice", bind(listener, plain(taken), sizeof taken));
    say("connect", connect(listener, plain(taken), sizeof taken));
    const auto [client, server] = connected();
    say("connect twice", connect(client, plain(taken), sizeof taken));
    say("listen", listen(client, 1));
    say("short address", connect(fresh, plain(taken), 3));
    const int one = udp();
    const auto bound = loopback(port_of(one));
    const int two = socket(AF_INET, SOCK_DGRAM, 0);
    say("bind", bind(two, plain(bound), sizeof bound));
    say("no address", sent(two, "x"));
    say("listen", listen(two, 1));
    say("accept", accept(two, nullptr, nullptr));
    say("too long", sendto(two, std::string(70000, 'x').data(), 70000, 0, plain(bound), sizeof bound));
    say("closed", recv(999, &byte, 1, 0));
    int pipes[2];
    if (pipe(pipes) == 0) say("no socket", recv(pipes[0], &byte, 1, 0));
    say("bad memory", recv(client, reinterpret_cast<void*>(8), 0, MSG_DONTWAIT));
    sent(server, "x");
    rest(10);
    say("bad memory", recv(client, reinterpret_cast<void*>(8), 1, 0));
    auto elsewhere = taken;
    elsewhere.sin_addr.s_addr = htonl(0x08080808);
    say("bind elsewhere", bind(two, plain(elsewhere), sizeof elsewhere));
    say("family", socket(12345, SOCK_STREAM, 0));
    say("type", socket(AF_INET, 77, 0));
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
        say("left", left.tv_nsec > 100'000'000 && left.tv_nsec < 160'000'000 ? "about 150 ms" : "else");
    }
    say("alarms", std::to_string(alarms));
}

void both_families()
{
    const int listener = socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 here{};
    here.sin6_family = AF_INET6;
    say("bind", bind(listener, reinterpret_cast<sockaddr*>(&here), sizeof here));
    say("listen", listen(listener, 4));
    const int client = connected_to(port_of(listener));
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const int server = accept(listener, reinterpret_cast<sockaddr*>(&from), &size);
    char text[64]{};
    say("from", std::string(inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text)));
    size = sizeof from;
    getsockname(server, reinterpret_cast<sockaddr*>(&from), &size);
    say("at", std::string(inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text)));
    sent(client, "four");
    say("recv", received(server));
    const int six = socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 there{};
    there.sin6_family = AF_INET6;
    there.sin6_addr = in6addr_loopback;
    there.sin6_port = htons(static_cast<std::uint16_t>(port_of(listener)));
    say("connect", connect(six, reinterpret_cast<sockaddr*>(&there), sizeof there));
    size = sizeof from;
    accept(listener, reinterpret_cast<sockaddr*>(&from), &size);
    say("from", std::string(inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text)));
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

const std::map<std::string, std::function<void()>> cases{
    {"abort_by_linger", abort_by_linger},
    {"answers_of_getsockopt", answers_of_getsockopt},
    {"both_families", both_families},
    {"close_beside_a_reader", close_beside_a_reader},
    {"copies_of_descriptors", copies_of_descriptors},
    {"epoll_of_both_kinds", epoll_of_both_kinds},
    {"flags_of_recv", flags_of_recv},
    {"fork_per_client", fork_per_client},
    {"full_backlog", full_backlog},
    {"half_close", half_close},
    {"interrupted_calls", interrupted_calls},
    {"mistakes_with_sockets", mistakes_with_sockets},
    {"partial_writes", partial_writes},
    {"refused", refused},
    {"refused_later", refused_later},
    {"reset_on_close_with_unread_bytes", reset_on_close_with_unread_bytes},
    {"sigpipe", sigpipe},
    {"time_wait", time_wait},
    {"timeouts", timeouts},
    {"two_hundred_in_select", two_hundred_in_select},
    {"write_after_the_peer_closed", write_after_the_peer_closed},
};

} // namespace

int main(int count, char** words)
{
    if (count == 2 && cases.contains(words[1])) {
        cases.at(words[1])();
        return 0;
    }
    for (const auto& [name, ignored] : cases) std::printf("%s\n", name.c_str());
    return count == 1 ? 0 : 2;
}
