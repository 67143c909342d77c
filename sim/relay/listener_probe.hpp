// listener_probe.hpp: whether somebody listens for connections at an address of this machine, as the
// kernel knows it (sock_diag, man 7): without connecting, which the listener would see.
#pragma once

#include <optional>

#include "sim/relay/relay.hpp"

namespace badwire::relay {

class listener_probe {
public:
    listener_probe();
    ~listener_probe();
    listener_probe(const listener_probe&) = delete;

    /// Nothing: it cannot be known (another machine's address; a kernel that does not say). Takes
    /// some microseconds.
    std::optional<bool> listens(const endpoint& at);

private:
    int netlink_;
};

} // namespace badwire::relay
