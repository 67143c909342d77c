#include "impl/apps/shared/conversation.hpp"

#include "impl/base/units.hpp"
#include "impl/talk/chat_messages.hpp"
#include "impl/talk/mailbox.hpp"
#include "impl/talk/stream.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/talk/typist.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

struct conversation_event {
    enum { typed, input_ended, heard, left, lost } what;
    std::string text = {};
};
using conversation_events = talk::mailbox<conversation_event>;

// Puts every message, and the end, into `events`.
net::awaitable<void> listen_to(talk::chat_messages& messages, conversation_events& events)
{
    try {
        while (auto message = co_await messages.next())
            events.put({conversation_event::heard, std::move(*message)});
        events.put({conversation_event::left});
    } catch (const net::failure& failure) {
        events.put({conversation_event::lost, failure.what()});
    }
}

net::awaitable<void> say(net::network& network, net::tcp_stream& peer, std::string bytes)
{
    co_await talk::write_text(peer, bytes);
    network.metrics().add("messages_sent");
}

net::awaitable<void> take_turns(net::network& network, net::tcp_stream& peer,
                                talk::chat_messages& messages, talk::typist& typist,
                                conversation_events& events, const conversation& with)
{
    wire::turn_taking turns(with.first);
    net::console& console = network.console();
    net::time_point deadline = net::never; // for the other side's message
    const auto wait_for_it = [&] {
        if (with.timeout > net::duration::zero()) deadline = network.now() + with.timeout;
    };
    if (with.first == wire::turn::theirs) wait_for_it();
    bool prompted = false;
    while (!turns.over()) {
        if (turns.wants_line()) typist.ask();
        if (auto line = turns.next_to_say()) {
            co_await say(network, peer, messages.bytes_of(std::move(*line)));
            prompted = false;
            wait_for_it();
        }
        if (turns.may_speak() && !std::exchange(prompted, true)) console.prompt("You: ");

        auto event = co_await events.next(turns.may_speak() ? net::never : deadline);
        if (!event)
            throw net::failure(fmt::format("no message came for {} (--timeout sets how long to "
                                           "wait)",
                                           format_duration(with.timeout)));
        switch (event->what) {
        case conversation_event::typed: turns.typed(std::move(event->text)); break;
        case conversation_event::input_ended: turns.end_of_input(); break;
        case conversation_event::heard:
            console.say("{}: {}", with.other, wire::printable(event->text));
            network.metrics().add("messages_received");
            turns.heard();
            break;
        case conversation_event::left: console.say("The {} has left.", with.other); co_return;
        case conversation_event::lost: throw net::failure(event->text);
        }
    }
}

} // namespace

net::awaitable<void> converse(net::network& network, net::tcp_stream& peer,
                              const conversation& with)
{
    conversation_events events(network);
    talk::chat_messages messages(peer, chat_message_bytes_max);
    talk::task_scope tasks(network, [&] {
        peer.close();
        network.console().cancel_read();
    });
    talk::typist typist(network, tasks, [&](std::optional<std::string> line) {
        if (line) events.put({conversation_event::typed, std::move(*line)});
        else events.put({conversation_event::input_ended});
    });
    tasks.spawn(listen_to(messages, events));
    try {
        co_await tasks.run(take_turns(network, peer, messages, typist, events, with));
    } catch (const std::exception&) {
        if (!network.stopped()) throw;
    }
}

} // namespace badwire::apps
