// tcp_description.hpp: a guest's TCP socket in the virtual world: fresh, listening, connecting or
// connected.
#pragma once

#include "impl/net/metrics.hpp"
#include "sim/guest/description.hpp"
#include "sim/virtual/virtual_stream.hpp"

namespace badwire::guest {

class tcp_description final : public socket_description, public sim::stream_observer {
public:
    /// `requests`: where each connection is noted once it is over, as a client or a server sees it.
    tcp_description(sim::host& of, int domain, net::metrics& requests);
    /// One end of a connection that has been accepted.
    tcp_description(sim::host& of, int domain, net::metrics& requests,
                    std::unique_ptr<sim::virtual_stream> accepted);
    ~tcp_description() override;

    short ready() const override;
    std::string awaited(short events) const override;
    outcome<received> receive(std::size_t most, bool peek) override;
    outcome<std::size_t> send(std::vector<std::byte> bytes,
                              const std::optional<address>& to) override;
    int bind(const address& local) override;
    int connect(const address& to) override;
    int connect_result() override;
    int listen(int backlog) override;
    bool listens() const override { return !listeners_.empty(); }
    outcome<std::unique_ptr<socket_description>> accept() override;
    int shut_down(int how) override;
    address local() const override;
    std::optional<address> peer() const override;
    std::size_t pending() const override;

    void stream_changed() override { tell_change(); }

private:
    bool connected() const { return stream_ && !connecting_; }
    void connect_done(net::error_code failed);
    void note_request();
    bool taken() const; // where it is bound
    void release();

    net::metrics& requests_;
    net::time_point began_{}; // asked for, or accepted
    net::time_point last_byte_{};
    bool accepted_ = false;
    bool heard_ = false; // a byte
    std::unique_ptr<sim::virtual_stream> stream_;
    std::vector<std::unique_ptr<sim::virtual_listener>> listeners_; // one of each family
    std::optional<address> bound_;
    std::optional<address> peer_; // of connect()
    bool reserved_ = false;       // bound_, and nobody listens
    bool connecting_ = false;
    bool no_more_input_ = false;
    bool sends_ended_ = false;
    std::shared_ptr<tcp_description*> self_ = std::make_shared<tcp_description*>(this);
};

} // namespace badwire::guest
