// core.hpp: what the datagram half and the stream half of a relay share. One io_context's thread.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "sim/link/conveyor.hpp"
#include "sim/relay/packet_pool.hpp"
#include "sim/relay/punctuality.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::relay {

using clock = std::chrono::steady_clock;

struct core {
    core(boost::asio::io_context& runs_on, relay_options asked)
        : context(runs_on),
          options(std::move(asked)),
          up(options.seed, options.name, options.link, link::direction::up, options.shared[0]),
          down(options.seed, options.name, options.link, link::direction::down, options.shared[1]),
          pool(options.in_flight_bytes_max),
          up_datagrams(up, witnesses(), wanted(), options.time_all),
          down_datagrams(down, witnesses(), wanted(), options.time_all)
    {
    }

    link::lane& along(link::direction which) { return which == link::direction::up ? up : down; }
    using conveyor = link::conveyor<packet_handle>;
    conveyor& carrying(link::direction which)
    {
        return which == link::direction::up ? up_datagrams : down_datagrams;
    }

    /// A datagram was handed to the system.
    void delivered(link::direction which, const link::leaving_packet& what)
    {
        carrying(which).delivered(what);
        if (what.facts != nullptr && what.facts->timed) late.left(what.facts->due, what.time);
    }

    /// The time that a lane is told for something that happened at `when`. A lane's time must never
    /// fall, but the kernel's arrival times at different sockets and our clock may.
    link::duration lane_time(link::direction which, clock::time_point when)
    {
        auto& last = last_lane_time[static_cast<std::size_t>(which)];
        last = std::max<link::duration>(last, when - start);
        return last;
    }

    /// The same for both lanes at once.
    link::duration time_of_both(clock::time_point when)
    {
        lane_time(link::direction::up, when);
        lane_time(link::direction::down, when);
        return last_lane_time[0] = last_lane_time[1] =
                   std::max(last_lane_time[0], last_lane_time[1]);
    }

    /// What the number-th connection of a flow goes through in a direction, while it is set up and
    /// afterwards; ask again when what the link is asked to do has changed.
    std::shared_ptr<link::lane> lane_of_set_up(link::direction which)
    {
        if (!terms) return lane_of_all(which);
        return lane_that_does(which, terms->set_up(along(which)));
    }
    std::shared_ptr<link::lane> lane_of_stream(link::direction which, const link::flow& of,
                                               std::uint64_t number)
    {
        if (!terms) return lane_of_all(which);
        return lane_that_does(which, terms->afterwards(along(which), of, number));
    }

    /// Takes in one more client if there is room; false counts it as refused.
    bool admit()
    {
        if (clients < options.clients_max) {
            ++clients;
            return true;
        }
        ++refused;
        return false;
    }

    boost::asio::io_context& context;
    const relay_options options;
    link::lane up;
    link::lane down;
    packet_pool pool; // outlives the packets in it
    conveyor up_datagrams;
    conveyor down_datagrams;
    punctuality late;
    const clock::time_point start = options.start.value_or(clock::now());
    std::array<link::duration, 2> last_lane_time{};
    std::array<bool, 2> changed{};       // whether relay::change was called
    std::uint64_t names_given = 0;       // to flows that nobody named
    std::size_t clients = 0;             // datagram flows and connections
    std::uint64_t refused = 0;           // datagrams and connections beyond clients_max
    std::uint64_t dropped_by_kernel = 0; // at sockets that are closed now
    std::size_t stream_bytes = 0;        // that connections hold, as of their last look
    std::optional<stream_terms> terms{};

private:
    std::shared_ptr<link::lane> lane_of_all(link::direction which)
    {
        return {std::shared_ptr<void>(), &along(which)}; // not owned
    }
    // Connections that meet the same share a lane, and so its bottleneck.
    std::shared_ptr<link::lane> lane_that_does(link::direction which,
                                               const link::impairments& asked)
    {
        if (asked == along(which).asked()) return lane_of_all(which);
        auto& others = other_lanes_[static_cast<std::size_t>(which)];
        std::erase_if(others, [](const auto& one) { return one.expired(); });
        for (const auto& one : others)
            if (auto known = one.lock(); known->asked() == asked) return known;
        auto made = std::make_shared<link::lane>(options.seed, options.name, which, asked);
        others.push_back(made);
        return made;
    }

    std::array<std::vector<std::weak_ptr<link::lane>>, 2> other_lanes_; // of connections

    link::witnesses witnesses() const { return {options.trace, options.watcher}; }
    // Contents are hashed only where a decision depends on them, or a trace shows them.
    link::coordinates wanted() const
    {
        return options.trace ? link::coordinates::always : link::coordinates::if_needed;
    }
};

/// A client that core::admit() let in, by its name in both directions. A name that was made up for
/// the client is forgotten with it.
class named_flow {
public:
    named_flow(std::shared_ptr<core> of, const std::string& shared_name)
        : core_(std::move(of)),
          own_(shared_name.empty()),
          name_(own_ ? std::to_string(++core_->names_given) : shared_name),
          up_(core_->up.open_flow(name_)),
          down_(core_->down.open_flow(name_))
    {
    }
    ~named_flow()
    {
        --core_->clients;
        if (!own_) return;
        core_->up_datagrams.forget_flow(up_);
        core_->down_datagrams.forget_flow(down_);
    }
    named_flow(const named_flow&) = delete;

    link::flow& along(link::direction which) { return which == link::direction::up ? up_ : down_; }

private:
    std::shared_ptr<core> core_;
    bool own_;
    std::string name_;
    link::flow& up_;
    link::flow& down_;
};

} // namespace badwire::relay
