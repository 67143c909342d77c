// relay_bench.cpp: what a datagram costs the relay, beside a bare epoll, recvmmsg and sendmmsg
// forwarder in the same run. The cost is CPU time of the forwarding thread; variants take turns in
// random order, and the ratios at the end are of medians.
//
// One thread sends a window of datagrams, waits until all that will arrive has arrived, and sends
// the next: nothing overflows. Which ones the relay drops it knows from the link itself.
#include <algorithm>
#include <cstring>
#include <ctime>
#include <map>
#include <stdexcept>
#include <thread>

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim/relay/datagram_batch.hpp"
#include "sim/relay/listening_pair.hpp"
#include "sim/relay/relay.hpp"

namespace {

using namespace std::chrono_literals;
using namespace badwire::relay;
using badwire::link::direction;
using badwire::link::impairments;
using boost::asio::ip::udp;

constexpr std::size_t window = 512;
const endpoint any_port(boost::asio::ip::make_address("127.0.0.1"), 0);

udp::socket open_socket(boost::asio::io_context& context)
{
    udp::socket made(context, any_port);
    enlarge_buffers(made);
    return made;
}

// CPU time a thread has used so far, asked from another one.
std::chrono::nanoseconds cpu_time(std::thread& of)
{
    clockid_t id{};
    timespec used{};
    if (::pthread_getcpuclockid(of.native_handle(), &id) != 0 || ::clock_gettime(id, &used) != 0)
        throw std::runtime_error("no CPU clock for the forwarding thread");
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// What the relay is compared with: no link, no replies, no flows.
class bare_forwarder {
public:
    explicit bare_forwarder(const endpoint& upstream)
        : in_(open_socket(context_)), out_(open_socket(context_)), stop_(::eventfd(0, 0))
    {
        out_.connect(upstream);
        thread_ = std::thread([this] { run(); });
    }
    ~bare_forwarder()
    {
        const std::uint64_t one = 1;
        if (::write(stop_, &one, sizeof one) != sizeof one) std::terminate();
        thread_.join();
        ::close(stop_);
    }

    endpoint address() const { return in_.local_endpoint(); }
    std::thread& thread() { return thread_; }

private:
    void run()
    {
        const int in = in_.native_handle();
        const int poller = ::epoll_create1(0);
        for (int watched : {in, stop_}) {
            epoll_event event{.events = EPOLLIN, .data = {.fd = watched}};
            ::epoll_ctl(poller, EPOLL_CTL_ADD, watched, &event);
        }
        for (epoll_event event{}; ::epoll_wait(poller, &event, 1, -1) >= 0 && event.data.fd == in;)
            forward();
        ::close(poller);
    }

    void forward()
    {
        int count = 0;
        do {
            count = received_.receive(in_.native_handle());
            sending_.clear();
            for (int i = 0; i < count; ++i)
                sending_.add(received_.payload(static_cast<std::size_t>(i)), nullptr);
            for (int sent = 0; sent < count;) {
                const int taken =
                    sending_.send(out_.native_handle(), static_cast<std::size_t>(sent));
                sent += std::max(taken, 0);
            }
        } while (count == static_cast<int>(batch_size));
    }

    boost::asio::io_context context_;
    udp::socket in_, out_;
    int stop_;
    receive_batch received_;
    send_batch sending_;
    std::thread thread_;
};

class relay_forwarder {
public:
    relay_forwarder(const endpoint& upstream, const relay_options& options)
        : relay_(context_, options),
          address_(relay_.open(any_port, upstream, "client")),
          thread_([this] { context_.run(); })
    {
    }
    ~relay_forwarder()
    {
        boost::asio::post(context_, [this] { relay_.close(); });
        thread_.join();
    }

    endpoint address() const { return address_; }
    std::thread& thread() { return thread_; }

private:
    boost::asio::io_context context_{1};
    badwire::relay::relay relay_;
    endpoint address_;
    std::thread thread_;
};

// Sends windows of datagrams that are all different, and counts them in again.
class load {
public:
    load(std::size_t bytes, const relay_options& options)
        : bytes_(bytes),
          from_(open_socket(context_)),
          to_(open_socket(context_)),
          same_lane_(options.seed, options.name, direction::up, options.link.up),
          payloads_(window * bytes)
    {
    }

    endpoint sink() const { return to_.local_endpoint(); }
    void aim(const endpoint& at) { from_.connect(at); }

    void send_window()
    {
        auto& flow = same_lane_.open_flow("client");
        std::size_t expected = 0;
        for (std::size_t i = 0; i < window; ++i, ++number_) {
            std::memcpy(payloads_.data() + i * bytes_, &number_, sizeof number_);
            if (!same_lane_.decide(flow, payload(i)).dropped) ++expected;
        }
        for (std::size_t i = 0; i < window; i += batch_size) {
            sending_.clear();
            for (std::size_t j = i; j < i + batch_size; ++j) sending_.add(payload(j), nullptr);
            for (std::size_t sent = 0; sent < batch_size;)
                sent += static_cast<std::size_t>(
                    std::max(sending_.send(from_.native_handle(), sent), 0));
        }
        while (expected > 0) {
            pollfd arrived{.fd = to_.native_handle(), .events = POLLIN, .revents = 0};
            if (::poll(&arrived, 1, 5000) <= 0) throw std::runtime_error("datagrams were lost");
            const int count = received_.receive(to_.native_handle());
            expected -= static_cast<std::size_t>(std::max(count, 0));
        }
    }

private:
    std::span<const std::byte> payload(std::size_t i) const
    {
        return std::span(payloads_).subspan(i * bytes_, bytes_);
    }

    boost::asio::io_context context_;
    std::size_t bytes_;
    udp::socket from_, to_;
    badwire::link::lane same_lane_;
    std::vector<std::byte> payloads_;
    std::uint64_t number_ = 0;
    send_batch sending_;
    receive_batch received_;
};

std::map<std::pair<std::string, std::size_t>, std::vector<double>> cpu_ns_per_datagram;

template <typename Forwarder, typename... Options>
void measure(benchmark::State& state, const std::string& name, std::size_t bytes,
             const relay_options& asked, const Options&... options)
{
    load traffic(bytes, asked);
    Forwarder forwarder(traffic.sink(), options...);
    traffic.aim(forwarder.address());
    for (int i = 0; i < 20; ++i) traffic.send_window();

    const auto started = std::chrono::steady_clock::now();
    const auto used_before = cpu_time(forwarder.thread());
    auto used = used_before;
    for (auto _ : state) {
        traffic.send_window();
        const auto now = cpu_time(forwarder.thread());
        state.SetIterationTime(std::chrono::duration<double>(now - used).count());
        used = now;
    }
    const auto datagrams = static_cast<double>(state.iterations()) * window;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const double cpu_ns = static_cast<double>((used - used_before).count()) / datagrams;
    state.counters["cpu_ns_per_datagram"] = cpu_ns;
    state.counters["datagrams_per_second"] = datagrams / took.count();
    cpu_ns_per_datagram[{name, bytes}].push_back(cpu_ns);
}

void register_all()
{
    const auto add = [](const std::string& name, std::size_t bytes, auto run) {
        benchmark::RegisterBenchmark(fmt::format("{}/{}_bytes", name, bytes).c_str(), run)
            ->UseManualTime()
            ->Iterations(150)
            ->Repetitions(11)
            ->ReportAggregatesOnly();
    };
    const std::pair<std::string, impairments> wires[] = {
        {"relay_clean", {}},
        {"relay_loss_and_delay", {.loss = 0.05, .delay = {1ms, 1ms}}},
        {"relay_loss_and_uniform_delay", {.loss = 0.05, .delay = {1ms, 2ms}}}};
    for (const std::size_t bytes : {std::size_t{64}, std::size_t{1400}}) {
        add("bare", bytes,
            [=](benchmark::State& state) { measure<bare_forwarder>(state, "bare", bytes, {}); });
        for (const auto& [name, asked] : wires)
            add(name, bytes, [=, name = name, asked = asked](benchmark::State& state) {
                const relay_options options{.link = {asked, asked}};
                measure<relay_forwarder>(state, name, bytes, options, options);
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

    fmt::print(stderr, "\nCPU per datagram, median, and its ratio to the bare forwarder's:\n");
    for (const auto& [variant, samples] : cpu_ns_per_datagram) {
        const auto bare = cpu_ns_per_datagram.find({"bare", variant.second});
        if (bare == cpu_ns_per_datagram.end()) continue;
        fmt::print(stderr, "{:32} {:5} bytes {:7.0f} ns  x {:.2f}\n", variant.first, variant.second,
                   median(samples), median(samples) / median(bare->second));
    }
}
