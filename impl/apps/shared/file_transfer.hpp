// file_transfer.hpp: what the programs that send and receive files share.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "impl/apps/shared/catalogue.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/net/network.hpp"
#include "impl/wire/transfer_sink.hpp"
#include "impl/wire/window_sender.hpp"

namespace badwire::apps {

/// What a server that receives files can be told.
struct ftp_server_options : server_options {
    std::string dir = "received";
    std::string wire = "framed";
    bool once = false;
};

using ftp_server_main = net::awaitable<void> (*)(net::network&, ftp_server_options);

/// `awaits`: what its --timeout limits.
invocation parse_ftp_server(const program& self, arguments given, std::uint16_t port,
                            const std::string& awaits, ftp_server_main serve);

/// A received file among the program's files.
class file_sink : public wire::transfer_sink {
public:
    explicit file_sink(std::unique_ptr<net::incoming_file> file) : file_(std::move(file)) {}
    void write(std::span<const std::byte> bytes) override { file_->write(bytes); }
    void commit() override { file_->commit(); }

private:
    std::unique_ptr<net::incoming_file> file_;
};

/// Opens a file of `folder` that a peer named: one of the folder itself and of nowhere else. Throws
/// failure.
std::unique_ptr<std::istream> open_offered(net::network& network, const std::string& folder,
                                           const std::string& name);

std::uint64_t size_of(std::istream& file);

/// Fills the span as far as the file reaches; returns how many bytes it read.
std::size_t read_from(std::istream& file, std::span<std::byte> into);

/// Reads on in `file`, which must outlive it.
wire::window_sender::source source_of(std::istream& file);

/// What the sender counted, into the metrics.
void count(net::network& network, const wire::window_sender& sender);

/// A file is on its way or has arrived: says so, and how fast.
void report_sent(net::network& network, const std::string& name, std::uint64_t bytes,
                 net::time_point begin);

} // namespace badwire::apps
