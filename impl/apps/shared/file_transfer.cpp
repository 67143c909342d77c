#include "impl/apps/shared/file_transfer.hpp"

#include "impl/base/units.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

invocation parse_ftp_server(const program& self, arguments given, std::uint16_t port,
                            const std::string& awaits, ftp_server_main serve)
{
    ftp_server_options options;
    options.port = port;
    // Longer than a sender's patience: in bad weather a unit may be lost many times in a row.
    options.timeout = std::chrono::seconds(30);
    option_parser parser(self);
    parser.server(options, awaits);
    parser.text("--dir", options.dir, "Folder that files are put into");
    parser.choice("--wire", options.wire, {"classic", "framed"},
                  "classic: the course's own bytes only; framed: both, as the sender begins");
    parser.flag("--once", options.once, "End after the first file");
    invocation run = parser.parse(given);
    run.main = [options, serve](net::network& network) { return serve(network, options); };
    return run;
}

std::unique_ptr<std::istream> open_offered(net::network& network, const std::string& folder,
                                           const std::string& name)
{
    if (name.empty() || net::base_name(name) != name)
        throw net::failure("there is no such file: its name is no name");
    return network.files().open(folder + "/" + name);
}

std::uint64_t size_of(std::istream& file)
{
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(file.tellg());
    file.seekg(0);
    return size;
}

std::size_t read_from(std::istream& file, std::span<std::byte> into)
{
    file.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return static_cast<std::size_t>(file.gcount());
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
