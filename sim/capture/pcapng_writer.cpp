#include "sim/capture/pcapng_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "impl/base/utf8.hpp"
#include "sim/capture/internet_packet.hpp"
#include "sim/capture/pcapng_format.hpp"
#include "sim/capture/time_order.hpp"

namespace badwire::capture {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint32_t byte_order_magic = 0x1A2B3C4D;
constexpr std::uint16_t opt_endofopt = 0, opt_comment = 1;
constexpr std::uint16_t shb_userappl = 4, if_name = 2, if_tsresol = 9;

constexpr std::size_t trailer_bytes = 4;     // the total length again
constexpr std::size_t option_head_bytes = 4; // code and length
constexpr nanoseconds handed_over_every = std::chrono::seconds(1);
constexpr std::size_t frame_bytes_max = 14 + ipv6_header_bytes + 65'535;
constexpr std::size_t block_bytes_max = 128 << 10; // more than the largest packet with its comment

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; }

void put(std::byte*& out, const void* bytes, std::size_t size)
{
    if (size) std::memcpy(out, bytes, size); // an empty view may be null
    out += size;
}
void put16(std::byte*& out, std::uint16_t value) { put(out, &value, sizeof value); }
void put32(std::byte*& out, std::size_t value)
{
    const auto word = static_cast<std::uint32_t>(value);
    put(out, &word, sizeof word);
}
void pad(std::byte*& out, std::size_t after)
{
    for (std::size_t at = after; at < padded(after); ++at) *out++ = std::byte{0};
}
void put_option(std::byte*& out, std::uint16_t code, std::string_view value)
{
    put16(out, code);
    put16(out, static_cast<std::uint16_t>(value.size()));
    put(out, value.data(), value.size());
    pad(out, value.size());
}

// At most that many bytes, without cutting a character of UTF-8 in halves.
std::string_view cut(std::string_view text, std::size_t bytes_max)
{
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && continues_character(text[end])) --end;
    return text.substr(0, end);
}

// Computes the checksums of datagrams; frames stay as they were seen. Is given all blocks of a file, in
// order, before they are written.
class block_completer {
public:
    void operator()(std::span<std::byte> blocks)
    {
        while (!blocks.empty()) {
            const std::size_t bytes = read32(&blocks[4]);
            const std::uint32_t type = read32(blocks.data());
            if (type == interface_description)
                synthesised_.push_back(read16(&blocks[link_type_offset]) == linktype_raw);
            if (type == enhanced_packet && synthesised_.at(read32(&blocks[interface_offset])))
                complete_checksums(
                    blocks.subspan(packet_offset, read32(&blocks[captured_length_offset])));
            blocks = blocks.subspan(bytes);
        }
    }

private:
    std::vector<bool> synthesised_; // by interface
};

background_file::options with_room_for_a_block(background_file::options asked)
{
    asked.buffer_bytes = std::max(asked.buffer_bytes, block_bytes_max);
    return asked;
}

} // namespace

pcapng_writer::pcapng_writer(const std::string& path, const options& wanted)
    : path_(path),
      file_(path, with_room_for_a_block(wanted.file), block_completer()),
      epoch_(wanted.epoch)
{
    constexpr std::string_view writer = "badwire";
    const std::size_t bytes =
        24 + option_head_bytes + padded(writer.size()) + option_head_bytes + trailer_bytes;
    std::byte* out = file_.append(bytes);
    put32(out, section_header);
    put32(out, bytes);
    put32(out, byte_order_magic);
    put16(out, 1); // version 1.0
    put16(out, 0);
    put32(out, UINT32_MAX); // a section of any length
    put32(out, UINT32_MAX);
    put_option(out, shb_userappl, writer);
    put_option(out, opt_endofopt, {});
    put32(out, bytes);
}

pcapng_writer::sides pcapng_writer::add_link(std::string_view link, contents of)
{
    const std::string name(cut(link, 1000));
    add_interface(name + " client side", of);
    add_interface(name + " server side", of);
    return {interface_id{interfaces_ - 2}, interface_id{interfaces_ - 1}};
}

void pcapng_writer::close()
{
    file_.close();
    if (std::exchange(disordered_, false)) put_in_order_of_time(path_);
}

void pcapng_writer::add_interface(const std::string& name, contents of)
{
    constexpr char nanosecond_digits = 9;
    const std::size_t bytes = 16 + option_head_bytes + padded(name.size()) + option_head_bytes +
                              padded(1) + option_head_bytes + trailer_bytes;
    std::byte* out = file_.append(bytes);
    put32(out, interface_description);
    put32(out, bytes);
    put16(out, of == contents::frames ? linktype_ethernet : linktype_raw);
    put16(out, 0); // reserved
    put32(out, 0); // packets of any length are captured whole
    put_option(out, if_name, name);
    put_option(out, if_tsresol, {&nanosecond_digits, 1});
    put_option(out, opt_endofopt, {});
    put32(out, bytes);
    ++interfaces_;
}

void pcapng_writer::packet(interface_id where, const sockaddr* from, const sockaddr* to,
                           std::span<const std::byte> payload, nanoseconds time_since_start,
                           std::string_view comment, std::uint8_t ecn)
{
    std::byte headers[headers_bytes_max];
    if (payload.size() > payload_bytes_max - ipv4_header_bytes) [[unlikely]] {
        const bool v4 = from->sa_family == AF_INET && to->sa_family == AF_INET;
        const std::size_t most = payload_bytes_max - (v4 ? ipv4_header_bytes : 0);
        payload = payload.first(std::min(payload.size(), most));
    }
    const std::size_t headers_bytes = write_headers(headers, from, to, payload.size(), ecn);
    write(where, std::span(headers).first(headers_bytes), payload, time_since_start, comment);
}

void pcapng_writer::segment(interface_id where, const sockaddr* from, const sockaddr* to,
                            const tcp_fields& tcp, std::span<const std::byte> payload,
                            nanoseconds time_since_start, std::string_view comment)
{
    std::byte headers[headers_bytes_max];
    const std::size_t bytes = write_headers(headers, from, to, payload.size(), tcp);
    write(where, {headers, bytes}, payload, time_since_start, comment);
}

void pcapng_writer::frame(interface_id where, std::span<const std::byte> bytes,
                          nanoseconds time_since_start, std::string_view comment)
{
    write(where, bytes.first(std::min(bytes.size(), frame_bytes_max)), {}, time_since_start,
          comment);
}

void pcapng_writer::write(interface_id where, std::span<const std::byte> headers,
                          std::span<const std::byte> rest, nanoseconds time_since_start,
                          std::string_view comment)
{
    if (time_since_start - handed_over_ >= handed_over_every) {
        handed_over_ = time_since_start;
        file_.hand_over();
    }
    const std::size_t packet_bytes = headers.size() + rest.size();
    if (!comment.empty()) comment = cut(comment, comment_bytes_max);
    const std::size_t options_bytes =
        comment.empty() ? 0 : option_head_bytes + padded(comment.size()) + option_head_bytes;
    const std::size_t bytes = packet_offset + padded(packet_bytes) + options_bytes + trailer_bytes;

    disordered_ |= time_since_start < latest_;
    latest_ = std::max(latest_, time_since_start);
    const auto time = static_cast<std::uint64_t>((epoch_ + time_since_start).count());
    std::byte* out = file_.append(bytes);
    put32(out, enhanced_packet);
    put32(out, bytes);
    put32(out, static_cast<std::uint32_t>(where));
    put32(out, time >> 32);
    put32(out, time);
    put32(out, packet_bytes); // captured
    put32(out, packet_bytes); // on the wire
    put(out, headers.data(), headers.size());
    put(out, rest.data(), rest.size());
    pad(out, packet_bytes);
    if (!comment.empty()) {
        put_option(out, opt_comment, comment);
        put_option(out, opt_endofopt, {});
    }
    put32(out, bytes);
}

} // namespace badwire::capture
