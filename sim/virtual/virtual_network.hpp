// virtual_network.hpp: what one program of a virtual world sees: sockets, clock, console, files.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "impl/net/network.hpp"
#include "sim/virtual/virtual_sockets.hpp"

namespace badwire::sim {

/// Hands a program's output to a watcher, and typed lines to the program.
class virtual_console final : public net::console, public stoppable, public waiter {
public:
    using watcher = std::function<void(std::string_view text)>;

    virtual_console(host& of, watcher output, watcher error_output);

    void prompt(std::string_view text) override { output_(text); }
    void write_line(std::string_view line) override { output_(std::string(line) + '\n'); }
    void write_error_line(std::string_view line) override
    {
        error_output_(std::string(line) + '\n');
    }

    /// What a person at the terminal does.
    void type_line(std::string line);
    void end_input();
    void cancel_read() override;
    void stop() override;
    void tell_waiting(std::vector<waiting>& into) const override
    {
        if (read_.waiting()) into.push_back({"typed input", read_.since()});
    }

private:
    void read_line(net::line_handler handler) override;
    void serve_reader();

    watcher output_;
    watcher error_output_;
    std::list<std::string> typed_; // unlike a deque, no memory while it is empty
    bool ended_ = false;
    bool stopped_ = false;
    operation<std::string> read_;
};

class virtual_network final : public net::network {
public:
    /// `files` are the program's; they must outlive this object.
    virtual_network(world& in, net::files& files, std::uint64_t seed,
                    virtual_console::watcher output, virtual_console::watcher error_output);
    ~virtual_network() override;

    net::asio::any_io_executor get_executor() override { return world_executor(host_); }
    net::time_point now() const override { return host_.now(); }
    net::timer make_timer() override;
    /// A timer of the harness, whose passing lets no program go on.
    net::timer make_idle_timer();
    net::udp_socket bind_udp(const net::udp::endpoint& local) override;
    net::udp_socket join(const net::multicast_options& options) override;
    net::udp_socket open_multicast_sender(const net::asio::ip::address_v4& interface) override;
    net::tcp_stream make_tcp_stream() override;
    net::tcp_listener listen_tcp(const net::tcp::endpoint& local) override;
    /// Literal addresses and "localhost".
    net::asio::ip::address resolve(std::string_view host) override;
    /// The thread is a coroutine of the same world.
    net::awaitable<void> run_on_thread(net::tcp_stream client, client_task task) override;
    net::awaitable<void> run_on_process(net::tcp_stream client, client_task task) override;
    /// Other programs do not run in virtual time.
    net::child start_child(const net::child_command&) override { return {}; }
    virtual_console& console() override { return console_; }
    net::files& files() override { return files_; }
    net::metrics& metrics() override { return metrics_; }
    const net::metrics& metrics() const { return metrics_; }
    net::random_source& random() override { return random_; }
    bool stopped() const override { return stopped_; }

    /// As net::real_network::stop.
    void stop();

    /// The program's side of the world: to pause it, and to set its clock.
    host& side() { return host_; }
    const host& side() const { return host_; }

    /// What the program waits for, besides time.
    std::vector<waiting> waits_for() const;

private:
    void refuse_when_stopped() const;

    host& host_;
    virtual_console console_;
    net::files& files_;
    net::metrics metrics_;
    net::random_source random_;
    bool stopped_ = false;
};

} // namespace badwire::sim
