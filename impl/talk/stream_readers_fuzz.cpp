// Fuzzes the readers of connections: messages with and without ends, units without borders, frames.
// The first byte chooses a reader; then pieces follow, each with its length in front, as TCP would
// deliver them. A length of 0 is silence.
#include <cstdint>
#include <cstdlib>

#include <boost/asio/co_spawn.hpp>

#include "impl/net/network.hpp"
#include "impl/talk/chat_messages.hpp"
#include "impl/talk/classic_reader.hpp"
#include "impl/talk/frame_reader.hpp"
#include "impl/talk/scripted_stream_for_tests.hpp"

namespace {

using namespace badwire;

constexpr std::size_t limit = 1000;

void check(const std::string& read)
{
    if (read.size() > limit) std::abort();
}

net::awaitable<void> read_messages(net::tcp_stream& stream)
{
    talk::chat_messages reader(stream, limit);
    while (const auto message = co_await reader.next()) check(*message);
}

net::awaitable<void> read_one(net::tcp_stream& stream)
{
    check(co_await talk::read_message(stream, limit));
}

net::awaitable<void> read_classic_file(net::tcp_stream& stream)
{
    const std::string length = co_await talk::read_exactly(stream, 4);
    co_await talk::read_classic_name(stream, length);
    talk::classic_unit_reader units(stream);
    while (!units.ended()) {
        const std::string unit = co_await units.next();
        if (unit.size() > wire::classic_unit_max) std::abort();
    }
}

net::awaitable<void> read_frames(net::tcp_stream& stream)
{
    talk::frame_reader reader(stream);
    for (;;) {
        const wire::transfer_datagram frame = co_await reader.expect();
        if (frame.payload.size() > wire::frame_payload_max) std::abort();
    }
}

net::awaitable<void> read(net::tcp_stream& stream, unsigned which)
{
    stream.expires_after(std::chrono::seconds(1));
    switch (which % 4) {
    case 0: return read_messages(stream);
    case 1: return read_one(stream);
    case 2: return read_classic_file(stream);
    default: return read_frames(stream);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::deque<talk::scripted_stream::step> script;
    while (!rest.empty()) {
        const std::size_t length = static_cast<unsigned char>(rest.front());
        rest.remove_prefix(1);
        if (length == 0) script.emplace_back(talk::scripted_stream::silence{});
        else if (!rest.empty()) script.emplace_back(std::string(rest.substr(0, length)));
        rest.remove_prefix(std::min(length, rest.size()));
    }
    script.emplace_back(talk::scripted_stream::end{});

    net::asio::io_context context;
    std::vector<net::duration> deadlines;
    net::tcp_stream stream(
        std::make_unique<talk::scripted_stream>(context, std::move(script), deadlines));
    net::asio::co_spawn(context, read(stream, data[0]), [](std::exception_ptr problem) {
        try {
            if (problem) std::rethrow_exception(problem);
        } catch (const net::failure&) { // for people
        } catch (const net::system_error&) {
        }
    });
    context.run_for(std::chrono::seconds(5));
    return 0;
}
