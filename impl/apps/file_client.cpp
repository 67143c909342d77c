// file-client (course Q2): fetches a file from a file-server.
//
// --wire framed   length and digest; what came before the connection broke is kept as NAME.part and
//                 continued by the next attempt
//        classic  the course's own bytes: a connection that is cut looks like the file's end
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/file_transfer.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/frame_reader.hpp"
#include "impl/wire/download.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::size_t piece_bytes_max = 4096;

struct file_client_options : client_options {
    std::string name = {};
    std::string out = {};
    wire_format wire = wire_format::framed;
};

// The next piece, or nothing at the end of the connection.
net::awaitable<std::string> next_piece(net::tcp_stream& server, net::duration timeout)
{
    allow(server, timeout);
    std::string piece(1, ' '); // silence and an end are told apart by what read_more returns
    const talk::arrival got = co_await talk::read_more(server, piece, piece_bytes_max);
    if (got == talk::arrival::quiet) throw talk::silence_of(server);
    piece.erase(0, 1);
    co_return piece;
}

net::awaitable<std::uint64_t> fetch_classic(net::network& network, net::tcp_stream& server,
                                            const file_client_options& options)
{
    const std::string request = wire::classic_name(options.name);
    co_await talk::write_text(server, request);
    // The status and the first contents may come in one piece, or the status in several.
    std::string piece;
    while (piece.size() < wire::classic_ok.size()) {
        const std::string more = co_await next_piece(server, options.timeout);
        if (more.empty()) break;
        piece += more;
    }
    if (!piece.starts_with(wire::classic_ok)) {
        for (std::string more = "-"; !more.empty() && piece.size() < piece_bytes_max;) {
            more = co_await next_piece(server, options.timeout);
            piece += more;
        }
        throw net::failure(fmt::format("the server answered \"{}\"", wire::printable(piece)));
    }
    piece.erase(0, wire::classic_ok.size());
    const auto file = network.files().receive_as(options.out);
    std::uint64_t received = 0;
    do {
        file->write(piece);
        received += piece.size();
        piece = co_await next_piece(server, options.timeout);
    } while (!piece.empty());
    file->commit();
    co_return received;
}

// Takes the pieces and the end. Where the server or the connection fails, what came is kept.
net::awaitable<void> take_contents(net::network& network, net::tcp_stream& server,
                                   talk::frame_reader& frames, const file_client_options& options,
                                   net::resumable_file& file, wire::sha256& digest,
                                   const wire::download_answer& answer)
{
    std::uint64_t at = answer.offset;
    for (std::uint32_t number = 1;; ++number) {
        allow(server, options.timeout);
        const wire::transfer_datagram frame = co_await frames.expect();
        if (frame.kind == wire::datagram_kind::end) {
            const auto end = wire::decode_end(frame.payload);
            if (end && end->file_size == at && at == answer.file_size &&
                end->digest == digest.finish())
                co_return;
            file.discard();
            throw net::failure("what arrived is not what was sent: sizes or digests differ");
        }
        if (frame.kind != wire::datagram_kind::data || frame.unit != number ||
            frame.payload.size() > answer.file_size - at)
            throw net::failure("the server sent a frame that does not belong there");
        file.write(frame.payload);
        digest.update(frame.payload);
        at += frame.payload.size();
        network.metrics().add("units");
        network.metrics().add("received_bytes", static_cast<std::int64_t>(frame.payload.size()));
    }
}

net::awaitable<std::uint64_t> fetch_framed(net::network& network, net::tcp_stream& server,
                                           const file_client_options& options)
{
    const auto file = network.files().resume(options.out);
    wire::sha256 digest; // of the whole file
    wire::sha256 known;  // of the bytes that are there
    const auto kept = file->kept();
    std::vector<std::byte> piece(64 << 10);
    while (const std::size_t size = read_from(*kept, piece)) {
        digest.update(std::span(piece).first(size));
        known.update(std::span(piece).first(size));
    }
    const auto request =
        wire::encode(wire::download_request{file->kept_bytes(), known.finish(), options.name});
    co_await talk::write_frame(server, wire::datagram_kind::open, 0, request);
    talk::frame_reader frames(server);
    const wire::transfer_datagram first = co_await frames.expect();
    const auto answer = wire::decode_download_answer(first.payload);
    if (first.kind == wire::datagram_kind::refuse) {
        if (file->kept_bytes() == 0) file->discard();
        throw net::failure("the server refused: " + wire::printable(as_text(first.payload)));
    }
    if (first.kind != wire::datagram_kind::open || !answer)
        throw net::failure("the server's answer makes no sense");
    if (answer->offset != 0 && answer->offset != file->kept_bytes())
        throw net::failure("the server goes on where nobody asked it to");
    if (answer->offset != file->kept_bytes()) {
        file->restart();
        digest = wire::sha256();
    }
    if (answer->offset > 0) {
        network.metrics().set("resumed_bytes", static_cast<double>(answer->offset));
        network.console().say("going on at byte {} of {}", answer->offset, answer->file_size);
    }
    co_await take_contents(network, server, frames, options, *file, digest, *answer);
    file->commit();
    co_return answer->file_size;
}

net::awaitable<void> file_client(net::network& network, file_client_options options)
{
    const net::time_point begin = network.now();
    net::tcp_stream server = co_await connect(network, options);
    const std::string address = to_text(server.local_endpoint());
    std::uint64_t bytes = 0;
    try {
        if (options.wire == wire_format::classic)
            bytes = co_await fetch_classic(network, server, options);
        else bytes = co_await fetch_framed(network, server, options);
    } catch (const net::failure& failure) {
        if (network.stopped()) throw;
        throw net::failure(
            fmt::format("cannot fetch {}: {}", wire::printable(options.name), failure.what()));
    }
    server.close();
    network.metrics().add_made({address, begin, network.now()});
    network.metrics().add("files");
    network.console().say("received {} ({} bytes) as {}", wire::printable(options.name), bytes,
                          wire::printable(options.out));
}

} // namespace

std::vector<program> file_client_programs()
{
    return {entry<file_client_options>(
        {"file-client", "Q2", "Fetches a file, and goes on where it broke off.", role::client},
        {{.port = 45100, .timeout = std::chrono::seconds(10)}},
        [](option_parser& parser, file_client_options& options) {
            parser.text("NAME", options.name, "The file to fetch").required();
            parser.text("--out", options.out, "Where to put it; received/NAME if not given");
            parser.client(options, "the server");
            parser.wire(options.wire,
                        "classic: the course's own bytes; framed: checked, and continued where it "
                        "broke off");
            parser.afterwards([&] { choose_place(parser, options.name, options.out); });
        },
        file_client)};
}

} // namespace badwire::apps
