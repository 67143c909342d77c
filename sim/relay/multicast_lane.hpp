// multicast_lane.hpp: one direction of one member's link: carries multicast datagrams as the link
// decides, on the relay's clock. One io_context's thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "sim/relay/departures.hpp"

namespace badwire::relay {

class multicast_lane : public std::enable_shared_from_this<multicast_lane> {
public:
    using bytes = std::span<const std::byte>;
    /// Hands a datagram on; false when the system refuses.
    using delivery = std::function<bool(bytes)>;

    multicast_lane(std::shared_ptr<departures> of, link::direction which,
                   const std::string& flow_name);

    /// A datagram that came from `from` and is to leave for `to`; `sender`: the process, where the
    /// flow does not say.
    void carry(bytes contents, const endpoint& from, const endpoint& to, delivery deliver,
               std::string_view sender = {});

    /// The member's own socket has lost so many datagrams.
    void dropped_by_kernel(std::uint64_t datagrams)
    {
        departures_->shared()->dropped_by_kernel += datagrams;
    }
    /// Forgets datagrams that are still on their way.
    void close() { closed_ = true; }

private:
    struct passage;
    struct carrier;
    struct later;

    std::shared_ptr<departures> departures_;
    link::direction which_;
    link::flow& flow_;
    bool closed_ = false;
};

} // namespace badwire::relay
