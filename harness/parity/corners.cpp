// What programs of other people met: masks while polling, sets of any size, what comes beside a
// datagram, groups of children, locks and pipes with names.
#include "harness/parity/case.hpp"

#include <netdb.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace parity {
namespace {

std::atomic<int> handled{0};

void masks_while_polling()
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    std::signal(SIGTERM, [](int) { ++handled; });
    const int one = udp();
    const auto signal_later = [] {
        return std::thread([] {
            sigset_t all;
            sigfillset(&all);
            pthread_sigmask(SIG_BLOCK, &all, nullptr);
            rest(50);
            kill(getpid(), SIGTERM);
        });
    };
    const timespec long_time{5, 0};
    pollfd look{one, POLLIN, 0};
    fd_set set;
    for (const bool comes_before : {true, false}) {
        std::thread later;
        if (comes_before) kill(getpid(), SIGTERM);
        else later = signal_later();
        say("ppoll", ppoll(&look, 1, &long_time, &before));
        say("handled", handled);
        say("asked for", look.fd == one);
        if (later.joinable()) later.join();
        if (comes_before) kill(getpid(), SIGTERM);
        else later = signal_later();
        FD_ZERO(&set);
        FD_SET(one, &set);
        say("pselect", pselect(one + 1, &set, nullptr, nullptr, &long_time, &before));
        say("handled", handled);
        say("asked for", FD_ISSET(one, &set));
        if (later.joinable()) later.join();
    }
}

void sets_of_any_size()
{
    const auto [client, server] = connected();
    struct {
        std::uint64_t set, beyond;
    } small{std::uint64_t{1} << client, 7};
    sent(server, "x");
    rest(10);
    say("select", select(client + 1, reinterpret_cast<fd_set*>(&small), nullptr, nullptr, nullptr));
    say("found", small.set == std::uint64_t{1} << client);
    say("untouched", small.beyond == 7);
    received(client);
    timeval time{2, 0};
    std::thread later([server = server] {
        rest(300);
        sent(server, "x");
    });
    small.set = std::uint64_t{1} << client;
    say("select", select(client + 1, reinterpret_cast<fd_set*>(&small), nullptr, nullptr, &time));
    say("left", time.tv_sec == 1 && time.tv_usec > 500'000);
    later.join();
}

void beside_a_datagram()
{
    const int receiver = socket(AF_INET, SOCK_DGRAM, 0);
    auto anywhere = loopback();
    anywhere.sin_addr.s_addr = htonl(INADDR_ANY);
    say("bind", bind(receiver, plain(anywhere), sizeof anywhere));
    set(receiver, IPPROTO_IP, IP_PKTINFO, 1);
    set(receiver, IPPROTO_IP, IP_RECVTTL, 1);
    set(receiver, SOL_SOCKET, SO_TIMESTAMP, 1);
    const int sender = udp();
    for (const std::uint32_t to : {INADDR_LOOPBACK, INADDR_LOOPBACK + 4}) {
        auto there = loopback(port_of(receiver));
        there.sin_addr.s_addr = htonl(to);
        sendto(sender, "hello", 5, 0, plain(there), sizeof there);
        char text[9], beside[256];
        iovec into{text, sizeof text};
        msghdr all{};
        all.msg_iov = &into;
        all.msg_iovlen = 1;
        all.msg_control = beside;
        all.msg_controllen = sizeof beside;
        say("recvmsg", recvmsg(receiver, &all, 0));
        for (cmsghdr* one = CMSG_FIRSTHDR(&all); one != nullptr; one = CMSG_NXTHDR(&all, one)) {
            say("level", one->cmsg_level);
            say("type", one->cmsg_type);
            in_pktinfo where{};
            if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO) continue;
            std::memcpy(&where, CMSG_DATA(one), sizeof where);
            say("to", inet_ntoa(where.ipi_addr));
        }
    }
}

void groups_of_children()
{
    const auto child = [](int milliseconds, bool own_group) {
        std::fflush(stdout);
        const pid_t made = fork();
        if (made == 0) {
            if (own_group) setpgid(0, 0);
            rest(milliseconds);
            _exit(milliseconds / 10);
        }
        if (own_group) setpgid(made, made);
        return made;
    };
    const pid_t apart = child(60, true), beside = child(30, false);
    int status = 0;
    say("of the group apart", waitpid(-apart, &status, 0) == apart);
    say("its code", WEXITSTATUS(status));
    say("of this group", waitpid(0, &status, 0) == beside);
    say("no more", waitpid(-1, &status, 0));
    std::signal(SIGCHLD, SIG_IGN);
    child(20, false);
    child(40, false);
    say("nobody is to wait", waitpid(-1, &status, 0));
}

void locks_and_pipes_with_names()
{
    const std::string folder = "/tmp/badwire-parity-" + std::to_string(getpid()) + "-";
    const std::string lock = folder + "lock", pipe = folder + "pipe";
    const int held = open(lock.c_str(), O_RDWR | O_CREAT, 0600);
    say("flock", flock(held, LOCK_EX));
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        const int other = open(lock.c_str(), O_RDWR);
        say("at once", flock(other, LOCK_EX | LOCK_NB));
        say("later", flock(other, LOCK_EX));
        struct flock whole {};
        whole.l_type = F_WRLCK;
        say("fcntl", fcntl(other, F_SETLKW, &whole));
        std::fflush(stdout);
        _exit(0);
    }
    rest(50);
    if (flock(held, LOCK_UN) != 0) say("unlock", -1);
    waitpid(child, nullptr, 0);
    say("mkfifo", mkfifo(pipe.c_str(), 0600));
    std::fflush(stdout);
    const pid_t writer = fork();
    if (writer == 0) {
        rest(30);
        const int into = open(pipe.c_str(), O_WRONLY);
        if (write(into, "by name", 7) != 7) say("write", -1);
        _exit(0);
    }
    const int from = open(pipe.c_str(), O_RDONLY);
    char text[16];
    say("read", read(from, text, sizeof text));
    say("read", read(from, text, sizeof text));
    waitpid(writer, nullptr, 0);
    unlink(lock.c_str());
    unlink(pipe.c_str());
}

void files_to_sockets()
{
    const auto [client, server] = connected();
    std::FILE* const file = std::tmpfile();
    std::fputs("0123456789", file);
    std::fflush(file);
    off_t from = 2;
    say("sendfile", sendfile(client, fileno(file), &from, 5));
    say("offset", from);
    say("got", received(server));
    lseek(fileno(file), 8, SEEK_SET);
    say("to its end", sendfile(client, fileno(file), nullptr, 50));
    say("place", lseek(fileno(file), 0, SEEK_CUR));
    say("got", received(server));
    const int random = open("/dev/urandom", O_RDONLY);
    std::vector<char> bytes(200'000);
    say("random", read(random, bytes.data(), bytes.size()));
}

// What getaddrinfo(3) asks to sort its answers, and servers of both families.
void families_apart()
{
    addrinfo hints{}, *found = nullptr;
    hints.ai_flags = AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    say("getaddrinfo", getaddrinfo(nullptr, "0", &hints, &found));
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
        say("family", one->ai_family == AF_INET || one->ai_family == AF_INET6);
    freeaddrinfo(found);
    const int four = listening();
    const int six = socket(AF_INET6, SOCK_STREAM, 0);
    set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    sockaddr_in6 here{};
    here.sin6_family = AF_INET6;
    here.sin6_port = htons(static_cast<std::uint16_t>(port_of(four)));
    say("bind", bind(six, reinterpret_cast<const sockaddr*>(&here), sizeof here));
    say("listen", listen(six, 1));
    const int both = socket(AF_INET6, SOCK_STREAM, 0);
    say("bind", bind(both, reinterpret_cast<const sockaddr*>(&here), sizeof here));
    const int one = udp(), two = udp();
    const auto there = loopback(port_of(two));
    say("connect", connect(one, plain(there), sizeof there));
    sockaddr nobody{};
    say("disconnect", connect(one, &nobody, sizeof nobody));
    say("send", sent(one, "x"));
}

} // namespace

case_table corner_cases()
{
    return {{"beside_a_datagram", beside_a_datagram},
            {"families_apart", families_apart},
            {"files_to_sockets", files_to_sockets},
            {"groups_of_children", groups_of_children},
            {"locks_and_pipes_with_names", locks_and_pipes_with_names},
            {"masks_while_polling", masks_while_polling},
            {"sets_of_any_size", sets_of_any_size}};
}

} // namespace parity
