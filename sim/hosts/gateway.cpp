#include "sim/hosts/gateway.hpp"

#include <array>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <unistd.h>

#include "impl/net/network.hpp"

namespace badwire::hosts {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

struct gateway::door {
    virtual ~door() = default;
    virtual void close() = 0;
};

namespace {

constexpr std::size_t clients_max = 4096; // of a datagram port

// One way of a connection, until its end, which is passed on.
asio::awaitable<void> copy(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to)
{
    std::array<char, 65536> bytes{};
    error_code failed;
    for (;;) {
        const std::size_t size = co_await from->async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
        if (failed) break;
        co_await asio::async_write(*to, asio::buffer(bytes, size),
                                   asio::redirect_error(asio::use_awaitable, failed));
        if (failed) break;
    }
    error_code ignored;
    if (failed == asio::error::eof) {
        to->shutdown(tcp::socket::shutdown_send, ignored);
        co_return;
    }
    // A reset is passed on as one.
    to->set_option(asio::socket_base::linger(true, 0), ignored);
    to->close(ignored);
    from->close(ignored);
}

// Sockets that are to be closed in the end.
class open_sockets {
public:
    std::shared_ptr<tcp::socket> add(tcp::socket one)
    {
        std::erase_if(all_, [](const auto& known) { return known.expired(); });
        auto shared = std::make_shared<tcp::socket>(std::move(one));
        all_.push_back(shared);
        return shared;
    }
    void close()
    {
        error_code ignored;
        for (const auto& known : all_)
            if (const auto one = known.lock()) one->close(ignored);
    }

private:
    std::vector<std::weak_ptr<tcp::socket>> all_;
};

asio::awaitable<void> connect(std::shared_ptr<tcp::socket> inside,
                              std::shared_ptr<tcp::socket> outside, tcp::endpoint to)
{
    const auto executor = inside->get_executor();
    error_code failed;
    co_await outside->async_connect(to, asio::redirect_error(asio::use_awaitable, failed));
    if (failed) {
        inside->set_option(asio::socket_base::linger(true, 0), failed);
        co_return;
    }
    asio::co_spawn(executor, copy(inside, outside), asio::detached);
    asio::co_spawn(executor, copy(outside, inside), asio::detached);
}

} // namespace

struct gateway::stream_door final : door, std::enable_shared_from_this<stream_door> {
    stream_door(asio::io_context& context, owned_descriptor listens, tcp::endpoint leads_to)
        : listener(context, tcp::v4(), ::dup(listens.get())), to(std::move(leads_to))
    {
    }
    void close() override
    {
        error_code ignored;
        listener.close(ignored);
        streams.close();
    }
    void await()
    {
        listener.async_accept([self = shared_from_this()](error_code failed, tcp::socket from) {
            if (failed && !self->listener.is_open()) return;
            if (!failed) self->lead_on(std::move(from));
            self->await();
        });
    }

    void lead_on(tcp::socket from)
    {
        const auto by = listener.get_executor();
        auto inside = streams.add(std::move(from));
        auto outside = streams.add(tcp::socket(by));
        asio::co_spawn(by, connect(std::move(inside), std::move(outside), to), asio::detached);
    }

    tcp::acceptor listener;
    tcp::endpoint to;
    open_sockets streams{};
};

struct gateway::datagram_door final : door, std::enable_shared_from_this<datagram_door> {
    datagram_door(asio::io_context& context, owned_descriptor bound, udp::endpoint leads_to)
        : socket(context, udp::v4(), ::dup(bound.get())), to(std::move(leads_to))
    {
    }
    void close() override
    {
        error_code ignored;
        socket.close(ignored);
        forget_clients();
    }
    void forget_clients()
    {
        error_code ignored;
        for (const auto& [whom, leads] : ways) leads->socket.close(ignored);
        ways.clear();
    }

    // To the machine, as one client.
    struct way {
        way(const asio::any_io_executor& by, const udp::endpoint& to) : socket(by, to.protocol())
        {
            socket.connect(to);
        }
        udp::socket socket;
        std::array<char, 65536> bytes{};
    };

    void await()
    {
        socket.async_receive_from(asio::buffer(bytes), client,
                                  [self = shared_from_this()](error_code failed, std::size_t size) {
                                      if (failed && !self->socket.is_open()) return;
                                      if (!failed) self->pass(size);
                                      self->await();
                                  });
    }
    void pass(std::size_t size)
    {
        if (ways.size() >= clients_max && !ways.contains(client)) forget_clients();
        auto& known = ways[client];
        if (!known) {
            known = std::make_shared<way>(socket.get_executor(), to);
            await_answers(client, known);
        }
        error_code ignored;
        known->socket.send(asio::buffer(bytes, size), 0, ignored);
    }
    void await_answers(udp::endpoint whom, std::shared_ptr<way> from)
    {
        auto& way_socket = from->socket;
        auto& into = from->bytes;
        way_socket.async_receive(
            asio::buffer(into), [self = shared_from_this(), whom, from = std::move(from)](
                                    error_code failed, std::size_t size) mutable {
                if (!from->socket.is_open() || !self->socket.is_open()) return;
                error_code ignored;
                if (!failed)
                    self->socket.send_to(asio::buffer(from->bytes, size), whom, 0, ignored);
                self->await_answers(whom, std::move(from));
            });
    }

    udp::socket socket;
    udp::endpoint to;
    udp::endpoint client{};
    std::array<char, 65536> bytes{};
    std::map<udp::endpoint, std::shared_ptr<way>> ways{};
};

gateway::gateway(asio::io_context& context, const made_hosts& hosts, std::size_t place,
                 lookup machine)
    : context_(context), hosts_(hosts), place_(place), machine_(std::move(machine))
{
}

gateway::~gateway() { close(); }

void gateway::close()
{
    for (const auto& [port, one] : doors_) one->close();
    doors_.clear();
}

void gateway::wanted(port_kind kind, std::uint16_t port)
{
    if (doors_.contains({kind, port})) return;
    const auto where = machine_(kind, port);
    if (!where) return;
    try {
        owned_descriptor opened = open_port(hosts_, place_, kind, port);
        if (kind == port_kind::tcp) {
            auto made = std::make_shared<stream_door>(context_, std::move(opened),
                                                      tcp::endpoint(*where, port));
            made->await();
            doors_[{kind, port}] = std::move(made);
        } else {
            auto made = std::make_shared<datagram_door>(context_, std::move(opened),
                                                        udp::endpoint(*where, port));
            made->await();
            doors_[{kind, port}] = std::move(made);
        }
    } catch (const net::failure&) {
        return; // somebody on that host has the port
    }
}

} // namespace badwire::hosts
