#include "sim/control/control_server.hpp"

#include <map>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "sim/control/api.hpp"
#include "sim/control/gatekeeper.hpp"

namespace badwire::control {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::awaitable;
using boost::asio::redirect_error;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using boost::system::error_code;
using parser = http::request_parser<http::string_body>;
using response = http::response<http::string_body>;

constexpr unsigned http_11 = 11;

credentials shown_by(const http::request<http::string_body>& asked)
{
    const auto header = [&](auto name) -> std::optional<std::string_view> {
        const auto found = asked.find(name);
        if (found == asked.end()) return {};
        return std::string_view(found->value().data(), found->value().size());
    };
    return {.host = header(http::field::host),
            .origin = header(http::field::origin),
            .fetch_site = header("Sec-Fetch-Site"),
            .authorization = header(http::field::authorization)};
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

response as_http(const answer& said, bool keep_alive)
{
    response made(static_cast<http::status>(said.status), http_11, said.body);
    made.set(http::field::server, "badwire");
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    if (!said.body.empty()) made.set(http::field::content_type, "application/json");
    if (!said.allow.empty()) made.set(http::field::allow, said.allow);
    if (said.status == 401) made.set(http::field::www_authenticate, "Bearer");
    made.keep_alive(keep_alive);
    made.prepare_payload();
    return made;
}

// The answer to a malformed request; nothing when nobody is left to hear it.
std::optional<answer> answer_to_malformed(const error_code& failed)
{
    if (failed == http::error::body_limit) return error_answer(413, "the body is too large");
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
        return error_answer(431, "the headers are too large");
    if (failed == http::error::end_of_stream || failed == http::error::partial_message) return {};
    if (failed.category() == make_error_code(http::error::bad_method).category())
        return error_answer(400, "malformed request: " + failed.message());
    return {};
}

} // namespace

struct control_server::state : std::enable_shared_from_this<control_server::state> {
    state(boost::asio::io_context& runs_on, fleet& links, control_options wanted)
        : context(runs_on),
          options(std::move(wanted)),
          who(options.listen.address(), options.token),
          answers(links, options.version),
          acceptor(context, options.listen),
          room(context)
    {
    }

    awaitable<void> accept();
    awaitable<void> serve(tcp::socket socket);
    awaitable<bool> serve_one(beast::tcp_stream& stream, beast::flat_buffer& buffer);
    awaitable<bool> reply(beast::tcp_stream& stream, const answer& said, bool keep_alive);
    void close();

    boost::asio::io_context& context;
    const control_options options;
    const gatekeeper who;
    api answers;
    tcp::acceptor acceptor;
    boost::asio::steady_timer room; // cancelled when a connection ends
    using request_began = std::chrono::steady_clock::time_point;
    std::map<beast::tcp_stream*, request_began> connections;
    bool closed = false;
};

control_server::control_server(boost::asio::io_context& context, fleet& links,
                               control_options options)
    : state_(std::make_shared<state>(context, links, std::move(options)))
{
    boost::asio::co_spawn(context, state_->accept(), [kept = state_](std::exception_ptr) {});
}

control_server::~control_server() { close(); }

tcp::endpoint control_server::listening() const { return state_->acceptor.local_endpoint(); }

void control_server::close() { state_->close(); }

void control_server::state::close()
{
    closed = true;
    error_code ignored;
    acceptor.close(ignored);
    room.cancel();
    for (const auto& [one, began] : connections) one->close();
}

awaitable<void> control_server::state::accept()
{
    while (!closed) {
        error_code failed;
        tcp::socket socket = co_await acceptor.async_accept(redirect_error(use_awaitable, failed));
        if (closed) co_return;
        if (failed) { // out of descriptors, perhaps: clients may have all
            room.expires_after(std::chrono::milliseconds(100));
            co_await room.async_wait(redirect_error(use_awaitable, failed));
            continue;
        }
        // Who waits for the next one's place has it at once: the slowest goes, who has not yet sent
        // what it wants.
        if (connections.size() >= options.connections_max)
            std::ranges::min_element(connections, {}, [](const auto& one) {
                return one.second;
            })->first->close();
        while (connections.size() >= options.connections_max && !closed) {
            room.expires_at(boost::asio::steady_timer::time_point::max());
            co_await room.async_wait(redirect_error(use_awaitable, failed));
        }
        boost::asio::co_spawn(context, serve(std::move(socket)),
                              [kept = shared_from_this()](std::exception_ptr) {});
    }
}

awaitable<void> control_server::state::serve(tcp::socket socket)
{
    beast::tcp_stream stream(std::move(socket));
    struct place {
        state& of;
        beast::tcp_stream& taken;
        place(state& server, beast::tcp_stream& by) : of(server), taken(by)
        {
            of.connections.emplace(&taken, std::chrono::steady_clock::now());
        }
        ~place()
        {
            of.connections.erase(&taken);
            of.room.cancel();
        }
    } const held(*this, stream);

    beast::flat_buffer buffer;
    while (co_await serve_one(stream, buffer))
        connections[&stream] = std::chrono::steady_clock::now();
    // A close with unread bytes would destroy the answer for a client that still sends.
    error_code failed;
    stream.socket().shutdown(tcp::socket::shutdown_send, failed);
    stream.expires_after(
        std::min<std::chrono::nanoseconds>(options.request_timeout, std::chrono::seconds(1)));
    std::size_t left = 16 * options.body_bytes_max;
    for (char rest[4096]; !failed && left > sizeof rest;)
        left -= co_await stream.async_read_some(boost::asio::buffer(rest),
                                                redirect_error(use_awaitable, failed));
}

// Returns whether another request may follow.
awaitable<bool> control_server::state::serve_one(beast::tcp_stream& stream,
                                                 beast::flat_buffer& buffer)
{
    parser reading;
    reading.body_limit(options.body_bytes_max);
    stream.expires_after(options.request_timeout);
    error_code failed;
    co_await http::async_read_header(stream, buffer, reading,
                                     redirect_error(use_awaitable, failed));
    if (!failed && !closed) {
        const auto& asked = reading.get();
        if (const auto refused = who.refusal(shown_by(asked)))
            co_return co_await reply(stream, error_answer(refused->status, refused->what()), false);
        if (beast::iequals(asked[http::field::expect], "100-continue")) {
            http::response<http::empty_body> go_on(http::status::continue_, http_11);
            co_await http::async_write(stream, go_on, redirect_error(use_awaitable, failed));
        }
        if (!failed)
            co_await http::async_read(stream, buffer, reading,
                                      redirect_error(use_awaitable, failed));
    }
    if (closed) co_return false;
    if (failed) {
        if (const auto said = answer_to_malformed(failed)) co_await reply(stream, *said, false);
        co_return false;
    }
    const auto& asked = reading.get();
    const request what{.method = view(asked.method_string()),
                       .target = view(asked.target()),
                       .body = asked.body()};
    stream.expires_never();
    const answer said = co_await answers.handle(what);
    if (closed) co_return false;
    co_return co_await reply(stream, said, asked.keep_alive());
}

awaitable<bool> control_server::state::reply(beast::tcp_stream& stream, const answer& said,
                                             bool keep_alive)
{
    response made = as_http(said, keep_alive);
    error_code failed;
    stream.expires_after(options.request_timeout);
    co_await http::async_write(stream, made, redirect_error(use_awaitable, failed));
    co_return !failed && keep_alive;
}

} // namespace badwire::control
