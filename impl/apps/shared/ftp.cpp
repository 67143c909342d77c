#include "impl/apps/shared/ftp.hpp"

#include "impl/apps/shared/file_transfer.hpp"
#include "impl/base/units.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

void describe_ftp_server(option_parser& parser, ftp_server_options& options,
                         const std::string& awaits)
{
    parser.server(options, awaits);
    parser.text("--dir", options.dir, "Folder that files are put into");
    parser.wire(options.wire,
                "classic: the course's own bytes only; framed: both, as the sender begins");
    parser.flag("--once", options.once, "End after the first file");
}

wire::window_sender::source source_of(std::istream& file)
{
    return [&file](std::span<std::byte> unit) { return read_from(file, unit); };
}

void count(net::network& network, const wire::window_sender& sender)
{
    net::metrics& metrics = network.metrics();
    metrics.add("units", sender.counters().units);
    metrics.add("retransmissions", sender.counters().retransmissions);
    metrics.add("fast_retransmissions", sender.counters().fast_retransmissions);
    metrics.add("timeouts", sender.counters().timeouts);
    metrics.add("sent_bytes", sender.counters().sent_bytes);
    if (const auto srtt = sender.rto().srtt()) metrics.set("srtt_ms", *srtt);
}

void report_sent(net::network& network, const std::string& name, std::uint64_t bytes,
                 net::time_point begin)
{
    const net::duration elapsed = network.now() - begin;
    const double seconds = std::chrono::duration<double>(elapsed).count();
    network.metrics().set("goodput_bytes_per_s",
                          seconds > 0 ? static_cast<double>(bytes) / seconds : 0);
    network.console().say("sent {} ({} bytes in {})", wire::printable(name), bytes,
                          format_duration(std::chrono::round<std::chrono::microseconds>(elapsed)));
}

} // namespace badwire::apps
