// Fuzzes what a streaming client does with datagrams: the input holds several of them.
#include <cstdint>
#include <cstdlib>

#include "impl/wire/media_receiver.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire;
    net::time_point now{};
    wire::media_receiver receiver({.session = 1, .name = "x", .silence = std::chrono::seconds(5)});
    receiver.start(now);
    const auto take = [&](std::span<const std::byte> bytes) {
        const auto unit = receiver.on_datagram(bytes, now);
        const std::uint64_t most =
            static_cast<std::uint64_t>(receiver.units()) * wire::media_unit_size_max;
        if (unit && unit->offset + unit->contents.size() > most) std::abort();
        if (receiver.playable_bytes() > most || receiver.lost() < 0) std::abort();
        if (receiver.counters().received > receiver.units()) std::abort();
    };
    auto rest = std::as_bytes(std::span(data, size));
    while (rest.size() >= 6) {
        const auto at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(rest[i]); };
        const auto payload = rest.subspan(6, std::min<std::size_t>(at(0), rest.size() - 6));
        take(payload);
        // Also as a well-formed frame: guessing checksums would take the fuzzer for ever.
        const std::uint32_t number = at(2) << (at(3) % 25);
        take(wire::encode_media(static_cast<wire::media_kind>(at(1) % 8), at(5) % 4 == 3 ? 2 : 1,
                                number, payload));
        // And as one that makes sense.
        take(wire::encode_media(
            wire::media_kind::data, 1, number,
            wire::encode(
                wire::media_unit{now.time_since_epoch(), std::uint64_t{number} * at(5), payload})));
        now += std::chrono::milliseconds(at(4) * 20);
        receiver.on_time(now);
        while (receiver.next_datagram()) {}
        wire::wav_byte_rate(payload);
        rest = rest.subspan(6 + payload.size());
    }
    wire::wav_byte_rate(std::as_bytes(std::span(data, size)));
    return 0;
}
