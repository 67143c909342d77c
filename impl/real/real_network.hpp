// real_network.hpp: the network of the operating system, on Boost.Asio.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "impl/net/network.hpp"

namespace badwire::net {

/// One per thread: sockets live on one io_context that one thread runs. Standard input, output and
/// error are the console.
class real_network : public network {
public:
    /// `folder` is where relative paths start; `seed` starts random().
    real_network(asio::io_context& context, std::filesystem::path folder, std::uint64_t seed);
    ~real_network() override;

    asio::any_io_executor get_executor() override;
    time_point now() const override { return clock::now(); }
    timer make_timer() override;
    udp_socket bind_udp(const udp::endpoint& local) override;
    udp_socket join(const multicast_options& options) override;
    udp_socket open_multicast_sender(const asio::ip::address_v4& interface) override;
    tcp_stream make_tcp_stream() override;
    tcp_listener listen_tcp(const tcp::endpoint& local) override;
    asio::ip::address resolve(std::string_view host) override;
    awaitable<void> run_on_thread(tcp_stream client, client_task task) override;
    awaitable<void> run_on_process(tcp_stream client, client_task task) override;
    child start_child(const child_command& command) override;
    net::console& console() override;
    net::files& files() override;
    net::metrics& metrics() override;
    random_source& random() override;
    bool stopped() const override;

    /// Ends the program: aborts pending operations here and on the threads it started, and makes
    /// every later one fail at once. Call it on the network's executor.
    void stop();

private:
    struct shared; // what the networks of one process share: console, files, metrics
    struct state;
    struct thread_of_client;
    explicit real_network(asio::io_context& context, std::shared_ptr<shared> common,
                          std::uint64_t seed);
    static awaitable<void> serve(real_network& own, tcp_stream client, client_task task);
    void prepare(thread_of_client& one, tcp_stream client, client_task task);
    std::string serve_here(class loose_connection& client, client_task task,
                           std::uint64_t seed) const;

    std::unique_ptr<state> state_;
};

} // namespace badwire::net
