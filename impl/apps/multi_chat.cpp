// multi-chat-server (course Q6): one operator writes with many clients at once, each in turn. The
// client is tcp-chat-client.
//
// Every client has a task of its own that listens to it. The operator sees who asks, by number, and
// answers in the order of asking, or whom he names: "@2 text".
#include <exception>
#include <map>

#include "impl/apps/catalogue.hpp"
#include "impl/apps/conversation.hpp"
#include "impl/apps/endpoints.hpp"
#include "impl/apps/options.hpp"
#include "impl/apps/task_group.hpp"
#include "impl/wire/mailbox.hpp"
#include "impl/wire/message_reader.hpp"
#include "impl/wire/reply_desk.hpp"
#include "impl/wire/stream.hpp"
#include "impl/wire/text.hpp"
#include "impl/wire/typist.hpp"

namespace badwire::apps {

namespace {

using wire::client_number;

struct office_event {
    enum { typed, input_ended, heard, left } what;
    client_number from = 0;
    std::string text = {};
};

struct guest {
    net::tcp_stream stream;
    bool writing = false; // a reply is on its way out
};

struct office {
    explicit office(net::network& where)
        : network(where), events(std::make_shared<wire::mailbox<office_event>>(where)), tasks(where)
    {
    }
    net::network& network;
    std::shared_ptr<wire::mailbox<office_event>> events;
    task_group tasks;
    std::map<client_number, std::shared_ptr<guest>> present;
    client_number last = 0;
};

// A client's own task: leaves word of its messages, until it leaves or breaks.
net::awaitable<void> listen_to(office& office, std::shared_ptr<guest> client)
{
    const client_number number = ++office.last;
    office.present.emplace(number, client);
    office.network.console().say("[{}] joined from {}", number, wire::peer_of(client->stream));
    wire::message_reader reader(client->stream, chat_message_bytes_max);
    try {
        while (auto message = co_await reader.next())
            office.events->put({office_event::heard, number, std::move(*message)});
    } catch (const net::failure& failure) {
        if (!office.network.stopped()) office.network.console().complain("{}", failure.what());
    }
    office.present.erase(number);
    client->stream.close();
    office.events->put({office_event::left, number});
}

net::awaitable<void> accept_clients(office& office, net::tcp_listener& listener)
{
    for (;;) {
        auto client = std::make_shared<guest>();
        client->stream = co_await accept(office.network, listener);
        office.tasks.spawn(listen_to(office, std::move(client)));
    }
}

// In a task of its own: the operator does not wait for a client that does not read.
net::awaitable<void> send_reply(office& office, wire::reply_desk::reply reply)
{
    const auto found = office.present.find(reply.to);
    if (found == office.present.end()) co_return;
    const std::shared_ptr<guest> client = found->second;
    if (client->writing) { // it asks on and on, and reads nothing
        client->stream.close();
        co_return;
    }
    client->writing = true;
    reply.text += '\n';
    co_await wire::write_text(client->stream, reply.text);
    client->writing = false;
    office.network.metrics().add("messages_sent");
}

// What the operator typed goes to whom it is for. False: nobody asks yet, keep it.
bool answer(office& office, wire::reply_desk& desk, const std::string& line)
{
    wire::reply_desk::reply reply;
    switch (desk.typed(line, reply)) {
    case wire::reply_desk::outcome::nobody_waits: return false;
    case wire::reply_desk::outcome::refused:
        office.network.console().say("[{}] waits for no reply; not sent", reply.to);
        break;
    case wire::reply_desk::outcome::answered:
        office.tasks.spawn(send_reply(office, std::move(reply)));
        break;
    }
    return true;
}

// Ends when the operator's input has ended and somebody waits for more of it.
net::awaitable<void> operate(office& office)
{
    wire::typist typist(office.network, [events = office.events](std::optional<std::string> line) {
        if (line) events->put({office_event::typed, 0, std::move(*line)});
        else events->put({office_event::input_ended});
    });
    net::console& console = office.network.console();
    wire::reply_desk desk;
    std::optional<std::string> line;
    std::optional<client_number> prompted;
    for (bool ended = false;;) {
        if (line && answer(office, desk, *line)) line.reset();
        if (ended && !line && desk.next()) co_return;
        if (!line && !ended) typist.ask();
        if (std::exchange(prompted, desk.next()) != desk.next())
            console.prompt(desk.next() ? fmt::format("Reply to {}: ", *desk.next()) : "");

        auto event = co_await office.events->next();
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
    office.tasks.spawn(accept_clients(office, listener));
    std::exception_ptr end;
    try {
        co_await operate(office);
    } catch (...) {
        end = std::current_exception();
    }
    listener.close();
    for (auto& [number, client] : office.present) client->stream.close();
    co_await office.tasks.below(1);
    if (end) std::rethrow_exception(end);
}

} // namespace

invocation parse_multi_chat_server(const program& self, arguments given)
{
    server_options options{.port = 46100};
    option_parser parser(self);
    parser.listener(options);
    parser.explain("A typed line answers the client that has waited longest; \"@2 text\" answers "
                   "client 2 instead; \"@@text\" is a message that begins with @. Ctrl+C ends.");
    invocation run = parser.parse(given);
    run.main = [options](net::network& network) { return multi_chat_server(network, options); };
    return run;
}

} // namespace badwire::apps
