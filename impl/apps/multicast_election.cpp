// multicast-election (course Q8): each electorate multicasts its vote and counts all by itself.
#include <boost/asio/redirect_error.hpp>

#include "impl/apps/shared/group_member.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/wire/election.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t multicast_election_port = 6010;

struct election_options : group_options {
    std::string vote = {};
    std::int64_t electorates = 5;
    std::optional<std::int64_t> id = {};
    wire_format wire = wire_format::framed;
};

net::awaitable<wire::candidate> ask(net::console& console, const std::string& given)
{
    if (!given.empty()) co_return *wire::parse_vote(given);
    for (;;) {
        console.prompt("Your vote, A or B: ");
        net::error_code ended;
        const std::string line = co_await console.async_read_line(
            net::asio::redirect_error(net::asio::use_awaitable, ended));
        if (ended == net::asio::error::eof)
            throw net::failure("the input ended before a vote came; try --vote A");
        if (ended) throw net::system_error(ended);
        if (const auto vote = wire::parse_vote(line)) co_return *vote;
        console.say("There are two candidates, A and B.");
    }
}

[[noreturn]] void give_up(const wire::tally& votes, const election_options& options,
                          const char* why)
{
    throw net::failure(fmt::format("{} within --timeout: {} of {} votes came ({})", why,
                                   votes.votes(), options.electorates, wire::tally_text(votes)));
}

// The course's wire: one character, sent once. An electorate that misses one waits for ever.
net::awaitable<wire::tally> classic(net::network& network, group_member& member,
                                    election_options options, wire::candidate vote,
                                    net::time_point limit)
{
    const char letter = static_cast<char>(vote);
    co_await send_to_group(member.sender, {&letter, 1}, member.group);
    network.metrics().add("sent_datagrams");

    wire::classic_election counting(options.electorates, member.group.port());
    member.heard.expires_at(limit);
    while (!counting.complete()) {
        net::udp::endpoint from;
        std::string text;
        try {
            text = co_await hear(network.console(), member.heard, 65507, from);
        } catch (const net::system_error& error) {
            if (error.code() != net::asio::error::timed_out) throw;
            give_up(counting.votes(), options, "the election did not finish");
        }
        const std::string report = counting.on_datagram(text, from);
        if (!report.empty()) network.console().complain("{}", report);
    }
    co_return counting.votes();
}

net::awaitable<wire::tally> framed(net::network& network, group_member& member,
                                   election_options options, wire::candidate vote,
                                   net::time_point limit)
{
    const auto id = options.id ? static_cast<std::uint64_t>(*options.id) : network.random()();
    wire::election mine(
        {.electorates = static_cast<std::uint16_t>(options.electorates), .id = id, .vote = vote},
        network.now());
    for (;;) {
        const std::vector<std::byte> said = mine.on_time(network.now());
        for (const auto& report : mine.take_reports()) network.console().complain("{}", report);
        if (mine.finished()) co_return mine.votes();
        if (!said.empty()) {
            co_await send_to_group(member.sender, as_text(said), member.group);
            network.metrics().add("sent_datagrams");
        }
        if (network.now() >= limit) give_up(mine.votes(), options, "not all agreed");
        member.heard.expires_at(std::min(limit, mine.deadline()));
        try {
            net::udp::endpoint from;
            const std::string heard =
                co_await hear(network.console(), member.heard, wire::ballot_bytes_max, from);
            mine.on_datagram(as_bytes(heard), network.now());
        } catch (const net::system_error& error) {
            if (error.code() != net::asio::error::timed_out) throw;
        }
    }
}

net::awaitable<void> multicast_election(net::network& network, election_options options)
{
    // Votes of others that come while a person still thinks wait in the socket.
    group_member member = become_member(network, options);
    const wire::candidate vote = co_await ask(network.console(), options.vote);
    const auto no_limit = options.timeout == net::duration::zero();
    const auto limit = no_limit ? net::never : network.now() + options.timeout;
    network.console().say("Voted: {}", static_cast<char>(vote));

    wire::tally votes;
    if (options.wire == wire_format::classic)
        votes = co_await classic(network, member, options, vote, limit);
    else votes = co_await framed(network, member, options, vote, limit);

    network.console().say("Tally: {}", wire::tally_text(votes));
    network.console().say("{}", wire::outcome_of(votes));
    network.metrics().set("votes_a", static_cast<double>(votes.a));
    network.metrics().set("votes_b", static_cast<double>(votes.b));
}

} // namespace

std::vector<program> multicast_election_programs()
{
    return {entry<election_options>(
        {"multicast-election", "Q8", "Votes for A or B and counts everybody's votes.", role::peer,
         ends_by_itself, multicast},
        {{.port = multicast_election_port}},
        [](option_parser& parser, election_options& options) {
            parser.group(options, "the election to end, once the own vote is cast");
            parser.text("--vote", options.vote, "A or B; without it, the program asks");
            parser.number("--electorates", options.electorates, 1, wire::electorates_max,
                          "How many vote, this one included");
            parser.number("--id", options.id, 0, INT64_MAX,
                          "Who this is, on the framed wire; else a number drawn at "
                          "random");
            parser.wire(options.wire, "The course's wire, or the one that loses no vote");
            parser.afterwards([&] {
                if (!options.vote.empty() && !wire::parse_vote(options.vote))
                    parser.reject(
                        fmt::format("--vote {}: there are two candidates, A and B", options.vote));
            });
        },
        multicast_election)};
}

} // namespace badwire::apps
