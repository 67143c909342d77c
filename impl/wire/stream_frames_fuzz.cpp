// Fuzzes what the framed wire's ends do with the bytes of a connection: the length that a header
// claims, and the payloads that say what is asked for.
#include <cstdint>

#include "impl/net/basics.hpp"
#include "impl/wire/download.hpp"
#include "impl/wire/stream_frames.hpp"

using namespace badwire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span(data, size));
    wire::decode_ack(bytes);
    wire::decode_open(bytes);
    wire::decode_end(bytes);
    wire::decode_download_answer(bytes);
    if (const auto request = wire::decode_download_request(bytes))
        if (wire::encode(*request).size() != size) __builtin_trap();
    if (size < wire::transfer_header_size) return 0;
    try {
        if (wire::frame_payload_size(bytes.first<wire::transfer_header_size>()) >
            wire::frame_payload_max)
            __builtin_trap();
    } catch (const net::failure&) {
    }
    return 0;
}
