// multicast-chat (course Q7): any member says anything at any time, and all others read it.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/group_member.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t multicast_chat_port = 6000;
constexpr std::size_t multicast_chat_bytes_max = 4000; // 1000 characters of any language
constexpr std::string_view question = "> ";

// Prints what others say. Own copies come, too, but are not printed: the user has just typed them.
net::awaitable<void> listen(net::network& network, group_member& member)
{
    for (;;) {
        net::udp::endpoint from;
        const std::string text =
            co_await hear(network.console(), member.heard, multicast_chat_bytes_max, from);
        network.metrics().add("received_bytes", static_cast<std::int64_t>(text.size()));
        if (from == member.sender.local_endpoint()) continue;
        network.metrics().add("messages");
        network.console().say("{}: {}", to_text(from), wire::printable(text));
    }
}

net::awaitable<void> speak(net::network& network, group_member& member)
{
    net::console& console = network.console();
    for (;;) {
        if (console.is_terminal()) console.prompt(question);
        net::error_code no_more; // end of input, or Ctrl+C
        const std::string line = co_await console.async_read_line(
            net::asio::redirect_error(net::asio::use_awaitable, no_more));
        if (no_more) co_return;
        if (line.size() > multicast_chat_bytes_max) {
            console.complain("a message has at most {} bytes: this one is not sent",
                             multicast_chat_bytes_max);
            continue;
        }
        co_await send_to_group(member.sender, line, member.group);
        network.metrics().add("sent_messages");
        network.metrics().add("sent_bytes", static_cast<std::int64_t>(line.size()));
    }
}

net::awaitable<void> multicast_chat(net::network& network, group_options options)
{
    group_member member = become_member(network, options);
    talk::task_scope tasks(network, [&] {
        member.heard.close();
        network.console().cancel_read();
    });
    tasks.spawn(listen(network, member));
    co_await tasks.run(speak(network, member));
}

} // namespace

std::vector<program> multicast_chat_programs()
{
    return {entry<group_options>(
        {"multicast-chat", "Q7", "Sends what is typed to a group and prints what others say.",
         role::peer, ends_by_itself, multicast},
        {.port = multicast_chat_port},
        [](option_parser& parser, group_options& options) { parser.group(options); },
        multicast_chat)};
}

} // namespace badwire::apps
