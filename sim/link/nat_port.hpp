// nat_port.hpp: one port by which the server sees a client, as a NAT on the path knows it. A carrier
// has one for each client, and another for each port that the client is seen from later.
// Clock-free; not thread-safe.
#pragma once

#include "sim/link/link.hpp"

namespace badwire::link {

class nat_port {
public:
    /// Whether the NAT has forgotten by `now` whose port it is, as that direction asks.
    bool forgotten(lane& by, duration now) const
    {
        by.advance(now);
        return used_ && by.asked().rebind.forgets(*used_, now);
    }
    /// The client sends from it.
    void use(duration now) { used_ = now; }

private:
    std::optional<duration> used_; // last; nothing: not yet
};

} // namespace badwire::link
