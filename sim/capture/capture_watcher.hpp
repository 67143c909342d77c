// capture_watcher.hpp: captures what passes over a link: an offered packet on the interface of the
// side where it came in, a leaving packet on the other side's, each with the reason for its fate.
// The comment on an undeliverable packet, on the other side, says that it never left.
//
// The carrier's thread; the writer must outlive the watcher.
#pragma once

#include "sim/capture/pcapng_writer.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::capture {

class capture_watcher final : public link::packet_watcher {
public:
    using contents = pcapng_writer::contents;

    /// Adds the link's two interfaces to the capture. A link of frames has one with each packet.
    capture_watcher(pcapng_writer& into, std::string_view link, contents of = contents::datagrams)
        : into_(into), contents_(of), sides_(into.add_link(link, of))
    {
    }

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;
    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override;
    void undeliverable(const link::watched_packet& what, std::uint32_t copy, const note& said,
                       std::string_view reason) override;
    void segment(const link::watched_segment& what, std::string_view comment) override;

private:
    void write(pcapng_writer::interface_id where, const link::watched_packet& what,
               std::string_view comment);

    pcapng_writer& into_;
    const contents contents_;
    const pcapng_writer::sides sides_;
};

} // namespace badwire::capture
