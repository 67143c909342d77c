// nat_port.hpp: one port from which the server sees a client, as a NAT on the path knows it. A
// carrier has one for each client, and one more for each new port that the client gets. Clock-free;
// not thread-safe.
#pragma once

#include "sim/link/link.hpp"

namespace badwire::link {

class nat_port {
public:
    /// Whether the NAT has forgotten this port's client by `now`, as that direction asks.
    bool forgotten(lane& by, duration now) const
    {
        by.advance(now);
        return used_ && by.asked().rebind.forgets(*used_, now);
    }
    /// The client sends from this port.
    void use(duration now) { used_ = now; }

private:
    std::optional<duration> used_; // the last use; nothing: none yet
};

} // namespace badwire::link
