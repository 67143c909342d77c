// transfer_for_tests.hpp: a sender and a server of files on a network that loses, delays, reorders,
// duplicates and damages, in virtual time.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "impl/wire/lossy_network_for_tests.hpp"
#include "impl/wire/memory_files_for_tests.hpp"
#include "impl/wire/window_sender.hpp"

namespace badwire::wire::for_tests {

using transfer_badness = badness<transfer_datagram>;

inline constexpr int to_sender = 0;
inline constexpr int to_server = 1;

struct world : lossy_network {
    explicit world(std::uint64_t seed = 1) : lossy_network(seed) {}

    void send(int to, std::span<const std::byte> bytes, const transfer_badness& bad)
    {
        if (!bad.drop || !bad.drop(*decode_transfer(bytes))) lossy_network::send(to, bytes, bad);
    }

    // Until the sender has finished and nothing is on its way; the server's answers included.
    void run(window_sender& sender, transfer_server& server, const transfer_badness& bad)
    {
        const net::udp::endpoint address(net::asio::ip::address_v4::loopback(), 7);
        sender.start(now);
        for (;;) {
            for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram())
                send(to_server, next, bad);
            if (sender.finished() && arriving.empty()) break;
            const net::time_point arrival = due();
            now = std::min({arrival, sender.deadline(), server.deadline()});
            if (now == arrival) {
                const auto [to, bytes] = take();
                if (to == to_sender) sender.on_datagram(bytes, now);
                else if (const auto reply = server.on_datagram(bytes, address, now); !reply.empty())
                    send(to_sender, reply, bad);
            }
            sender.on_time(now);
            server.on_time(now);
        }
    }
};

struct transfer {
    explicit transfer(std::string contents, std::uint32_t unit_size = 100,
                      std::string name = "file", sender_options options = {.session = 9})
        : contents_(std::move(contents)),
          sender(options, {unit_size, contents_.size(), std::move(name)},
                 [this](std::span<std::byte> unit) {
                     const std::size_t size = std::min(unit.size(), contents_.size() - offset_);
                     std::memcpy(unit.data(), contents_.data() + offset_, size);
                     offset_ += size;
                     return size;
                 })
    {
    }

    std::string contents_;
    std::size_t offset_ = 0;
    memory_files store;
    window_sender sender;
    transfer_server server{{}, store.opener()};
};

inline std::string text_of(std::size_t size, net::random_source& random)
{
    std::string text(size, '\0');
    for (char& byte : text) byte = static_cast<char>(random.below(256));
    return text;
}

} // namespace badwire::wire::for_tests
