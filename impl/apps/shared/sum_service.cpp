#include "impl/apps/shared/sum_service.hpp"

#include "impl/apps/shared/endpoints.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::size_t line_bytes_max = 32;
constexpr std::int64_t count_max = 1'000'000'000;

std::int64_t parse_count(std::string_view text)
{
    const auto count = wire::parse_number<std::int64_t>(wire::trimmed(text));
    if (!count || *count < 0 || *count > count_max)
        throw net::failure(fmt::format("asked for \"{}\", which is not a count from 0 to {}",
                                       wire::printable(text), count_max));
    return *count;
}

// The pauses after all additions, at a stretch: nobody sees the sum before the last.
net::duration work_on(std::int64_t count, net::duration each)
{
    constexpr net::duration longest = std::chrono::hours(24) * 365 * 100;
    if (each > net::duration::zero() && count > longest / each) return longest;
    return count * each;
}

} // namespace

net::awaitable<void> serve_sum(net::network& network, net::tcp_stream client, sum_work work)
{
    const net::time_point begin = network.now();
    const std::string address = talk::peer_of(client);
    try {
        allow(client, work.timeout);
        const std::string text = co_await talk::read_message(client, line_bytes_max);
        const std::int64_t count = parse_count(text);
        const net::duration pause = work_on(count, work.per_addition);
        if (pause > net::duration::zero()) co_await network.sleep_for(pause);
        const std::int64_t sum = count * (count + 1) / 2;
        const std::string answer = std::to_string(sum);
        co_await talk::write_text(client, answer);
        client.close();
        network.console().say("{}: sum of 1 to {} is {}", address, count, sum);
        network.metrics().add_served({address, begin, network.now()});
        network.metrics().add("messages");
    } catch (const std::exception& error) {
        if (network.stopped()) throw;
        network.console().complain("client {} not served: {}", address, error.what());
    }
}

} // namespace badwire::apps
