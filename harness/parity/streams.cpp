// How connections begin and end.
#include "harness/parity/case.hpp"

namespace parity {
namespace {

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

void close_beside_a_reader()
{
    const auto [client, server] = connected();
    std::thread reader([client = client] { say("recv", received(client)); });
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
        bind_here(listener);
        const auto here = loopback(port_of(listener));
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
        const int begun = connect(one, plain(there), sizeof there);
        say("begun", begun == 0 || errno == EINPROGRESS);
        all.push_back(one);
        rest(20);
    }
    for (const int one : all) say("poll", polled(one, 20));
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

} // namespace

case_table stream_cases()
{
    return {{"abort_by_linger", abort_by_linger},
            {"both_families", both_families},
            {"close_beside_a_reader", close_beside_a_reader},
            {"full_backlog", full_backlog},
            {"half_close", half_close},
            {"partial_writes", partial_writes},
            {"refused", refused},
            {"reset_on_close_with_unread_bytes", reset_on_close_with_unread_bytes},
            {"time_wait", time_wait},
            {"write_after_the_peer_closed", write_after_the_peer_closed}};
}

} // namespace parity
