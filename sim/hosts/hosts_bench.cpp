// What forwarding costs: frames of 1500 bytes at 1 Gbit/s from one host to another, through a link and
// through a bare loop of recvmmsg and sendmmsg on the same packet sockets. Each prints the forwarding
// thread's processor time per frame, the share of a core, and how many frames were lost.
#include <atomic>
#include <ctime>
#include <poll.h>
#include <unistd.h>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "sim/hosts/frame_wire.hpp"
#include "sim/hosts/hosts_for_tests.hpp"

using namespace badwire::hosts;
using badwire::link::direction;

namespace {

constexpr std::uint16_t port = 5000;
constexpr std::size_t payload_bytes = 1472; // 1500 with the headers of IP and UDP
constexpr double frames_a_second = 1e9 / (1514 * 8);
constexpr auto sending = std::chrono::seconds(3);

double processor_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Prints how many it sent.
int send_paced(int result)
{
    const int socket = open_at(SOCK_DGRAM, boost::asio::ip::address_v4::any(), 0);
    const sockaddr_in there = at(ipv4_of(1), port);
    if (::connect(socket, raw(there), sizeof there) < 0) return 1;
    const std::string bytes(payload_bytes, 'x');
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t sent = 0;
    for (auto now = start; now < start + sending; now = std::chrono::steady_clock::now()) {
        const double due = std::chrono::duration<double>(now - start).count() * frames_a_second;
        while (static_cast<double>(sent) < due) {
            ::send(socket, bytes.data(), bytes.size(), 0);
            ++sent;
        }
        ::usleep(200);
    }
    [[maybe_unused]] const auto written = ::write(result, &sent, sizeof sent);
    return 0;
}

int count_arrivals(int result)
{
    const int socket = open_at(SOCK_DGRAM, boost::asio::ip::address_v4::any(), port);
    constexpr int room = 64 << 20;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    limit_waiting(socket, 2);
    std::uint64_t arrived = 0;
    std::array<char, 2000> bytes{};
    while (::recv(socket, bytes.data(), bytes.size(), 0) > 0) ++arrived;
    [[maybe_unused]] const auto written = ::write(result, &arrived, sizeof arrived);
    return 0;
}

// Starts both, calls `while_going_on` until they have ended, and tells what came of it.
template <typename Hosts>
void measure(benchmark::State& state, Hosts& hosts, const std::function<double()>& processor)
{
    std::array<int, 2> from_sender{}, from_receiver{};
    if (::pipe(from_sender.data()) < 0 || ::pipe(from_receiver.data()) < 0) std::abort();
    const double before = processor();
    const pid_t receiver = hosts.start(1, [&] { return count_arrivals(from_receiver[1]); });
    ::usleep(50'000);
    const pid_t sender = hosts.start(0, [&] { return send_paced(from_sender[1]); });
    hosts.end_of(sender);
    hosts.end_of(receiver);
    std::uint64_t sent = 0, arrived = 0;
    if (::read(from_sender[0], &sent, sizeof sent) < 0 ||
        ::read(from_receiver[0], &arrived, sizeof arrived) < 0)
        std::abort();
    const double used = processor() - before;
    const auto frames = static_cast<double>(sent);
    state.counters["us_per_frame"] = used * 1e6 / frames;
    state.counters["core_share"] = used / std::chrono::duration<double>(sending).count();
    state.counters["frames_per_s"] = frames / std::chrono::duration<double>(sending).count();
    state.counters["lost"] = frames - static_cast<double>(arrived);
    for (const int end : {from_sender[0], from_sender[1], from_receiver[0], from_receiver[1]})
        ::close(end);
}

double& bare_cost()
{
    static double us_per_frame = 0;
    return us_per_frame;
}

// Hosts whose frames a bare loop forwards.
class bare_forwarder {
public:
    bare_forwarder() : made_(make_hosts({{.name = "a"}, {.name = "b"}}, {}, this_test()))
    {
        thread_ = std::thread([this] { forward(); });
    }
    ~bare_forwarder()
    {
        stop_ = true;
        thread_.join();
    }
    double processor() const { return used_; }
    pid_t start(std::size_t host, const std::function<int()>& does)
    {
        return start_on(made_, host, does);
    }
    static int end_of(pid_t pid) { return hosts_under_test::end_of(pid); }

private:
    void forward()
    {
        frame_batch batch;
        leaving_frames leaving;
        while (!stop_) {
            std::array<pollfd, 2> ready{pollfd{made_.all[0].wire.get(), POLLIN, 0},
                                        pollfd{made_.all[1].wire.get(), POLLIN, 0}};
            ::poll(ready.data(), ready.size(), 20);
            for (std::size_t from = 0; from < ready.size(); ++from) {
                if ((ready[from].revents & POLLIN) == 0) continue;
                const int count = batch.receive(ready[from].fd);
                for (int i = 0; i < count; ++i)
                    leaving.add(batch.at(static_cast<std::size_t>(i)).frame);
                if (count > 0) leaving.send(ready[1 - from].fd);
            }
            used_ = processor_time();
        }
    }

    made_hosts made_;
    std::atomic<bool> stop_ = false;
    std::atomic<double> used_ = 0;
    std::thread thread_;
};

void bare(benchmark::State& state)
{
    for ([[maybe_unused]] auto one : state) {
        bare_forwarder between;
        measure(state, between, [&] { return between.processor(); });
    }
    bare_cost() = state.counters["us_per_frame"];
}
BENCHMARK(bare)->Iterations(1)->Unit(benchmark::kSecond);

void through_a_link(benchmark::State& state)
{
    plain_topology between;
    between.up = {{"wan", direction::up, "a"}};
    between.down = {{"wan", direction::down, "a"}};
    switch_options options;
    auto& wan = options.links["wan"];
    if (state.range(0) > 0)
        wan.up.delay = badwire::link::delay_model(std::chrono::milliseconds(state.range(0)),
                                                  std::chrono::milliseconds(state.range(0)));
    for ([[maybe_unused]] auto one : state) {
        hosts_under_test hosts(2, between, options);
        measure(state, hosts, [&] { return hosts.processor_time(); });
    }
    if (bare_cost() > 0)
        state.counters["ratio_to_bare"] = state.counters["us_per_frame"] / bare_cost();
}
BENCHMARK(through_a_link)
    ->ArgName("delay_ms")
    ->Arg(0)
    ->Arg(20)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

} // namespace

int main(int argc, char** argv)
{
    if (argc == 2 && std::string_view(argv[1]) == "make-hosts") return make_hosts_main();
    if (const auto refused = why_no_hosts(this_test()); !refused.empty()) {
        fmt::print("{}\n", refused);
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
