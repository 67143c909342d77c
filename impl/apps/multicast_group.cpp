// multicast-group (course 5.2): every member hears every member, itself too.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/group_member.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/talk/task_scope.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t multicast_group_port = 6000;
constexpr std::size_t multicast_group_bytes_max = 1000;

struct member_options : group_options {
    std::string message = "Hello from a member!";
    std::int64_t members = 0;
};

net::awaitable<void> send_when_told(net::network& network, group_member& member,
                                    const std::string& message)
{
    net::error_code nobody_types;
    co_await network.console().async_read_line(
        net::asio::redirect_error(net::asio::use_awaitable, nobody_types));
    if (nobody_types) co_return;
    co_await send_to_group(member.sender, message, member.group);
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(message.size()));
}

net::awaitable<void> hear_all(net::network& network, group_member& member,
                              const member_options& options)
{
    allow(member.heard, options.timeout);
    for (std::int64_t messages = 0; options.members == 0 || messages < options.members;
         ++messages) {
        net::udp::endpoint from;
        std::string text;
        try {
            text = co_await hear(network.console(), member.heard, multicast_group_bytes_max, from);
        } catch (const net::system_error& error) {
            if (error.code() != net::asio::error::timed_out) throw;
            throw net::failure(
                fmt::format("only {} of {} messages came in time", messages, options.members));
        }
        network.console().say("{}: {}", to_text(from), wire::printable(text));
        network.metrics().add("messages");
        network.metrics().add("received_bytes", static_cast<std::int64_t>(text.size()));
    }
}

net::awaitable<void> multicast_group(net::network& network, member_options options)
{
    // First listen, then speak: a member does not hear what is sent before it listens.
    group_member member = become_member(network, options);
    network.console().say("Press Enter to send your message.");
    talk::task_scope tasks(network, [&] {
        member.heard.close();
        network.console().cancel_read();
    });
    tasks.spawn(send_when_told(network, member, options.message));
    co_await tasks.run(hear_all(network, member, options));
}

} // namespace

std::vector<program> multicast_group_programs()
{
    return {entry<member_options>(
        {"multicast-group", "5.2", "Sends one message on Enter and prints everybody's.", role::peer,
         ends_by_itself, multicast},
        {{.port = multicast_group_port}},
        [](option_parser& parser, member_options& options) {
            parser.group(options, "all messages");
            parser.text("--message", options.message, "What to send on Enter, at most 1000 bytes",
                        multicast_group_bytes_max);
            parser.number("--members", options.members, 0, 1'000'000,
                          "End after so many messages, one of each member; 0: never");
        },
        multicast_group)};
}

} // namespace badwire::apps
