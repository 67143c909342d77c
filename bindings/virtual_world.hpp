// virtual_world.hpp: a virtual world whose programs are not C++ coroutines: they begin operations, which
// have numbers, and are told while the world runs how each ended.
//
// One thread at a time. Sockets and processes keep their world alive. What is told once the world no
// longer runs, as when it is taken down, reaches nobody.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "bindings/pair_links.hpp"
#include "impl/real/disk_files.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::bindings {

class world_process;
class world_stream;

struct received {
    std::string payload;
    net::udp::endpoint from;
};

/// What an operation ended with: nothing, bytes, a datagram, a connection, an exit code.
using outcome =
    std::variant<std::monostate, std::string, received, std::shared_ptr<world_stream>, int>;

/// Those who are told; what they throw ends run(), which throws it.
struct world_programs : own_models {
    virtual void ended(std::uint64_t operation, net::error_code failed, outcome result) = 0;

protected:
    ~world_programs() = default;
};

class virtual_world : public std::enable_shared_from_this<virtual_world> {
public:
    explicit virtual_world(std::uint64_t seed) : seed_(seed), between_(world_) {}
    ~virtual_world();
    virtual_world(const virtual_world&) = delete;

    sim::world& world() { return world_; }
    std::uint64_t seed() const { return seed_; }
    pair_links& between() { return between_; }

    /// Lives as long as the world, which the pointer keeps alive; `folder` is where its files are.
    std::shared_ptr<world_process> add(const std::string& name, const std::string& folder);

    /// Runs so many events, or until `until`, which is then the time, even if nothing happens before
    /// (net::never: until no event is left). False: it is done.
    bool run(world_programs& programs, net::time_point until, std::uint64_t most_events);

    /// A number for an operation that begins, and whom to tell when it ends.
    struct operation {
        std::uint64_t number;
        virtual_world* of;
        bool wanted() const { return of->programs_ != nullptr; }
        void end(net::error_code failed, outcome result) const;
    };
    operation begin() { return {next_operation_++, this}; }

private:
    const std::uint64_t seed_;
    sim::world world_;
    pair_links between_;
    std::uint64_t next_operation_ = 0;
    world_programs* programs_ = nullptr; // while it runs
    std::vector<std::unique_ptr<world_process>> processes_;
};

/// One program's side of it.
class world_process {
public:
    world_process(virtual_world& in, const std::string& name, const std::string& folder);

    virtual_world& in() { return in_; }
    sim::virtual_network& network() { return network_; }

    std::uint64_t sleep(net::duration delay);
    /// Runs one of badwire's programs; ends with its exit code. Throws net::failure where there is
    /// none of that name.
    std::uint64_t start(const std::string& program, std::vector<std::string> words);

    const std::string& output() const { return output_; }
    const std::string& errors() const { return errors_; }

private:
    virtual_world& in_;
    std::string output_, errors_;
    net::disk_files files_;
    sim::virtual_network network_;
};

/// For an operation that has no deadline.
inline constexpr net::duration no_timeout = net::duration::max();

class world_udp {
public:
    world_udp(std::shared_ptr<world_process> of, net::udp_socket socket);

    net::udp::endpoint local() const { return socket_.local_endpoint(); }
    /// Ends with received. Throws logic_error while another one waits.
    std::uint64_t receive(net::duration timeout);
    /// Throws system_error: it is closed, or that is too large for a datagram.
    void send(std::string_view payload, const net::udp::endpoint& to);
    void close();

private:
    const std::shared_ptr<world_process> of_;
    net::udp_socket socket_;
    net::udp::endpoint sender_;
    std::unique_ptr<char[]> buffer_;
    std::shared_ptr<bool> waiting_ = std::make_shared<bool>(false);
    bool open_ = true;
};

class world_stream {
public:
    world_stream(std::shared_ptr<world_process> of, net::tcp_stream stream)
        : of_(std::move(of)), stream_(std::move(stream))
    {
    }
    net::tcp_stream& stream() { return stream_; }

    std::uint64_t connect(const net::tcp::endpoint& to, net::duration timeout);
    /// Ends with at most so many bytes; none: the peer has closed. Throws logic_error while another
    /// one waits, as write() does.
    std::uint64_t read(std::size_t bytes_max, net::duration timeout);
    /// Ends when all is written.
    std::uint64_t write(std::string bytes);

private:
    const std::shared_ptr<world_process> of_;
    net::tcp_stream stream_;
    std::shared_ptr<bool> reading_ = std::make_shared<bool>(false);
    std::shared_ptr<bool> writing_ = std::make_shared<bool>(false);
};

class world_listener {
public:
    world_listener(std::shared_ptr<world_process> of, net::tcp_listener listener)
        : of_(std::move(of)), listener_(std::move(listener))
    {
    }
    net::tcp_listener& listener() { return listener_; }

    /// Ends with a connection.
    std::uint64_t accept(net::duration timeout);

private:
    const std::shared_ptr<world_process> of_;
    net::tcp_listener listener_;
    std::shared_ptr<bool> waiting_ = std::make_shared<bool>(false);
};

} // namespace badwire::bindings
