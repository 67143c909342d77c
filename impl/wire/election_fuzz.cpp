// Fuzzes what an electorate does with datagrams: the input holds several of them.
#include <cstdint>

#include "impl/wire/election.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire;
    net::time_point now{};
    wire::election mine({.electorates = 3, .id = 1, .vote = wire::candidate::a}, now);
    wire::classic_election classic(3, 7);
    auto rest = std::as_bytes(std::span(data, size));
    while (rest.size() >= 4) {
        const auto length =
            std::min<std::size_t>(std::to_integer<std::size_t>(rest[0]), rest.size() - 4);
        const auto payload = rest.subspan(4, length);
        mine.on_datagram(payload, now);
        classic.on_datagram(
            {reinterpret_cast<const char*>(payload.data()), payload.size()},
            {net::asio::ip::address_v4::loopback(), std::to_integer<std::uint16_t>(rest[1])});
        // Also as a well-formed ballot: guessing checksums would take the fuzzer for ever.
        wire::ballot said{3, std::to_integer<std::uint64_t>(rest[1]) % 5, {}};
        for (std::size_t at = 0; at + 6 <= payload.size(); at += 6) {
            const auto number = [&](std::size_t i) {
                return std::to_integer<std::uint32_t>(payload[at + i]);
            };
            said.records.push_back(
                {number(0) % 6, number(1), number(2) % 2 ? wire::candidate::a : wire::candidate::b,
                 static_cast<std::uint8_t>(number(3) % 4), number(4), number(5)});
        }
        mine.on_datagram(wire::encode(said), now);
        now += std::chrono::milliseconds(std::to_integer<int>(rest[2]) * 20);
        mine.on_time(now);
        rest = rest.subspan(4 + length);
    }
    return 0;
}
