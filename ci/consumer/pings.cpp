// A protocol of your own on badwire's seam: pings over a lossy link, in virtual time.
#include <cstdio>

#include <boost/asio/co_spawn.hpp>

#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_link.hpp"
#include "sim/virtual/virtual_network.hpp"
#include "sim/virtual/world.hpp"

using namespace badwire;
using namespace std::chrono_literals;

constexpr int pings = 100;
const net::udp::endpoint host(net::asio::ip::address_v4::loopback(), 0);

net::awaitable<void> echo(net::network& network, net::udp::endpoint& bound)
{
    net::udp_socket socket = network.bind_udp(host);
    bound = socket.local_endpoint();
    socket.expires_after(1h);
    std::byte datagram[64];
    net::udp::endpoint from;
    for (;;) {
        const auto size = co_await socket.async_receive_from(net::asio::buffer(datagram), from);
        co_await socket.async_send_to(net::asio::buffer(datagram, size), from);
    }
}

net::awaitable<void> ping(net::network& network, const net::udp::endpoint& to, int& answered)
{
    net::udp_socket socket = network.bind_udp(host);
    net::udp::endpoint from;
    for (int number = 0; number < pings; ++number) {
        int reply = -1;
        co_await socket.async_send_to(net::asio::buffer(&number, sizeof number), to);
        socket.expires_after(50ms);
        try {
            co_await socket.async_receive_from(net::asio::buffer(&reply, sizeof reply), from);
        } catch (const std::exception&) { // timed out: the ping or its answer is lost
        }
        answered += reply == number;
    }
}

int main()
{
    const auto ignore = [](std::string_view) {};
    sim::world world;
    net::disk_files files(".");
    sim::virtual_network server(world, files, 1, ignore, ignore);
    sim::virtual_network client(world, files, 2, ignore, ignore);
    link::impairments each_way;
    each_way.loss = 0.2;
    each_way.delay = {5ms, 5ms};
    sim::virtual_link wan(world, "wan", 42, {each_way, each_way}, {});

    net::udp::endpoint upstream;
    int answered = 0;
    const auto ended = [](std::exception_ptr) {};
    net::asio::co_spawn(server.get_executor(), echo(server, upstream), ended);
    while (upstream.port() == 0) world.run(1);
    const net::udp::endpoint entrance = wan.open(upstream, "pings");
    net::asio::co_spawn(client.get_executor(), ping(client, entrance, answered), ended);
    world.run();

    std::printf("%d of %d pings answered; lost: %llu up, %llu down\n", answered, pings,
                static_cast<unsigned long long>(wan.count(link::direction::up).dropped),
                static_cast<unsigned long long>(wan.count(link::direction::down).dropped));
    return answered > 0 && answered < pings ? 0 : 1;
}
