#include "harness/run/ports.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "impl/net/network.hpp"

namespace badwire::harness {

namespace ip = boost::asio::ip;

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

// An address as /proc/net writes it: words of four bytes, each in the machine's order.
ip::address parse_address(const std::string& hexadecimal)
{
    constexpr std::size_t digits_of_word = 8;
    ip::address_v6::bytes_type bytes{};
    const std::size_t words = hexadecimal.size() / digits_of_word;
    for (std::size_t i = 0; i < words && i < 4; ++i) {
        const auto word = static_cast<std::uint32_t>(
            std::stoul(hexadecimal.substr(i * digits_of_word, digits_of_word), nullptr, 16));
        std::memcpy(bytes.data() + i * sizeof word, &word, sizeof word);
    }
    if (words > 1) return ip::address_v6(bytes);
    return ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

// Adds the addresses at which `file` of /proc/net lists sockets bound to `port`, in state `state`
// where that is given.
void list(const std::filesystem::path& file, std::uint16_t port, const char* state,
          std::vector<ip::address>& into)
{
    std::ifstream table(file);
    std::string line;
    std::getline(table, line); // the heading
    const std::string wanted = fmt::format(":{:04X}", port);
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, socket_state;
        fields >> slot >> local >> remote >> socket_state;
        if (local.ends_with(wanted) && (!state || socket_state == state))
            into.push_back(parse_address(local.substr(0, local.size() - wanted.size())));
    }
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
        if (bound_at(static_cast<std::uint16_t>(port))) {
            ::close(lock);
            continue;
        }
        locks_.push_back(lock);
        return static_cast<std::uint16_t>(port);
    }
    throw net::failure(fmt::format("no free port from {} to {}", first_port, last_port));
}

std::vector<ip::address> udp_addresses(std::uint16_t port, const std::filesystem::path& net)
{
    std::vector<ip::address> all;
    list(net / "udp", port, nullptr, all);
    list(net / "udp6", port, nullptr, all);
    return all;
}

std::vector<ip::address> tcp_addresses(std::uint16_t port, const std::filesystem::path& net)
{
    constexpr const char* listening = "0A";
    std::vector<ip::address> all;
    list(net / "tcp", port, listening, all);
    list(net / "tcp6", port, listening, all);
    return all;
}

std::optional<ip::address> bound_at(std::uint16_t port, const std::filesystem::path& net)
{
    std::vector<ip::address> all = udp_addresses(port, net);
    std::ranges::copy(tcp_addresses(port, net), std::back_inserter(all));
    if (all.empty()) return {};
    const ip::address usual = ip::address_v4::loopback();
    const bool reached = std::ranges::any_of(
        all, [&](const ip::address& one) { return one == usual || one.is_unspecified(); });
    if (reached) return usual;
    const auto of_v4 = std::ranges::find_if(all, &ip::address::is_v4);
    return of_v4 == all.end() ? all.front() : *of_v4;
}

} // namespace badwire::harness
