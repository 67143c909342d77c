// multi-chat-server (course Q6): one operator writes with many clients at once, each in turn. The
// client is tcp-chat-client.
//
// Every client has a thread of its own that listens to it. The operator sees each client's number,
// and answers in the order in which they asked, or one by its number: "@2 text".
#include <map>

#include <boost/asio/post.hpp>

#include "impl/apps/shared/conversation.hpp"
#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/apps/shared/serve_each.hpp"
#include "impl/talk/chat_messages.hpp"
#include "impl/talk/mailbox.hpp"
#include "impl/talk/stream.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/talk/typist.hpp"
#include "impl/wire/reply_desk.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

using wire::client_number;

struct office_event {
    enum { typed, input_ended, heard, left } what;
    client_number from = 0;
    std::string text = {};
};
using office_events = talk::mailbox<office_event>;

// A client. It belongs to its own thread.
struct guest {
    guest(net::network& of_thread, net::tcp_stream accepted)
        : network(of_thread),
          stream(std::move(accepted)),
          messages(stream, chat_message_bytes_max),
          tasks(of_thread, [this] { let_go(); })
    {
    }

    void let_go()
    {
        is_let_go = true;
        stream.close();
    }

    net::network& network;
    net::tcp_stream stream;
    talk::chat_messages messages;
    talk::task_scope tasks; // that send replies
    bool is_let_go = false; // we have closed
};

// How the main thread reaches a client. The executor exists as long as the client is present.
struct guest_handle {
    net::asio::any_io_executor executor;
    std::weak_ptr<guest> client;

    template <typename Function>
    void have_done(Function function) const
    {
        net::asio::post(executor, [client = client, function] {
            if (const auto one = client.lock()) function(*one);
        });
    }
};

// The operator's side: everything in it belongs to the main thread.
struct office {
    explicit office(net::network& where) : network(where), events(where) {}

    // Lets go clients that are there, and those that still come in.
    void close()
    {
        closed = true;
        for (const auto& [number, client] : present)
            client.have_done([](guest& one) { one.let_go(); });
    }

    net::network& network;
    office_events events;
    std::map<client_number, guest_handle> present;
    client_number last = 0;
    bool closed = false;
};

void welcome_guest(office& office, client_number number, const guest_handle& client)
{
    office.present.emplace(number, client);
    if (office.closed) client.have_done([](guest& one) { one.let_go(); });
}

// On the client's thread: passes its messages on, until it leaves or the connection breaks.
net::awaitable<void> hear_messages(guest& client, office& office, client_number number)
{
    try {
        while (auto message = co_await client.messages.next())
            net::asio::post(office.network.get_executor(),
                            [&office, number, text = std::move(*message)] {
                                office.events.put({office_event::heard, number, text});
                            });
    } catch (const net::failure& failure) {
        if (!client.network.stopped() && !client.is_let_go)
            client.network.console().complain("{}", failure.what());
    }
}

// On the client's thread: all that happens there.
net::awaitable<void> listen_to(net::network& own, net::tcp_stream stream, office& office,
                               client_number number)
{
    const auto client = std::make_shared<guest>(own, std::move(stream));
    const guest_handle handle{own.get_executor(), client};
    net::asio::post(office.network.get_executor(),
                    [&office, number, handle] { welcome_guest(office, number, handle); });
    co_await client->tasks.run(hear_messages(*client, office, number));
}

// A thread for each client, as the course has it.
net::awaitable<void> attend(office& office, net::tcp_stream client)
{
    const client_number number = ++office.last;
    office.network.console().say("[{}] joined from {}", number, talk::peer_of(client));
    const net::network::client_task task = [&office, number](net::network& own,
                                                             net::tcp_stream stream) {
        return listen_to(own, std::move(stream), office, number);
    };
    co_await talk::finally(office.network.run_on_thread(std::move(client), task), [&] {
        office.present.erase(number);
        office.events.put({office_event::left, number});
    });
}

net::awaitable<void> send_reply(guest& client, std::string text)
{
    const std::string bytes = client.messages.bytes_of(std::move(text));
    co_await talk::write_text(client.stream, bytes);
    client.network.metrics().add("messages_sent");
}

// In a task of its own: the operator does not wait for a client that does not read.
void reply_to(guest& client, const std::string& text)
{
    if (client.tasks.running() > 0) { // the reply before is still on its way
        client.network.console().complain("{} goes on asking and reads no reply: disconnected",
                                          talk::peer_of(client.stream));
        return client.let_go();
    }
    client.tasks.spawn(talk::telling_failure(client.network, send_reply(client, text)));
}

// Sends a typed line to the client that it is for. False: no client has asked yet; keep the line.
bool answer_asker(office& office, wire::reply_desk& desk, const std::string& line)
{
    wire::reply_desk::reply reply;
    switch (desk.typed(line, reply)) {
    case wire::reply_desk::outcome::nobody_waits: return false;
    case wire::reply_desk::outcome::refused:
        office.network.console().say("[{}] waits for no reply; not sent", reply.to);
        break;
    case wire::reply_desk::outcome::answered:
        if (const auto found = office.present.find(reply.to); found != office.present.end())
            found->second.have_done([text = reply.text](guest& one) { reply_to(one, text); });
        break;
    }
    return true;
}

// Ends when the operator's input has ended and a client waits for a reply.
net::awaitable<void> operate(office& office, talk::typist& typist)
{
    net::console& console = office.network.console();
    wire::reply_desk desk;
    std::optional<std::string> line;
    std::optional<client_number> prompted;
    for (bool ended = false;;) {
        if (line && answer_asker(office, desk, *line)) line.reset();
        if (ended && !line && desk.next()) co_return;
        if (!line && !ended) typist.ask();
        if (std::exchange(prompted, desk.next()) != desk.next())
            console.prompt(desk.next() ? fmt::format("Reply to {}: ", *desk.next()) : "");

        auto event = co_await office.events.next();
        switch (event->what) {
        case office_event::typed: line = std::move(event->text); break;
        case office_event::input_ended: ended = true; break;
        case office_event::heard:
            console.say("[{}] {}", event->from, wire::printable(event->text));
            office.network.metrics().add("messages_received");
            desk.asks(event->from);
            break;
        case office_event::left:
            console.say("[{}] has left", event->from);
            desk.leaves(event->from);
            break;
        }
    }
}

net::awaitable<void> multi_chat_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    office office(network);
    talk::task_scope tasks(network, [&] {
        listener.close();
        office.close();
        network.console().cancel_read();
    });
    talk::typist typist(network, tasks, [&](std::optional<std::string> line) {
        if (line) office.events.put({office_event::typed, 0, std::move(*line)});
        else office.events.put({office_event::input_ended});
    });
    tasks.spawn(
        serve_each(network, listener, {threads_or_processes_max},
                   [&](net::tcp_stream client) { return attend(office, std::move(client)); }));
    co_await tasks.run(operate(office, typist));
}

} // namespace

std::vector<program> multi_chat_programs()
{
    return {entry<server_options>(
        {"multi-chat-server", "Q6", "Writes with many clients at once, with each in turn.",
         role::server, serves_for_ever},
        {.port = 46100},
        [](option_parser& parser, server_options& options) {
            parser.listener(options);
            parser.explain("A typed line answers the client that has waited longest; \"@2 text\" "
                           "answers client 2 instead; \"@@text\" is a message that begins with @. "
                           "Ctrl+C ends.");
        },
        multi_chat_server)};
}

} // namespace badwire::apps
