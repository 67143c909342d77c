#include "sim/control/control_server.hpp"

#include <charconv>
#include <map>
#include <optional>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
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

bool is_page(std::string_view target) { return target.substr(0, target.find('?')) == "/"; }
bool is_events(std::string_view target) { return target.substr(0, target.find('?')) == "/events"; }

// The page needs nothing from anywhere else, and nobody may show it in a frame.
response as_page(const std::string& html, bool keep_alive)
{
    response made(http::status::ok, http_11, html);
    made.set(http::field::server, "badwire");
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    made.set(http::field::content_type, "text/html; charset=utf-8");
    made.set("Content-Security-Policy",
             "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
             "img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; "
             "form-action 'none'; frame-ancestors 'none'");
    made.set("Referrer-Policy", "no-referrer");
    made.keep_alive(keep_alive);
    made.prepare_payload();
    return made;
}

response as_http(const answer& said, bool keep_alive)
{
    response made(static_cast<http::status>(said.status), http_11, said.body);
    made.set(http::field::server, "badwire");
    made.set(http::field::cache_control, "no-store");
    made.set("X-Content-Type-Options", "nosniff");
    if (!said.body.empty())
        made.set(http::field::content_type, {said.type.data(), said.type.size()});
    if (!said.allow.empty()) made.set(http::field::allow, said.allow);
    if (said.status == 401) made.set(http::field::www_authenticate, "Bearer");
    made.keep_alive(keep_alive);
    made.prepare_payload();
    return made;
}

// Where a viewer begins, or goes on after it was cut off.
event_feed::place place_of(const http::request<http::string_body>& asked)
{
    const auto found = asked.find("Last-Event-ID");
    if (found == asked.end()) return {};
    const std::string_view given(found->value().data(), found->value().size());
    std::uint64_t last = 0;
    const auto [end, wrong] = std::from_chars(given.data(), given.data() + given.size(), last);
    if (wrong != std::errc{} || end != given.data() + given.size()) return {};
    return event_feed::resume_after(last);
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
    state(boost::asio::io_context& runs_on, fleet* controlled, control_options wanted)
        : context(runs_on),
          options(std::move(wanted)),
          who(options.listen.address(), options.token, !options.page.empty()),
          links(controlled),
          acceptor(context, options.listen),
          room(context)
    {
        if (links != nullptr) answers.emplace(*links, options.version);
    }

    awaitable<void> accept();
    awaitable<void> serve(tcp::socket socket);
    awaitable<bool> serve_one(beast::tcp_stream& stream, beast::flat_buffer& buffer);
    awaitable<answer> handle(const http::request<http::string_body>& asked);
    awaitable<bool> reply(beast::tcp_stream& stream, response made);
    awaitable<void> show_events(beast::tcp_stream& stream, event_feed::place viewer);
    void watch_events();
    void gather_soon();
    void finish(std::chrono::steady_clock::time_point latest);
    void close();

    boost::asio::io_context& context;
    const control_options options;
    const gatekeeper who;
    fleet* const links; // null: there is nothing to control
    std::optional<api> answers{};
    tcp::acceptor acceptor;
    boost::asio::steady_timer room;               // cancelled when a connection ends
    std::set<boost::asio::steady_timer*> viewers; // cancelled when there are events to read
    using request_began = std::chrono::steady_clock::time_point;
    std::map<beast::tcp_stream*, request_began> connections;
    bool closed = false;
    std::function<void()> on_closed;
};

control_server::control_server(boost::asio::io_context& context, fleet& links,
                               control_options options)
    : state_(std::make_shared<state>(context, &links, std::move(options)))
{
    state_->watch_events();
    boost::asio::co_spawn(context, state_->accept(), [kept = state_](std::exception_ptr) {});
}

control_server::control_server(boost::asio::io_context& context, control_options options)
    : state_(std::make_shared<state>(context, nullptr, std::move(options)))
{
    state_->watch_events();
    boost::asio::co_spawn(context, state_->accept(), [kept = state_](std::exception_ptr) {});
}

control_server::~control_server() { close(); }

tcp::endpoint control_server::listening() const { return state_->acceptor.local_endpoint(); }

void control_server::close() { state_->close(); }

void control_server::finish(std::chrono::nanoseconds within, std::function<void()> closed)
{
    state_->on_closed = std::move(closed);
    state_->finish(std::chrono::steady_clock::now() + within);
}

// The viewers have a moment to read the end.
void control_server::state::finish(std::chrono::steady_clock::time_point latest)
{
    error_code ignored;
    acceptor.close(ignored);
    if (viewers.empty() || std::chrono::steady_clock::now() >= latest) return close();
    auto soon = std::make_shared<boost::asio::steady_timer>(context, std::chrono::milliseconds(50));
    soon->async_wait([self = shared_from_this(), soon, latest](error_code) {
        if (!self->closed) self->finish(latest);
    });
}

void control_server::state::close()
{
    closed = true;
    error_code ignored;
    acceptor.close(ignored);
    room.cancel();
    for (boost::asio::steady_timer* const one : viewers) one->cancel();
    if (options.events != nullptr) options.events->on_more({});
    if (on_closed) std::exchange(on_closed, {})();
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
    const auto& asked = reading.get();
    if (!failed && !closed) {
        const bool page = !options.page.empty() && is_page(view(asked.target()));
        const auto shown = shown_by(asked);
        if (const auto refused = page ? who.refusal_of_public(shown) : who.refusal(shown))
            co_return co_await reply(
                stream, as_http(error_answer(refused->status, refused->what()), false));
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
        if (const auto said = answer_to_malformed(failed))
            co_await reply(stream, as_http(*said, false));
        co_return false;
    }
    stream.expires_never();
    const bool reads = asked.method() == http::verb::get;
    if (reads && !options.page.empty() && is_page(view(asked.target())))
        co_return co_await reply(stream, as_page(options.page, asked.keep_alive()));
    if (reads && options.events != nullptr && is_events(view(asked.target()))) {
        co_await show_events(stream, place_of(asked));
        co_return false;
    }
    const answer said = co_await handle(asked);
    if (closed) co_return false;
    co_return co_await reply(stream, as_http(said, asked.keep_alive()));
}

// Where the links are.
awaitable<answer> control_server::state::handle(const http::request<http::string_body>& asked)
{
    if (!answers)
        co_return error_answer(404, "there is nothing here but the page, and nothing to control");
    const request what{.method = view(asked.method_string()),
                       .target = view(asked.target()),
                       .body = asked.body()};
    co_return co_await boost::asio::co_spawn(links->executor(), answers->handle(what),
                                             use_awaitable);
}

awaitable<bool> control_server::state::reply(beast::tcp_stream& stream, response made)
{
    error_code failed;
    stream.expires_after(options.request_timeout);
    co_await http::async_write(stream, made, redirect_error(use_awaitable, failed));
    co_return !failed && made.keep_alive();
}

// Events come in bursts: they are put into words some at a time.
void control_server::state::watch_events()
{
    if (options.events == nullptr) return;
    options.events->on_more([weak = weak_from_this(), to = context.get_executor()] {
        boost::asio::post(to, [weak] {
            if (const auto self = weak.lock()) self->gather_soon();
        });
    });
    gather_soon();
}

void control_server::state::gather_soon()
{
    auto soon = std::make_shared<boost::asio::steady_timer>(context, std::chrono::milliseconds(30));
    soon->async_wait([self = shared_from_this(), soon](error_code) {
        if (self->closed) return;
        self->options.events->gather();
        for (boost::asio::steady_timer* const one : self->viewers) one->cancel();
    });
}

awaitable<void> control_server::state::show_events(beast::tcp_stream& stream,
                                                   event_feed::place viewer)
{
    if (viewers.size() >= options.viewers_max) {
        co_await reply(stream, as_http(error_answer(503, "too many watch already"), false));
        co_return;
    }
    struct seat {
        state& of;
        boost::asio::steady_timer more;
        explicit seat(state& server) : of(server), more(server.context)
        {
            of.viewers.insert(&more);
        }
        ~seat() { of.viewers.erase(&more); }
    } held(*this);
    connections[&stream] = request_began::max(); // makes no room for others
    http::response<http::empty_body> head(http::status::ok, http_11);
    head.set(http::field::server, "badwire");
    head.set(http::field::content_type, "text/event-stream");
    head.set(http::field::cache_control, "no-store");
    head.set("X-Content-Type-Options", "nosniff");
    head.keep_alive(false);
    http::response_serializer<http::empty_body> writing(head);
    error_code failed;
    stream.expires_after(options.viewer_timeout);
    co_await http::async_write_header(stream, writing, redirect_error(use_awaitable, failed));
    while (!failed && !closed) {
        std::string text = options.events->read(viewer);
        if (text.empty() && options.events->over(viewer)) break;
        if (text.empty()) {
            held.more.expires_after(std::chrono::seconds(10));
            error_code woken;
            co_await held.more.async_wait(redirect_error(use_awaitable, woken));
            if (woken) continue; // there may be more to read
            text = ": still here\n\n";
        }
        stream.expires_after(options.viewer_timeout);
        co_await boost::asio::async_write(stream, boost::asio::buffer(text),
                                          redirect_error(use_awaitable, failed));
    }
}

} // namespace badwire::control
