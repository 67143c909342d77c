#include "sim/virtual/virtual_network.hpp"

#include "sim/virtual/virtual_stream.hpp"

namespace badwire::sim {

namespace error = net::asio::error;

virtual_console::virtual_console(host& of, watcher output, watcher error_output)
    : output_(std::move(output)), error_output_(std::move(error_output)), read_(of)
{
}

void virtual_console::type_line(std::string line)
{
    typed_.push_back(std::move(line));
    serve_reader();
}

void virtual_console::end_input()
{
    ended_ = true;
    serve_reader();
}

void virtual_console::cancel_read()
{
    if (read_.waiting()) read_.finish(error::operation_aborted);
}

void virtual_console::stop()
{
    stopped_ = true;
    serve_reader();
}

void virtual_console::read_line(net::line_handler handler)
{
    read_.begin(std::move(handler));
    serve_reader();
}

void virtual_console::serve_reader()
{
    if (!read_.waiting()) return;
    if (stopped_) {
        read_.finish(error::operation_aborted);
    } else if (!typed_.empty()) {
        std::string line = std::move(typed_.front());
        typed_.pop_front();
        read_.finish({}, std::move(line));
    } else if (ended_) {
        read_.finish(error::eof);
    }
}

virtual_network::virtual_network(world& in, net::files& files, std::uint64_t seed,
                                 virtual_console::watcher output,
                                 virtual_console::watcher error_output)
    : host_(in.make_host()),
      console_(host_, std::move(output), std::move(error_output)),
      files_(files),
      random_(seed)
{
    host_.alive().push_back(console_);
}

virtual_network::~virtual_network()
{
    host_.resume(); // or what waits would never learn that it is over
    stop();
}

void virtual_network::refuse_when_stopped() const
{
    if (stopped_) throw net::system_error(error::operation_aborted);
}

net::timer virtual_network::make_timer()
{
    refuse_when_stopped();
    return net::timer(std::make_unique<virtual_timer>(host_));
}

net::timer virtual_network::make_idle_timer()
{
    return net::timer(std::make_unique<virtual_timer>(host_, false));
}

std::vector<waiting> virtual_network::waits_for() const
{
    std::vector<waiting> found;
    for (const stoppable& one : host_.alive())
        if (const auto* const waits = dynamic_cast<const waiter*>(&one)) waits->tell_waiting(found);
    return found;
}

net::udp_socket virtual_network::bind_udp(const net::udp::endpoint& local)
{
    refuse_when_stopped();
    return net::udp_socket(std::make_unique<virtual_udp>(host_, local));
}

namespace {

// The one host of a world has only one interface.
bool exists(const net::asio::ip::address_v4& interface)
{
    return interface.is_loopback() || interface.is_unspecified();
}

} // namespace

net::udp_socket virtual_network::join(const net::multicast_options& options)
{
    refuse_when_stopped();
    if (!options.group.is_multicast()) throw net::system_error(error::invalid_argument);
    if (!exists(options.interface))
        throw net::system_error(make_error_code(boost::system::errc::no_such_device));
    return net::udp_socket(
        std::make_unique<virtual_udp>(host_, net::udp::endpoint(options.group, options.port)));
}

net::udp_socket virtual_network::open_multicast_sender(const net::asio::ip::address_v4& interface)
{
    refuse_when_stopped();
    if (!exists(interface))
        throw net::system_error(make_error_code(boost::system::errc::address_not_available));
    return bind_udp({net::asio::ip::address_v4::loopback(), 0});
}

net::tcp_stream virtual_network::make_tcp_stream()
{
    refuse_when_stopped();
    return net::tcp_stream(std::make_unique<virtual_stream>(host_));
}

net::tcp_listener virtual_network::listen_tcp(const net::tcp::endpoint& local)
{
    refuse_when_stopped();
    return net::tcp_listener(std::make_unique<virtual_listener>(host_, local));
}

net::asio::ip::address virtual_network::resolve(std::string_view host)
{
    if (host == "localhost") return net::asio::ip::address_v4::loopback();
    net::error_code failed;
    auto address = net::asio::ip::make_address(host, failed);
    if (failed)
        throw net::failure(fmt::format(
            "cannot find host {}: a virtual network knows addresses and localhost only", host));
    return address;
}

net::awaitable<void> virtual_network::run_on_thread(net::tcp_stream client, client_task task)
{
    try {
        co_await task(*this, std::move(client));
    } catch (const std::exception& failed) {
        if (!stopped_) console_.complain("{}", failed.what());
    }
}

net::awaitable<void> virtual_network::run_on_process(net::tcp_stream client, client_task task)
{
    return run_on_thread(std::move(client), std::move(task));
}

void virtual_network::stop()
{
    if (std::exchange(stopped_, true)) return;
    stop_all(host_.alive());
}

} // namespace badwire::sim
