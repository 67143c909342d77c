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

// What the IP header says of a datagram, ECN among it.
std::string service_of(int socket)
{
    alignas(cmsghdr) char control[64];
    char byte = 0;
    iovec into{&byte, 1};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (recvmsg(socket, &message, 0) < 0) return strerrorname_np(errno);
    std::string all;
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
        int value = 0;
        const std::size_t size = one->cmsg_len - CMSG_LEN(0);
        std::memcpy(&value, CMSG_DATA(one), std::min(size, sizeof value));
        all += std::to_string(one->cmsg_level) + "/" + std::to_string(one->cmsg_type) + " " +
               std::to_string(size) + ": " + std::to_string(value) + " ";
    }
    return all.empty() ? "nothing" : all;
}

template <typename Value>
ssize_t sent_with(int socket, int level, int type, Value value, std::size_t said = sizeof(Value))
{
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof value)] = {};
    char byte = 'x';
    iovec from{&byte, 1};
    msghdr message{};
    message.msg_iov = &from;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const one = CMSG_FIRSTHDR(&message);
    one->cmsg_level = level;
    one->cmsg_type = type;
    one->cmsg_len = CMSG_LEN(said);
    std::memcpy(CMSG_DATA(one), &value, sizeof value);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

void the_byte_of_service()
{
    const int receiver = udp();
    const int sender = socket(AF_INET, SOCK_DGRAM, 0);
    const auto there = loopback(port_of(receiver));
    say("connect", connect(sender, plain(there), sizeof there));
    sent(sender, "x");
    say("not asked for", service_of(receiver));
    set(receiver, IPPROTO_IP, IP_RECVTOS, 1);
    for (const int value : {0, 1, 2, 3, 0xb8 | 2, 0x1ff}) {
        set(sender, IPPROTO_IP, IP_TOS, value);
        say("is", std::to_string(get(sender, IPPROTO_IP, IP_TOS)));
        sent(sender, "x");
        say("told", service_of(receiver));
    }
    const unsigned char small = 1;
    say("one byte", setsockopt(sender, IPPROTO_IP, IP_TOS, &small, 1));
    say("no bytes", setsockopt(sender, IPPROTO_IP, IP_TOS, &small, 0));
    say("is", std::to_string(get(sender, IPPROTO_IP, IP_TOS)));
    say("in a message", sent_with(sender, IPPROTO_IP, IP_TOS, 2));
    say("told", service_of(receiver));
    say("one byte in a message", sent_with(sender, IPPROTO_IP, IP_TOS, small));
    say("told", service_of(receiver));
    say("too large", sent_with(sender, IPPROTO_IP, IP_TOS, 256));
    say("negative", sent_with(sender, IPPROTO_IP, IP_TOS, -1));
    say("short", sent_with(sender, IPPROTO_IP, IP_TOS, 2, 2));
    say("longer than all", sent_with(sender, IPPROTO_IP, IP_TOS, 2, 200));
    sent(sender, "x");
    say("as before", service_of(receiver));
    set(receiver, IPPROTO_IP, IP_RECVTOS, 0);
    sent(sender, "x");
    say("no longer", service_of(receiver));
    const int stream = socket(AF_INET, SOCK_STREAM, 0);
    set(stream, IPPROTO_IP, IP_TOS, 0x1b);
    say("of a stream", std::to_string(get(stream, IPPROTO_IP, IP_TOS)));
}

void the_traffic_class_of_ipv6()
{
    const int receiver = socket(AF_INET6, SOCK_DGRAM, 0);
    const int sender = socket(AF_INET6, SOCK_DGRAM, 0);
    sockaddr_in6 there{};
    there.sin6_family = AF_INET6;
    there.sin6_addr = in6addr_loopback;
    const auto* const address = reinterpret_cast<const sockaddr*>(&there);
    say("bind", bind(receiver, address, sizeof there));
    there.sin6_port = htons(static_cast<std::uint16_t>(port_of(receiver)));
    say("connect", connect(sender, address, sizeof there));
    set(receiver, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    for (const int value : {1, 2, 3, -1, -2, 256}) {
        set(sender, IPPROTO_IPV6, IPV6_TCLASS, value);
        say("is", std::to_string(get(sender, IPPROTO_IPV6, IPV6_TCLASS)));
        sent(sender, "x");
        say("told", service_of(receiver));
    }
    say("in a message", sent_with(sender, IPPROTO_IPV6, IPV6_TCLASS, 2));
    say("told", service_of(receiver));
    say("too large", sent_with(sender, IPPROTO_IPV6, IPV6_TCLASS, 256));
}

} // namespace

case_table option_cases()
{
    return {{"answers_of_getsockopt", answers_of_getsockopt},
            {"mistakes_with_sockets", mistakes_with_sockets},
            {"the_byte_of_service", the_byte_of_service},
            {"the_traffic_class_of_ipv6", the_traffic_class_of_ipv6}};
}

} // namespace parity
