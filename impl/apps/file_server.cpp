// file-server (course Q2): offers the files of a folder, a thread per client. A pause after every
// piece makes it visible that the clients are served at the same time.
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/frame_reader.hpp"
#include "impl/wire/download.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

struct file_server_options : server_options {
    std::string dir = ".";
    wire_format wire = wire_format::framed;
    std::int64_t chunk = 1000;
    net::duration pause = std::chrono::milliseconds(200);
};

// Goes to the first byte that the client does not have yet. The digest is of all bytes before.
std::uint64_t skip_known(std::istream& file, std::uint64_t size,
                         const wire::download_request& asked, wire::sha256& digest)
{
    if (asked.offset == 0 || asked.offset > size) return 0;
    wire::sha256 known;
    std::vector<std::byte> piece(64 << 10);
    for (std::uint64_t left = asked.offset; left > 0;) {
        const auto part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), left));
        if (read_from(file, part) != part.size()) throw net::failure("the file became shorter");
        digest.update(part);
        known.update(part);
        left -= part.size();
    }
    if (known.finish() == asked.digest) return asked.offset;
    digest = wire::sha256();
    file.seekg(0);
    return 0;
}

// The course's way: OK, the contents, and the end of the connection.
net::awaitable<std::uint64_t> serve_classic(net::network& network, net::tcp_stream& client,
                                            const file_server_options& options, std::string begun)
{
    const std::string name = co_await talk::read_classic_name(client, begun);
    std::unique_ptr<std::istream> file;
    std::string problem;
    try {
        file = open_offered(network, options.dir, name);
    } catch (const net::failure& failure) {
        problem = fmt::format("{}: {}", wire::printable(name), failure.what());
    }
    allow(client, options.timeout);
    if (!problem.empty()) {
        co_await talk::write_text(client, wire::classic_not_found);
        client.shutdown_send();
        throw net::failure(problem);
    }
    // A client takes whatever comes with the status for a part of it, so a pause follows the
    // status, too.
    co_await talk::write_text(client, wire::classic_ok);
    co_await network.sleep_for(options.pause);
    std::uint64_t sent = 0;
    std::vector<std::byte> chunk(static_cast<std::size_t>(options.chunk));
    while (const std::size_t size = read_from(*file, chunk)) {
        allow(client, options.timeout);
        co_await talk::write_text(client, as_text(std::span(chunk).first(size)));
        sent += size;
        co_await network.sleep_for(options.pause);
    }
    client.shutdown_send();
    co_return sent;
}

// Length first, then numbered pieces, then the digest; begins where the client's part ends.
net::awaitable<std::uint64_t> serve_framed(net::network& network, net::tcp_stream& client,
                                           const file_server_options& options, std::string begun)
{
    talk::frame_reader frames(client, begun);
    const wire::transfer_datagram frame = co_await frames.expect();
    const auto asked = wire::decode_download_request(frame.payload);
    if (frame.kind != wire::datagram_kind::open || !asked)
        throw net::failure("its request makes no sense");
    std::unique_ptr<std::istream> file;
    std::string problem;
    try {
        file = open_offered(network, options.dir, asked->name);
    } catch (const net::failure& failure) {
        problem = failure.what();
    }
    allow(client, options.timeout);
    if (!problem.empty()) {
        co_await talk::write_frame(client, wire::datagram_kind::refuse, 0, as_bytes(problem));
        throw net::failure(problem);
    }
    const std::uint64_t size = size_of(*file);
    wire::sha256 digest;
    const std::uint64_t from = skip_known(*file, size, *asked, digest);
    co_await talk::write_frame(client, wire::datagram_kind::open, 0,
                               wire::encode(wire::download_answer{size, from}));
    std::vector<std::byte> chunk(static_cast<std::size_t>(options.chunk));
    std::uint64_t at = from;
    std::uint32_t number = 0;
    while (at < size) {
        const auto piece = std::span(chunk).first(std::min<std::uint64_t>(chunk.size(), size - at));
        if (read_from(*file, piece) != piece.size()) throw net::failure("the file became shorter");
        digest.update(piece);
        allow(client, options.timeout);
        ++number;
        co_await talk::write_frame(client, wire::datagram_kind::data, number, piece);
        at += piece.size();
        co_await network.sleep_for(options.pause);
    }
    allow(client, options.timeout);
    co_await talk::write_frame(client, wire::datagram_kind::end, number + 1,
                               wire::encode(wire::transfer_end{size, digest.finish()}));
    client.shutdown_send();
    co_return size - from;
}

net::awaitable<void> serve_file(net::network& network, net::tcp_stream client,
                                file_server_options options)
{
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    try {
        allow(client, options.timeout);
        const std::string begun = co_await talk::read_exactly(client, 4);
        std::uint64_t sent = 0;
        if (options.wire == wire_format::framed && wire::has_transfer_magic(as_bytes(begun)))
            sent = co_await serve_framed(network, client, options, begun);
        else sent = co_await serve_classic(network, client, options, begun);
        network.console().say("{}: sent {} bytes", address, sent);
        network.metrics().add("files");
        network.metrics().add("sent_bytes", static_cast<std::int64_t>(sent));
        network.metrics().add_served({address, begin, network.now()});
    } catch (const std::exception& error) {
        if (network.stopped()) throw;
        network.metrics().add("failed_files");
        network.console().complain("client {} not served: {}", address,
                                   wire::printable(error.what()));
    }
}

net::awaitable<void> file_server(net::network& network, file_server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    co_await serve_each(network, listener, {threads_or_processes_max}, [&](net::tcp_stream client) {
        return network.run_on_thread(std::move(client),
                                     [&options](net::network& own, net::tcp_stream stream) {
                                         return serve_file(own, std::move(stream), options);
                                     });
    });
}

} // namespace

std::vector<program> file_server_programs()
{
    return {entry<file_server_options>(
        {"file-server", "Q2", "Offers the files of a folder, a thread per client.", role::server,
         serves_for_ever},
        {{.port = 45100, .timeout = std::chrono::seconds(10)}},
        [](option_parser& parser, file_server_options& options) {
            parser.server(options, "a client to ask, and to take each piece");
            parser.text("--dir", options.dir, "Folder whose files are offered");
            parser.wire(options.wire,
                        "classic: the course's own bytes only; framed: both, as the client begins");
            parser.number("--chunk", options.chunk, 1, wire::transfer_unit_size_max,
                          "Bytes per piece");
            parser.duration("--pause", options.pause, "Pause after each piece");
        },
        file_server)};
}

} // namespace badwire::apps
