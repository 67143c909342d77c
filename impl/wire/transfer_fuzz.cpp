// Fuzzes what a udp-ftp-server and a udp-ftp-client do with datagrams: the input holds several.
#include <cstdint>

#include "impl/wire/transfer_server.hpp"
#include "impl/wire/window_sender.hpp"

namespace {

using namespace badwire;

struct null_sink : wire::transfer_sink {
    void write(std::span<const std::byte>) override {}
    void commit() override {}
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    wire::transfer_server server({},
                                 [](const std::string&) { return std::make_unique<null_sink>(); });
    const net::udp::endpoint sender(net::asio::ip::address_v4::loopback(), 1);
    wire::window_sender client({.session = 1, .window = 16}, {10, 1000, "file"},
                               [](std::span<std::byte> unit) { return unit.size(); });
    const auto hear = [&](std::span<const std::byte> bytes, net::time_point at) {
        client.on_datagram(bytes, at);
        for (int i = 0; i < 32 && !client.next_datagram().empty(); ++i) {}
    };
    client.start({});
    auto rest = std::as_bytes(std::span(data, size));
    net::time_point now{};
    std::vector<std::byte> datagram;
    while (rest.size() >= 8) {
        // Also as a well-formed datagram: guessing checksums would take the fuzzer for ever.
        const std::size_t length =
            std::min<std::size_t>(std::to_integer<std::size_t>(rest[0]), rest.size() - 8);
        const auto payload = rest.subspan(8, length);
        server.on_datagram(payload, sender, now);
        hear(payload, now);
        wire::encode({static_cast<wire::datagram_kind>(std::to_integer<unsigned>(rest[1]) % 6),
                      std::to_integer<std::uint32_t>(rest[2]) % 4,
                      std::to_integer<std::uint32_t>(rest[3]), payload},
                     datagram);
        server.on_datagram(datagram, sender, now);
        hear(datagram, now);
        now += std::chrono::milliseconds(std::to_integer<int>(rest[4]) * 20);
        server.on_time(now);
        client.on_time(now);
        rest = rest.subspan(8 + length);
    }
    return 0;
}
