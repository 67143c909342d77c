#include "impl/net/real_network.hpp"

#include <list>
#include <mutex>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>

#include "impl/net/real_child.hpp"
#include "impl/net/real_sockets.hpp"
#include "impl/net/stdio_console.hpp"

namespace badwire::net {
namespace {

void enlarge_buffer(udp::socket& socket)
{
    constexpr int wanted_bytes = 4 << 20; // the kernel gives what net.core.rmem_max allows
    error_code ignored;
    socket.set_option(asio::socket_base::receive_buffer_size(wanted_bytes), ignored);
}

} // namespace

struct real_network::shared {
    shared(asio::io_context& context, std::filesystem::path folder)
        : console(make_stdio_console(context)), files(std::move(folder))
    {
    }
    std::unique_ptr<stdio_console> console;
    net::files files;
    net::metrics metrics;
};

struct real_network::state {
    // A client being served on a thread of its own.
    struct worker {
        asio::io_context context{1};
        std::unique_ptr<real_network> network;
        std::thread thread;
    };

    asio::io_context& context;
    std::shared_ptr<shared> common;
    bool owns_console; // the program's first network does, those of its threads do not
    random_source random;
    stoppables alive;
    std::list<worker> workers;
    bool stopped = false;
};

real_network::real_network(asio::io_context& context, std::filesystem::path folder,
                           std::uint64_t seed)
    : state_(new state{context,
                       std::make_shared<shared>(context, std::move(folder)),
                       true,
                       random_source(seed),
                       {},
                       {},
                       false})
{
}

real_network::real_network(asio::io_context& context, std::shared_ptr<shared> common,
                           std::uint64_t seed)
    : state_(new state{context, std::move(common), false, random_source(seed), {}, {}, false})
{
}

real_network::~real_network()
{
    stop();
    for (auto& worker : state_->workers) worker.thread.join();
}

asio::any_io_executor real_network::get_executor() { return state_->context.get_executor(); }

timer real_network::make_timer()
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    return timer(make_real_timer(get_executor(), state_->alive));
}

udp_socket real_network::bind_udp(const udp::endpoint& local)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    udp::socket socket(state_->context, local.protocol());
    enlarge_buffer(socket);
    socket.bind(local);
    return udp_socket(make_real_udp(std::move(socket), state_->alive));
}

udp_socket real_network::join(const multicast_options& options)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    udp::socket socket(state_->context, udp::v4());
    enlarge_buffer(socket);
    socket.set_option(udp::socket::reuse_address(true));
    // Bound to the group's own address, and deaf to what others of this host have joined: ip(7).
    socket.set_option(asio::detail::socket_option::boolean<IPPROTO_IP, IP_MULTICAST_ALL>(false));
    socket.bind({options.group, options.port});
    socket.set_option(asio::ip::multicast::join_group(options.group, options.interface));
    return udp_socket(make_real_udp(std::move(socket), state_->alive));
}

udp_socket real_network::open_multicast_sender(const asio::ip::address_v4& interface)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    udp::socket socket(state_->context, udp::v4());
    enlarge_buffer(socket);
    socket.bind({interface, 0});
    socket.set_option(asio::ip::multicast::outbound_interface(interface));
    socket.set_option(asio::ip::multicast::hops(1));
    socket.set_option(asio::ip::multicast::enable_loopback(true));
    return udp_socket(make_real_udp(std::move(socket), state_->alive));
}

tcp_stream real_network::make_tcp_stream()
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    return tcp_stream(make_real_stream(tcp::socket(state_->context), state_->alive));
}

tcp_listener real_network::listen_tcp(const tcp::endpoint& local)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    constexpr bool reuse_address = true;
    return tcp_listener(
        make_real_listener(tcp::acceptor(state_->context, local, reuse_address), state_->alive));
}

asio::ip::address real_network::resolve(std::string_view host)
{
    error_code failed;
    auto literal = asio::ip::make_address(host, failed);
    if (!failed) return literal;
    tcp::resolver resolver(state_->context);
    const auto found = resolver.resolve(host, "", failed);
    if (failed || found.empty())
        throw failure(fmt::format("cannot find host {}: {}", host, failed.message()));
    for (const auto& entry : found) // the programs' default world is IPv4
        if (entry.endpoint().address().is_v4()) return entry.endpoint().address();
    return found.begin()->endpoint().address();
}

awaitable<void> real_network::run_on_thread(tcp_stream client, client_task task)
{
    auto worker = state_->workers.emplace(state_->workers.end());
    worker->network.reset(new real_network(worker->context, state_->common, state_->random()));
    tcp_stream moved(
        make_real_stream(release_to(client, worker->context), worker->network->state_->alive));
    asio::co_spawn(
        worker->context,
        [](real_network& own, tcp_stream stream, client_task serve) -> awaitable<void> {
            try {
                co_await serve(own, std::move(stream));
            } catch (const std::exception& error) {
                if (!own.stopped()) own.console().complain("{}", error.what());
            }
        }(*worker->network, std::move(moved), std::move(task)),
        asio::detached);

    // The timer is an event: the other thread's last act is to post its end to this one.
    asio::steady_timer finished(state_->context, never);
    try {
        worker->thread =
            std::thread([worker, &finished, work = asio::make_work_guard(state_->context)]() {
                worker->context.run();
                asio::post(work.get_executor(), [&finished] { finished.cancel(); });
            });
    } catch (const std::system_error& error) {
        state_->workers.erase(worker);
        throw failure(fmt::format("cannot start a thread for a client: {}", error.what()));
    }
    error_code cancelled;
    co_await finished.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    worker->thread.join();
    state_->workers.erase(worker);
}

net::console& real_network::console() { return *state_->common->console; }
net::files& real_network::files() { return state_->common->files; }
net::metrics& real_network::metrics() { return state_->common->metrics; }
random_source& real_network::random() { return state_->random; }
bool real_network::stopped() const { return state_->stopped; }

child real_network::start_child(const child_command& command)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    return child(make_real_child(get_executor(), state_->alive, command));
}

void real_network::stop()
{
    if (std::exchange(state_->stopped, true)) return;
    if (state_->owns_console) state_->common->console->stop();
    while (!state_->alive.empty()) {
        auto& next = state_->alive.front();
        state_->alive.pop_front();
        next.stop();
    }
    for (auto& worker : state_->workers)
        asio::post(worker.context, [network = worker.network.get()] { network->stop(); });
}

} // namespace badwire::net
