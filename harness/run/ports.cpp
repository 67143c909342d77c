#include "harness/run/ports.hpp"

#include <cstddef>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

constexpr int first_port = 20000;
constexpr int last_port = 29999; // below Linux' ephemeral ports, which begin at 32768

// A lock on the port by name; -1 when another badwire holds it.
int lock_port(int port)
{
    const std::string name = fmt::format("badwire-port-{}", port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const int lock = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (lock >= 0 && ::bind(lock, reinterpret_cast<const sockaddr*>(&address), length) == 0)
        return lock;
    if (lock >= 0) ::close(lock);
    return -1;
}

// True when `file` of /proc/net lists a socket bound to `port`, in state `state` where that is
// given.
bool listed(const char* file, std::uint16_t port, const char* state)
{
    std::ifstream table(file);
    std::string line;
    std::getline(table, line); // the heading
    const std::string wanted = fmt::format(":{:04X}", port);
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, socket_state;
        fields >> slot >> local >> remote >> socket_state;
        if (local.ends_with(wanted) && (!state || socket_state == state)) return true;
    }
    return false;
}

} // namespace

port_leases::~port_leases()
{
    for (const int lock : locks_) ::close(lock);
}

std::uint16_t port_leases::take()
{
    static thread_local std::mt19937 random{std::random_device()()};
    constexpr int ports = last_port - first_port + 1;
    const int start = static_cast<int>(random() % ports);
    for (int tried = 0; tried < ports; ++tried) {
        const int port = first_port + (start + tried) % ports;
        const int lock = lock_port(port);
        if (lock < 0) continue;
        if (port_bound(static_cast<std::uint16_t>(port))) {
            ::close(lock);
            continue;
        }
        locks_.push_back(lock);
        return static_cast<std::uint16_t>(port);
    }
    throw net::failure(fmt::format("no free port from {} to {}", first_port, last_port));
}

bool port_bound(std::uint16_t port)
{
    constexpr const char* listening = "0A";
    return listed("/proc/net/udp", port, nullptr) || listed("/proc/net/tcp", port, listening) ||
           listed("/proc/net/udp6", port, nullptr) || listed("/proc/net/tcp6", port, listening);
}

} // namespace badwire::harness
