// ftp.hpp: what the programs of FTP over TCP and over UDP share (course Q1).
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "impl/apps/shared/options.hpp"
#include "impl/net/network.hpp"
#include "impl/wire/transfer_sink.hpp"
#include "impl/wire/window_sender.hpp"

namespace badwire::apps {

/// The options of a server that receives files.
struct ftp_server_options : server_options {
    std::string dir = "received";
    wire_format wire = wire_format::framed;
    bool once = false;
};

/// Longer than a sender's patience: on a bad network a unit may be lost many times in a row.
inline constexpr net::duration ftp_server_patience = std::chrono::seconds(30);

/// `awaits`: what its --timeout limits.
void describe_ftp_server(option_parser& parser, ftp_server_options& options,
                         const std::string& awaits);

/// A received file among the program's files.
class file_sink : public wire::transfer_sink {
public:
    explicit file_sink(std::unique_ptr<net::incoming_file> file) : file_(std::move(file)) {}
    void write(std::span<const std::byte> bytes) override { file_->write(bytes); }
    void commit() override { file_->commit(); }

private:
    std::unique_ptr<net::incoming_file> file_;
};

/// Reads on in `file`, which must outlive the returned function.
wire::window_sender::source source_of(std::istream& file);

/// Puts what the sender counted into the metrics.
void count(net::network& network, const wire::window_sender& sender);

/// Says that a file is on its way or has arrived, and how fast.
void report_sent(net::network& network, const std::string& name, std::uint64_t bytes,
                 net::time_point begin);

} // namespace badwire::apps
