#include "sim/capture/capture_watcher.hpp"

#include <fmt/format.h>

namespace badwire::capture {
namespace {

using link::direction;
using link::packet_watcher;

std::string of_copy(std::uint32_t copy, const packet_watcher::note& said)
{
    std::string text = copy ? fmt::format("copy {}", copy) : std::string();
    if (said) text += (text.empty() ? "" : " of: ") + *said;
    return text;
}

} // namespace

packet_watcher::note capture_watcher::offered(const link::watched_packet& what,
                                              const link::lane& by, const link::fate& met)
{
    note said;
    if (!met.untouched()) said = std::make_shared<const std::string>(by.explain(met));
    write(what.which == direction::up ? sides_.client : sides_.server, what,
          said ? std::string_view(*said) : std::string_view());
    return said;
}

void capture_watcher::left(const link::watched_packet& what, std::uint32_t copy, const note& said)
{
    const auto where = what.which == direction::up ? sides_.server : sides_.client;
    if (copy) write(where, what, of_copy(copy, said));
    else write(where, what, said ? std::string_view(*said) : std::string_view());
}

void capture_watcher::undeliverable(const link::watched_packet& what, std::uint32_t copy,
                                    const note& said, std::string_view reason)
{
    std::string text = fmt::format("never left: {}", reason);
    if (const std::string about = of_copy(copy, said); !about.empty())
        text += fmt::format(" ({})", about);
    write(what.which == direction::up ? sides_.server : sides_.client, what, text);
}

void capture_watcher::segment(const link::watched_segment& what, std::string_view comment)
{
    const bool at_server = (what.which == direction::up) == what.leaves;
    const tcp_fields tcp{.sequence = what.sequence,
                         .acknowledgment = what.acknowledgment,
                         .syn = what.syn,
                         .acknowledges = what.acknowledges,
                         .end = what.end,
                         .reset = what.reset,
                         .push = !what.payload.empty()};
    into_.segment(at_server ? sides_.server : sides_.client, what.seen.from, what.seen.to, tcp,
                  what.payload, what.time, comment);
}

void capture_watcher::write(capture::pcapng_writer::interface_id where,
                            const link::watched_packet& what, std::string_view comment)
{
    if (contents_ == contents::frames) into_.frame(where, what.frame, what.time, comment);
    else
        into_.packet(where, what.seen.from, what.seen.to, what.payload, what.time, comment,
                     what.ecn);
}

} // namespace badwire::capture
