// lossy_network_for_tests.hpp: a network in a test that loses, delays, reorders, duplicates and
// damages datagrams between state machines, in virtual time. The same seed does the same.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "impl/net/basics.hpp"
#include "impl/net/random.hpp"

namespace badwire::wire {

/// What the network does to datagrams; a test sees each as `Parsed` when it may want to drop it.
template <typename Parsed>
struct badness {
    std::uint64_t loss_percent = 0;
    std::uint64_t duplicate_percent = 0;
    std::uint64_t corrupt_percent = 0;
    net::duration delay_max = std::chrono::milliseconds(1); // uniform from 0: reorders
    std::function<bool(const Parsed&)> drop = {};           // asked by the test itself
};

struct lossy_network {
    explicit lossy_network(std::uint64_t seed) : random(seed) {}

    template <typename Parsed>
    void send(int to, std::span<const std::byte> bytes, const badness<Parsed>& bad)
    {
        std::vector<std::byte> datagram(bytes.begin(), bytes.end());
        if (random.below(100) < bad.loss_percent) return;
        if (random.below(100) < bad.corrupt_percent && !datagram.empty())
            datagram[random.below(datagram.size())] ^= std::byte{0x10};
        const int copies = random.below(100) < bad.duplicate_percent ? 2 : 1;
        for (int i = 0; i < copies; ++i) {
            const auto delay =
                net::duration(random.below(static_cast<std::uint64_t>(bad.delay_max.count())));
            arriving.emplace(now + delay, std::pair(to, datagram));
        }
    }

    /// When the next datagram arrives; never when none is on its way.
    net::time_point due() const { return arriving.empty() ? net::never : arriving.begin()->first; }

    /// Takes that datagram: the receiver it was sent to, and its bytes.
    std::pair<int, std::vector<std::byte>> take()
    {
        auto next = std::move(arriving.begin()->second);
        arriving.erase(arriving.begin());
        return next;
    }

    net::random_source random;
    net::time_point now{};
    std::multimap<net::time_point, std::pair<int, std::vector<std::byte>>> arriving;
};

} // namespace badwire::wire
