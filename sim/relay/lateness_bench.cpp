// lateness_bench.cpp: how late datagrams leave a relay that is asked for 20 ms: 10,000 a second for
// a few seconds, with and without relay_options::precise. The gaps between them are random, so that
// no departure profits from an arrival that wakes the relay at the same time. Wants one processor
// for the relay and one for the sender; on a busy machine the results show that.
#include <random>
#include <thread>

#include <fmt/format.h>

#include "sim/relay/relay_bench_forwarders.hpp"

namespace {

using namespace std::chrono_literals;
using namespace badwire::relay;
using namespace badwire::relay::bench;
using badwire::link::direction;

constexpr auto lasting = 3s;
constexpr auto mean_distance = 100us;

void run(bool precise)
{
    relay_options options;
    options.precise = precise;
    options.link.up.delay = {20ms, 20ms};
    boost::asio::io_context context;
    auto from = open_socket(context), to = open_socket(context);
    to.non_blocking(true);
    relay_forwarder forwarder(to.local_endpoint(), options);
    from.connect(forwarder.address());

    std::array<char, 64> bytes{};
    const auto drain = [&] {
        std::uint64_t arrived = 0;
        for (boost::system::error_code none; !none; ++arrived)
            to.receive(boost::asio::buffer(bytes), 0, none);
        return arrived - 1;
    };
    const auto started = std::chrono::steady_clock::now();
    const auto cpu_before = cpu_time(forwarder.thread());
    std::uint64_t sent = 0, arrived = 0;
    std::mt19937 random(1);
    std::uniform_int_distribution<int> distance_us(0, 2 * mean_distance.count());
    for (auto next = started; next < started + lasting;
         next += std::chrono::microseconds(distance_us(random))) {
        // Busy waiting, so that the benchmark does not measure its own sleep.
        while (std::chrono::steady_clock::now() < next) arrived += drain();
        from.send(boost::asio::buffer(bytes));
        ++sent;
    }
    const auto cpu = cpu_time(forwarder.thread()) - cpu_before;
    while (arrived < sent) arrived += drain();

    const auto late = forwarder.observed().how_late();
    const auto delays = forwarder.observed().delays(direction::up);
    const auto ms = [](std::chrono::nanoseconds time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    fmt::print("{:8}  late by, ms: p50 {:.3f}  p99 {:.3f}  p99.9 {:.3f}  max {:.3f}   mean delay "
               "{:.3f} ms   {:3.0f} % of a processor\n",
               precise ? "precise" : "usual", ms(late.p50), ms(late.p99), ms(late.p999),
               ms(late.max), delays.mean_ns() / 1e6, 100 * ms(cpu) / ms(lasting));
}

} // namespace

int main()
{
    fmt::print("{} datagrams a second, 20 ms asked:\n", 1s / mean_distance);
    for (int i = 0; i < 3; ++i) {
        run(false);
        run(true);
    }
}
