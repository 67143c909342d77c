#include "impl/wire/transfer.hpp"

#include <algorithm>
#include <limits>

#include "impl/base/bytes.hpp"

namespace badwire::wire {

namespace {

constexpr char transfer_letter = 'F';

} // namespace

void encode(const transfer_datagram& datagram, std::vector<std::byte>& out)
{
    encode_frame(transfer_letter,
                 {static_cast<std::uint8_t>(datagram.kind), datagram.session, datagram.unit,
                  datagram.payload},
                 out);
}

bool has_transfer_magic(std::span<const std::byte> bytes)
{
    return has_frame_magic(transfer_letter, bytes);
}

std::optional<transfer_datagram> decode_transfer(std::span<const std::byte> bytes)
{
    const auto frame = decode_frame(transfer_letter, bytes);
    if (!frame || frame->kind > static_cast<std::uint8_t>(datagram_kind::bye)) return std::nullopt;
    return transfer_datagram{static_cast<datagram_kind>(frame->kind), frame->session, frame->unit,
                             frame->payload};
}

std::vector<std::byte> encode(const transfer_open& open)
{
    const std::span<const std::byte> name = as_bytes(open.name);
    std::vector<std::byte> payload(12 + name.size());
    store_big(payload, 0, open.unit_size);
    store_big(payload, 4, open.file_size);
    std::copy(name.begin(), name.end(), payload.begin() + 12);
    return payload;
}

std::optional<transfer_open> decode_open(std::span<const std::byte> payload)
{
    if (payload.size() <= 12) return std::nullopt;
    transfer_open open{load_big<std::uint32_t>(payload, 0), load_big<std::uint64_t>(payload, 4),
                       std::string(as_text(payload.subspan(12)))};
    constexpr std::uint64_t units_max = std::numeric_limits<std::uint32_t>::max() - 1;
    if (open.unit_size == 0 || open.unit_size > transfer_unit_size_max) return std::nullopt;
    if (open.file_size > units_max * open.unit_size) return std::nullopt;
    return open;
}

std::vector<std::byte> encode(const transfer_end& end)
{
    std::vector<std::byte> payload(8 + end.digest.size());
    store_big(payload, 0, end.file_size);
    std::copy(end.digest.begin(), end.digest.end(), payload.begin() + 8);
    return payload;
}

std::optional<transfer_end> decode_end(std::span<const std::byte> payload)
{
    transfer_end end{};
    if (payload.size() != 8 + end.digest.size()) return std::nullopt;
    end.file_size = load_big<std::uint64_t>(payload, 0);
    std::copy(payload.begin() + 8, payload.end(), end.digest.begin());
    return end;
}

std::vector<std::byte> encode(const transfer_ack& ack)
{
    std::vector<std::byte> payload(8 + 4 * ack.earlier.size());
    store_big(payload, 0, ack.next);
    store_big(payload, 4, ack.room);
    for (std::size_t i = 0; i < ack.earlier.size(); ++i)
        store_big(payload, 8 + 4 * i, ack.earlier[i]);
    return payload;
}

std::optional<transfer_ack> decode_ack(std::span<const std::byte> payload)
{
    constexpr std::size_t most = 8 + 4 * transfer_ack::earlier_max;
    if (payload.size() < 8 || payload.size() > most || payload.size() % 4 != 0) return std::nullopt;
    transfer_ack ack{load_big<std::uint32_t>(payload, 0), load_big<std::uint32_t>(payload, 4)};
    for (std::size_t at = 8; at < payload.size(); at += 4)
        ack.earlier.push_back(load_big<std::uint32_t>(payload, at));
    return ack;
}

} // namespace badwire::wire
