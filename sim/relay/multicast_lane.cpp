#include "sim/relay/multicast_lane.hpp"

#include <utility>

namespace badwire::relay {

multicast_lane::multicast_lane(std::shared_ptr<departures> of, link::direction which,
                               const std::string& flow_name)
    : departures_(std::move(of)),
      which_(which),
      flow_(departures_->shared()->along(which).open_flow(flow_name))
{
}

// Where a datagram leaves, shared with its copies.
struct multicast_lane::passage final : packet_exit {
    passage(std::shared_ptr<multicast_lane> along, const endpoint& coming_from,
            const endpoint& going_to, delivery hand_on)
        : lane(std::move(along)), from(coming_from), to(going_to), deliver(std::move(hand_on))
    {
    }

    void leave(packet_handle kept) override
    {
        leave(kept->payload(), kept->facts.index, &kept->facts);
    }

    void leave(bytes contents, std::uint64_t index, const link::packet_facts* facts)
    {
        if (lane->closed_) return;
        core& shared = *lane->departures_->shared();
        const link::leaving_packet what{
            lane->flow_, index, contents, addresses(), clock::now() - shared.start, facts};
        if (deliver(contents)) shared.delivered(lane->which_, what);
        else shared.carrying(lane->which_).undeliverable(what, "refused by the system");
    }

    link::addresses addresses() const { return {from.data(), to.data()}; }

    std::shared_ptr<multicast_lane> lane;
    endpoint from, to;
    delivery deliver;
};

struct multicast_lane::later {
    link::addresses arriving() const { return way->addresses(); }
    link::addresses leaving() const { return way->addresses(); }

    packet_handle copy(packet& original)
    {
        return through(ways->shared()->pool.copy(original.payload()));
    }
    void leave(packet_handle kept, link::duration due)
    {
        ways->leave_at(due, std::move(kept));
        ways->arm();
    }
    void hold(core::conveyor::slot held, link::duration until)
    {
        ways->hold(until, std::move(held));
        ways->arm();
    }
    static void drop(packet_handle) {}

    packet_handle through(packet_handle kept)
    {
        if (kept) kept->through = way;
        return kept;
    }

    departures* ways;
    std::shared_ptr<passage> way;
};

struct multicast_lane::carrier : later {
    void pass(std::uint64_t index) { way->leave(contents, index, nullptr); }
    packet_handle keep() { return through(ways->shared()->pool.copy(contents)); }
    void leave(packet_handle kept, link::duration due) { ways->leave_at(due, std::move(kept)); }
    void hold(core::conveyor::slot held, link::duration until)
    {
        ways->hold(until, std::move(held));
    }
    later later_on(const packet&) const { return *this; }

    bytes contents;
};

void multicast_lane::carry(bytes contents, const endpoint& from, const endpoint& to,
                           delivery deliver, std::string_view sender)
{
    core& shared = *departures_->shared();
    auto& conveyor = shared.carrying(which_);
    const auto arrived = clock::now();
    conveyor.offer({.of = flow_,
                    .payload = contents,
                    .time = shared.lane_time(which_, arrived),
                    .arrived = arrived - shared.start,
                    .foreseen = conveyor.foresee(flow_, contents),
                    .sender = sender},
                   carrier{{departures_.get(), std::make_shared<passage>(shared_from_this(), from,
                                                                         to, std::move(deliver))},
                           contents});
    departures_->turn();
}

} // namespace badwire::relay
