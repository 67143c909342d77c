// Any bytes are a frame of some kind; what it points at lies within it; and what is changed in it is
// found by reading it again. As a segment it has the same coordinate twice, if it is no new SYN.
#include <cstdint>
#include <vector>

#include "sim/hosts/frame_changes.hpp"
#include "sim/hosts/refusals.hpp"
#include "sim/hosts/segments.hpp"

namespace {

using namespace badwire;

void expect(bool holds)
{
    if (!holds) __builtin_trap();
}

void change_all(std::vector<std::byte> bytes)
{
    hosts::frame parsed = hosts::parse_frame(bytes);
    const boost::asio::ip::address v4 = boost::asio::ip::make_address("10.77.0.9");
    const boost::asio::ip::address v6 = boost::asio::ip::make_address("fd00::77:9");
    for (const auto& address : {v4, v6}) {
        hosts::set_source(bytes, parsed, address);
        hosts::set_destination(bytes, parsed, address);
    }
    hosts::mark_congestion(bytes, parsed);
    hosts::complete_udp_checksum(bytes, parsed);
    expect(hosts::parse_frame(bytes) == parsed);
}

void track(const std::vector<std::byte>& bytes, const hosts::frame& parsed)
{
    hosts::segment_tracker tracker(1);
    const auto once = tracker.next(bytes, parsed).segment;
    const auto again = tracker.next(bytes, parsed);
    expect(again.segment == once);
    expect(again.canonical.size() == link::segment_header_bytes + parsed.payload_bytes);
    link::words_of(once);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto given = std::as_bytes(std::span(data, size));
    const std::vector<std::byte> bytes(given.begin(), given.end());
    const hosts::frame parsed = hosts::parse_frame(bytes);
    expect(parsed.payload_offset + parsed.payload_bytes <= size);
    expect(parsed.transport_offset <= size);
    expect(parsed.checksum_offset == 0 || parsed.checksum_offset + 2 <= size);
    if (const auto refused = hosts::refused_in(bytes, parsed))
        expect(refused->from.is_v4() == (parsed.ip_version == 4));
    if (parsed.kind == hosts::frame_kind::tcp) track(bytes, parsed);
    change_all(bytes);
    return 0;
}
