// capture_watcher.hpp: captures what passes through a relay: an offered datagram on the interface
// of the side where it came in, a leaving one on the other side's, each with the reason for what
// became of it. Of an undeliverable one the comment on the other side says that it never left.
//
// The relay's thread; the writer must outlive the watcher.
#pragma once

#include "sim/capture/pcapng_writer.hpp"
#include "sim/relay/packet_watcher.hpp"

namespace badwire::relay {

class capture_watcher final : public packet_watcher {
public:
    /// Adds the link's two interfaces to the capture.
    capture_watcher(capture::pcapng_writer& into, std::string_view link)
        : into_(into), sides_(into.add_link(link))
    {
    }

    note offered(const watched_datagram& what, const link::lane& by,
                 const link::fate& met) override;
    void left(const watched_datagram& what, std::uint32_t copy, const note& said) override;
    void undeliverable(const watched_datagram& what, std::uint32_t copy, const note& said,
                       std::string_view reason) override;

private:
    void write(capture::pcapng_writer::interface_id where, const watched_datagram& what,
               std::string_view comment);

    capture::pcapng_writer& into_;
    const capture::pcapng_writer::sides sides_;
};

} // namespace badwire::relay
