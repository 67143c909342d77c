// ports.hpp: ports for programs that must be told theirs, and a look at which are in use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace badwire::harness {

/// Ports below the system's ephemeral range, each held by an abstract Unix socket as a lock, which
/// every badwire on the machine respects and the kernel releases with its owner.
class port_leases {
public:
    port_leases() = default;
    ~port_leases();
    port_leases(const port_leases&) = delete;
    port_leases& operator=(const port_leases&) = delete;

    /// A port that is free for UDP and TCP and leased to nobody else. Throws net::failure.
    std::uint16_t take();

private:
    std::vector<int> locks_;
};

/// The address at which somebody on this machine has bound the port for UDP or listens on it for
/// TCP: 127.0.0.1 if that reaches it, else the first other one, as ::1; nothing: nobody has. Looks
/// without touching, in a folder like /proc/net: a connection made to find out would count as a client.
std::optional<boost::asio::ip::address> bound_at(std::uint16_t port,
                                                 const std::filesystem::path& net = "/proc/net");

/// The addresses at which somebody has bound the port; for TCP those that listen.
std::vector<boost::asio::ip::address> udp_addresses(std::uint16_t port,
                                                    const std::filesystem::path& net = "/proc/net");
std::vector<boost::asio::ip::address> tcp_addresses(std::uint16_t port,
                                                    const std::filesystem::path& net = "/proc/net");

} // namespace badwire::harness
