// Fuzzes what a chat does with datagrams: the input holds several of them.
#include <cstdint>
#include <cstdlib>

#include "impl/wire/datagram_channel.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire;
    wire::datagram_channel channel({.session = 1});
    net::time_point now{};
    channel.send("hello", now);
    auto rest = std::as_bytes(std::span(data, size));
    while (rest.size() >= 5) {
        const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(rest[i]); };
        const auto payload = rest.subspan(5, std::min<std::size_t>(at(0), rest.size() - 5));
        // Also as a well-formed frame: guessing checksums would take the fuzzer for ever.
        channel.on_datagram(payload, now);
        channel.on_datagram(wire::encode_frame('C', {static_cast<std::uint8_t>(at(1) % 6),
                                                     at(2) % 3, at(3) % 4, payload}),
                            now);
        now += std::chrono::milliseconds(at(4) * 20);
        channel.on_time(now);
        if (at(4) == 255) channel.close(now);
        while (channel.next_datagram()) {}
        for (const auto& event : channel.take_events())
            if (event.text.size() > wire::chat_bytes_max) std::abort();
        rest = rest.subspan(5 + payload.size());
    }
    return 0;
}
