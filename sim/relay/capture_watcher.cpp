#include "sim/relay/capture_watcher.hpp"

#include <fmt/format.h>

namespace badwire::relay {
namespace {

using link::direction;

std::string of_copy(std::uint32_t copy, const packet_watcher::note& said)
{
    std::string text = copy ? fmt::format("copy {}", copy) : std::string();
    if (said) text += (text.empty() ? "" : " of: ") + *said;
    return text;
}

// Without what differs from packet to packet but is not spoken of.
link::fate essence(const link::impairments& asked, link::fate met)
{
    met.at = {};
    if (!met.dropped) met.loss_drawn = 1;
    if (asked.delay.is_constant()) met.delay_drawn = 0;
    if (met.copies == 0) met.duplicate_drawn = 1;
    if (met.overtakers == 0) met.reorder_drawn = 1;
    if (met.flip_bits == 0) met.corrupt_drawn = 1;
    return met;
}

} // namespace

packet_watcher::note capture_watcher::explain(const link::impairments& asked, const link::fate& met,
                                              explained& last)
{
    if (met.untouched()) return {};
    const link::fate heart = essence(asked, met);
    if (last.said && heart == last.met && asked == last.asked) return last.said;
    auto said = std::make_shared<const std::string>(link::explain(asked, met));
    // What is drawn anew for each packet does not come again.
    if (!met.dropped && asked.delay.is_constant()) {
        if (!last.said || asked != last.asked) last.asked = asked;
        last.met = heart;
        last.said = said;
    }
    return said;
}

packet_watcher::note capture_watcher::offered(const watched_datagram& what,
                                              const link::impairments& asked, const link::fate& met)
{
    const bool up = what.which == direction::up;
    note said = explain(asked, met, up ? last_up_ : last_down_);
    write(up ? sides_.client : sides_.server, what,
          said ? std::string_view(*said) : std::string_view());
    return said;
}

void capture_watcher::left(const watched_datagram& what, std::uint32_t copy, const note& said)
{
    const auto where = what.which == direction::up ? sides_.server : sides_.client;
    if (copy) write(where, what, of_copy(copy, said));
    else write(where, what, said ? std::string_view(*said) : std::string_view());
}

void capture_watcher::undeliverable(const watched_datagram& what, std::uint32_t copy,
                                    const note& said, std::string_view reason)
{
    std::string text = fmt::format("never left: {}", reason);
    if (const std::string about = of_copy(copy, said); !about.empty())
        text += fmt::format(" ({})", about);
    write(what.which == direction::up ? sides_.server : sides_.client, what, text);
}

void capture_watcher::write(capture::pcapng_writer::interface_id where,
                            const watched_datagram& what, std::string_view comment)
{
    const auto address = [](const peer_address& of) {
        return reinterpret_cast<const sockaddr*>(&of.raw);
    };
    into_.packet(where, address(what.from), address(what.to), what.payload, what.time, comment);
}

} // namespace badwire::relay
