// The waiting experiment with many clients, each a program with a network of its own, at an iterative
// server: time per client, and memory of one that is idle. Prints how both grow with the number of
// clients, and what the whole takes.
// usage: crowd_bench [CLIENTS]     1000000
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <list>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <unistd.h>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

using namespace badwire;
using namespace std::chrono_literals;

namespace {

constexpr auto work = 100us;
constexpr int at_once = 10; // so that the ten of them wait 0, 100, … 900 us: 450 on average
constexpr auto between_tens = 1200us;
constexpr std::uint16_t port = 5000;

std::size_t resident_bytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t pages = 0;
    std::size_t resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

net::awaitable<void> serve(net::network& network, int clients)
{
    auto listener = network.listen_tcp({net::asio::ip::address_v4::loopback(), port});
    char request = 0;
    for (int i = 0; i < clients; ++i) {
        net::tcp_stream client = co_await listener.async_accept();
        co_await client.async_read_some(net::asio::buffer(&request, 1));
        co_await network.sleep_for(work);
        co_await client.async_write_some(net::asio::buffer(&request, 1));
    }
}

net::awaitable<void> ask(net::network& network, net::duration arrival, net::duration& waited)
{
    co_await network.sleep_for(arrival);
    net::tcp_stream server = network.make_tcp_stream();
    co_await server.async_connect({net::asio::ip::address_v4::loopback(), port});
    char byte = '?';
    co_await server.async_write_some(net::asio::buffer(&byte, 1));
    co_await server.async_read_some(net::asio::buffer(&byte, 1));
    waited += network.now() - net::time_point(arrival) - work;
}

struct cost {
    double seconds, bytes_per_client;
    net::duration waited{0};
};

cost crowd(int clients)
{
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t before = resident_bytes();
    cost made{};
    sim::world world;
    net::disk_files files(".");
    sim::virtual_network server(world, files, 1, {}, {});
    net::asio::co_spawn(server.get_executor(), serve(server, clients), net::asio::detached);
    std::list<sim::virtual_network> all;
    for (int i = 0; i < clients; ++i) {
        auto& one = all.emplace_back(world, files, i, sim::virtual_console::watcher{},
                                     sim::virtual_console::watcher{});
        net::asio::co_spawn(one.get_executor(),
                            ask(one, (1 + i / at_once) * net::duration(between_tens), made.waited),
                            net::asio::detached);
    }
    world.run(static_cast<std::uint64_t>(clients) * 2); // all wait for their time
    made.bytes_per_client = static_cast<double>(resident_bytes() - before) / clients;
    world.run();
    made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return made;
}

} // namespace

int main(int argc, char** argv)
{
    const int most = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
    double first_us = 0;
    int first = 0;
    for (int clients = std::max(1, most / 100); clients <= most; clients *= 10) {
        const cost made = crowd(clients);
        const double us = made.seconds * 1e6 / clients;
        if (first == 0) first = clients, first_us = us;
        std::printf("%8d clients: %6.2f s, %.2f us and %.0f bytes each; waited %.1f us on average "
                    "(450 is right)\n",
                    clients, made.seconds, us, made.bytes_per_client,
                    std::chrono::duration<double, std::micro>(made.waited).count() / clients);
        std::printf("ratio: time per client / that of %d clients = %.2f (aim: at most %.2f, the "
                    "logarithms')\n",
                    first, us / first_us, std::log(clients) / std::log(first));
    }
}
