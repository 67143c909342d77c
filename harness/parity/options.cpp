// What sockets answer, and what they refuse.
#include "harness/parity/case.hpp"

namespace parity {
namespace {

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
    say("too long",
        sendto(two, std::string(70000, 'x').data(), 70000, 0, plain(bound), sizeof bound));
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

} // namespace

case_table option_cases()
{
    return {{"answers_of_getsockopt", answers_of_getsockopt},
            {"mistakes_with_sockets", mistakes_with_sockets}};
}

} // namespace parity
