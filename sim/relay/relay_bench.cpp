// relay_bench.cpp: what a datagram costs the relay, compared with a bare forwarder in the same run.
// The cost is CPU time of the forwarding thread; variants take turns in random order, and the
// ratios at the end are of medians.
//
// One thread sends a window of datagrams, waits until all that will arrive have arrived, and sends
// the next: nothing overflows. The link itself says which ones the relay drops. In the variants
// called "bundled" the sender uses UDP_SEGMENT and the receiver UDP_GRO; there the next datagrams
// leave as soon as the window has room, so that the rate means something.
#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <poll.h>

#include "sim/relay/relay_bench_forwarders.hpp"

namespace {

using namespace std::chrono_literals;
using namespace badwire::relay;
using namespace badwire::relay::bench;
using badwire::link::direction;
using badwire::link::impairments;

constexpr int iterations = 150;
constexpr int warm_up = 20;

struct traffic {
    std::size_t bytes; // of a datagram
    bool bundled;
    std::size_t window() const { return bundled ? 4096 : 512; }
};

// Sends windows of datagrams that are all different, and counts those that arrive.
class load {
public:
    load(const traffic& what, const relay_options& options)
        : what_(what),
          from_(open_socket(context_)),
          to_(open_socket(context_)),
          payloads_(what.window() * what.bytes)
    {
        if (what.bundled) receive_bundles(to_.native_handle());
        badwire::link::lane same(options.seed, options.name, direction::up, options.link.up);
        auto& flow = same.open_flow("client");
        for (std::size_t i = 0; i < (iterations + warm_up) * what.window(); ++i)
            passes_.push_back(!same.decide(flow, numbered(i), 0ns).dropped);
    }

    endpoint sink() const { return to_.local_endpoint(); }
    void aim(const endpoint& at) { from_.connect(at); }

    void send_window()
    {
        for (std::size_t i = 0; i < what_.window(); i += batch_size) {
            while (what_.bundled && expected_ + batch_size > what_.window()) receive();
            sending_.clear();
            for (std::size_t j = 0; j < batch_size; ++j, ++number_) {
                sending_.add(numbered(number_), nullptr, what_.bundled);
                if (passes_.at(number_)) ++expected_;
            }
            for (int sent = 0; sent < static_cast<int>(batch_size);)
                sent += std::max(sending_.send(from_.native_handle()), 0);
        }
        if (!what_.bundled) receive_rest();
    }

    void receive_rest()
    {
        while (expected_ > 0) receive();
    }

private:
    std::span<const std::byte> numbered(std::uint64_t number)
    {
        const auto place =
            std::span(payloads_).subspan(number % what_.window() * what_.bytes, what_.bytes);
        std::memcpy(place.data(), &number, sizeof number);
        return place;
    }

    void receive()
    {
        pollfd arrived{.fd = to_.native_handle(), .events = POLLIN, .revents = 0};
        if (::poll(&arrived, 1, 5000) <= 0)
            throw std::runtime_error(fmt::format("{} datagrams were lost", expected_));
        const int count = received_.receive(to_.native_handle());
        for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
            const auto message = received_.at(i);
            const auto segment = message.segment > 0 ? message.segment : what_.bytes;
            expected_ -= (message.payload.size() + segment - 1) / segment;
        }
    }

    traffic what_;
    boost::asio::io_context context_;
    udp::socket from_, to_;
    std::vector<std::byte> payloads_;
    std::vector<bool> passes_;
    std::uint64_t number_ = 0;
    std::size_t expected_ = 0;
    send_batch sending_;
    receive_batch received_;
};

struct samples {
    std::string variant;
    traffic what;
    std::vector<double> cpu_ns{}; // per datagram
    std::vector<double> rate{};   // datagrams a second
};
std::map<std::string, samples> measured;

std::string name_of(const std::string& variant, const traffic& what)
{
    return fmt::format("{}/{}_bytes{}", variant, what.bytes, what.bundled ? "_bundled" : "");
}

template <typename Forwarder, typename Options>
void measure(benchmark::State& state, const std::string& variant, const traffic& what,
             const relay_options& asked, const Options& options)
{
    load sent(what, asked);
    Forwarder forwarder(sent.sink(), options);
    sent.aim(forwarder.address());
    for (int i = 0; i < warm_up; ++i) sent.send_window();

    const auto started = std::chrono::steady_clock::now();
    const auto used_before = cpu_time(forwarder.thread());
    auto used = used_before;
    for (auto _ : state) {
        sent.send_window();
        const auto now = cpu_time(forwarder.thread());
        state.SetIterationTime(std::chrono::duration<double>(now - used).count());
        used = now;
    }
    sent.receive_rest();
    used = cpu_time(forwarder.thread());
    const auto datagrams =
        static_cast<double>(state.iterations()) * static_cast<double>(what.window());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const double cpu_ns = static_cast<double>((used - used_before).count()) / datagrams;
    state.counters["cpu_ns_per_datagram"] = cpu_ns;
    state.counters["datagrams_per_second"] = datagrams / took.count();
    auto& all = measured.try_emplace(name_of(variant, what), samples{variant, what}).first->second;
    all.cpu_ns.push_back(cpu_ns);
    all.rate.push_back(datagrams / took.count());
}

void register_all()
{
    const auto add = [](const std::string& name, auto run) {
        benchmark::RegisterBenchmark(name.c_str(), run)
            ->UseManualTime()
            ->Iterations(iterations)
            ->Repetitions(11)
            ->ReportAggregatesOnly();
    };
    const std::pair<std::string, impairments> wires[] = {
        {"relay_clean", {}},
        {"relay_loss_and_delay", {.loss = 0.05, .delay = {1ms, 1ms}}},
        {"relay_loss_and_uniform_delay", {.loss = 0.05, .delay = {1ms, 2ms}}}};
    for (const traffic what : {traffic{64, false}, {1400, false}, {1200, true}}) {
        add(name_of("bare", what), [=](benchmark::State& state) {
            measure<bare_forwarder>(state, "bare", what, {}, what.bundled);
        });
        for (const auto& [name, asked] : wires)
            add(name_of(name, what), [=, name = name, asked = asked](benchmark::State& state) {
                relay_options options;
                options.link.up = options.link.down = asked;
                measure<relay_forwarder>(state, name, what, options, options);
            });
    }
}

double median(std::vector<double> of)
{
    std::ranges::nth_element(of, of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2));
    return of[of.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<char*> arguments(argv, argv + argc);
    std::string interleaving = "--benchmark_enable_random_interleaving=true";
    arguments.insert(arguments.begin() + 1, interleaving.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
    register_all();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();

    fmt::print(stderr, "\nCPU per datagram and rate, medians, and the CPU's ratio to bare:\n");
    for (const auto& [name, all] : measured) {
        const auto bare = measured.find(name_of("bare", all.what));
        if (bare == measured.end()) continue;
        fmt::print(stderr, "{:48} {:6.0f} ns {:9.0f} /s  x {:.2f}\n", name, median(all.cpu_ns),
                   median(all.rate), median(all.cpu_ns) / median(bare->second.cpu_ns));
    }
}
