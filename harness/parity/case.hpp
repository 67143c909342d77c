// case.hpp: what the cases of the parity program share: sockets of loopback, and words for what calls
// returned.
#pragma once

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

namespace parity {

/// What a case is called, and what it does.
using case_table = std::map<std::string, std::function<void()>>;
case_table stream_cases();
case_table waiting_cases();
case_table process_cases();
case_table option_cases();
case_table signal_cases();
case_table lock_cases();
case_table corner_cases();

inline std::string told(ssize_t result)
{
    return result < 0 ? strerrorname_np(errno) : std::to_string(result);
}

inline void say(const char* what, ssize_t result)
{
    std::printf("%s: %s\n", what, told(result).c_str());
}
inline void say(const char* what, const std::string& text)
{
    std::printf("%s: %s\n", what, text.c_str());
}

inline void rest(int milliseconds) { usleep(static_cast<useconds_t>(milliseconds) * 1000); }

inline sockaddr_in loopback(int port = 0)
{
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    return made;
}

inline const sockaddr* plain(const sockaddr_in& of)
{
    return reinterpret_cast<const sockaddr*>(&of);
}

/// Binds to 127.0.0.1 and a port, 0 for any. A case that cannot even do that says so and ends.
inline void bind_here(int socket, int port = 0)
{
    const auto here = loopback(port);
    if (bind(socket, plain(here), sizeof here) == 0) return;
    say("a case cannot start: bind", -1);
    std::exit(1);
}

inline int port_of(int socket)
{
    sockaddr_in found{};
    socklen_t size = sizeof found;
    getsockname(socket, reinterpret_cast<sockaddr*>(&found), &size);
    return ntohs(found.sin_port);
}

inline int udp()
{
    const int made = socket(AF_INET, SOCK_DGRAM, 0);
    bind_here(made);
    return made;
}

inline int listening(int backlog = 8)
{
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    bind_here(made);
    listen(made, backlog);
    return made;
}

inline int connected_to(int port)
{
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    const auto there = loopback(port);
    if (connect(made, plain(there), sizeof there) != 0) say("connect", -1);
    return made;
}

struct pair {
    int client, server;
};
inline pair connected()
{
    const int listener = listening();
    const int client = connected_to(port_of(listener));
    const int server = accept(listener, nullptr, nullptr);
    close(listener);
    return {client, server};
}

inline std::string received(int socket, std::size_t most = 100, int flags = 0)
{
    std::string buffer(most, 0);
    const ssize_t length = recv(socket, buffer.data(), most, flags);
    if (length < 0) return strerrorname_np(errno);
    return "'" + buffer.substr(0, static_cast<std::size_t>(length)) + "'";
}

inline ssize_t sent(int socket, const std::string& text, int flags = MSG_NOSIGNAL)
{
    return send(socket, text.data(), text.size(), flags);
}

inline std::string events(short found)
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

inline std::string polled(int socket, int milliseconds = 0)
{
    pollfd look{socket, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&look, 1, milliseconds);
    return events(look.revents);
}

inline void set_timeout(int socket, int name, int milliseconds)
{
    timeval time{};
    time.tv_sec = milliseconds / 1000;
    time.tv_usec = suseconds_t{1000} * (milliseconds % 1000);
    setsockopt(socket, SOL_SOCKET, name, &time, sizeof time);
}

inline void set(int socket, int level, int name, int value)
{
    say("setsockopt", setsockopt(socket, level, name, &value, sizeof value));
}

inline int get(int socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    if (getsockopt(socket, level, name, &value, &size) != 0) return -errno;
    return value;
}

} // namespace parity
