#include "impl/real/real_network.hpp"

#include <list>
#include <mutex>
#include <set>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <unistd.h>

#include "impl/real/disk_files.hpp"
#include "impl/real/real_child.hpp"
#include "impl/real/real_process.hpp"
#include "impl/real/real_sockets.hpp"
#include "impl/real/stdio_console.hpp"

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
    disk_files files;
    net::metrics metrics;
};

// A client being served on a thread of its own.
struct real_network::thread_of_client {
    asio::io_context context{1};
    std::unique_ptr<real_network> network;
    std::thread thread;
};

struct real_network::state {
    asio::io_context& context;
    std::shared_ptr<shared> common;
    bool owns_console; // the program's first network does, those of its threads do not
    random_source random;
    stoppables alive;
    std::list<thread_of_client> workers;
    std::set<pid_t> children; // processes that serve a client each
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
                       {},
                       false})
{
}

real_network::real_network(asio::io_context& context, std::shared_ptr<shared> common,
                           std::uint64_t seed)
    : state_(new state{context, std::move(common), false, random_source(seed), {}, {}, {}, false})
{
}

real_network::~real_network()
{
    stop();
    for (auto& worker : state_->workers) worker.thread.join();
    for (const pid_t child : state_->children) end_child(child);
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
    // Other members share the port; some ask for one of these, some for the other.
    socket.set_option(udp::socket::reuse_address(true));
    socket.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
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

// What a thread or a process of its own does.
awaitable<void> real_network::serve(real_network& own, tcp_stream client, client_task task)
{
    try {
        co_await task(own, std::move(client));
    } catch (const std::exception& error) {
        if (!own.stopped()) own.console().complain("{}", error.what());
    }
}

void real_network::prepare(thread_of_client& one, tcp_stream client, client_task task)
{
    one.network.reset(new real_network(one.context, state_->common, state_->random()));
    loose_connection connection(client);
    tcp_stream moved(make_real_stream(connection.give_to(one.context), one.network->state_->alive));
    asio::co_spawn(one.context, serve(*one.network, std::move(moved), std::move(task)),
                   asio::detached);
}

awaitable<void> real_network::run_on_thread(tcp_stream client, client_task task)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    // The timer serves as an event: the other thread's last act is to post its end to this thread.
    asio::steady_timer finished(state_->context, never);
    std::list<thread_of_client> started;
    try {
        thread_of_client& one = started.emplace_back(); // three descriptors of its own
        prepare(one, std::move(client), std::move(task));
        one.thread = std::thread([&one, &finished, work = asio::make_work_guard(state_->context)] {
            one.context.run();
            asio::post(work.get_executor(), [&finished] { finished.cancel(); });
        });
    } catch (const system_error& error) {
        throw failure("cannot start a thread for a client: " + error.code().message());
    } catch (const std::system_error& error) {
        throw failure("cannot start a thread for a client: " + error.code().message());
    }
    const auto self = started.begin();
    state_->workers.splice(state_->workers.end(), started);
    error_code cancelled;
    co_await finished.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    self->thread.join();
    state_->workers.erase(self);
}

// The whole life of a child process, up to what it has to report.
std::string real_network::serve_here(loose_connection& client, client_task task,
                                     std::uint64_t seed) const
{
    asio::io_context context(1);
    real_network own(context, state_->common->files.folder(), seed);
    tcp_stream stream(make_real_stream(client.give_to(context), own.state_->alive));
    // Asked to end, it unwinds like any program, and reports what it has served by then.
    asio::posix::stream_descriptor told(context, block_requests_to_end());
    told.async_wait(told.wait_read, [&own](error_code failed) {
        if (!failed) own.stop();
    });
    asio::co_spawn(context, serve(own, std::move(stream), std::move(task)),
                   [&told](std::exception_ptr) { told.close(); });
    context.run();
    return own.metrics().json();
}

awaitable<void> real_network::run_on_process(tcp_stream client, client_task task)
{
    if (stopped()) throw system_error(asio::error::operation_aborted);
    loose_connection connection(client);
    const std::uint64_t seed = state_->random(); // each child has its own
    const child_process child = fork_child(
        connection.descriptor(), [&] { return serve_here(connection, std::move(task), seed); });
    connection.close();
    asio::readable_pipe pipe(state_->context);
    error_code ended;
    pipe.assign(child.report, ended);
    if (ended) {
        ::close(child.report);
        end_child(child.pid);
        throw failure("cannot watch a client's process: " + ended.message());
    }
    state_->children.insert(child.pid);
    std::string report;
    co_await asio::async_read(pipe, asio::dynamic_buffer(report),
                              asio::redirect_error(asio::use_awaitable, ended));
    state_->children.erase(child.pid);
    const std::string death = reap_child(child.pid);
    if (!metrics().add_counted(report) && !death.empty()) throw failure(death);
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
    stop_all(state_->alive);
    for (auto& worker : state_->workers)
        asio::post(worker.context, [network = worker.network.get()] { network->stop(); });
    for (const pid_t child : state_->children) ask_child_to_end(child);
}

} // namespace badwire::net
