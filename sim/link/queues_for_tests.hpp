// queues_for_tests.hpp: packets that wait in a bottleneck, and what came of each.
#pragma once

#include <vector>

#include "sim/link/bottleneck.hpp"

namespace badwire::link {

class queue_log {
public:
    struct entry {
        std::uint64_t flow;
        std::size_t bytes;
        duration offered;
        std::optional<queue_guest::outcome> met{}; // nothing: it still waits

        bool passed() const { return met && met->why == cause::none; }
        bool dropped() const { return met && met->why != cause::none; }
        duration took() const { return met->transmitted - offered; }
    };

    explicit queue_log(bottleneck& narrow) : narrow_(narrow) {}

    void offer(std::size_t bytes, duration now, queued_packet how = {})
    {
        all.push_back({how.flow, bytes, now});
        how.bytes = bytes;
        how.guest = std::make_unique<guest>(*this, all.size() - 1);
        narrow_.enter(std::move(how), now);
    }

    std::vector<entry> all;
    std::vector<std::size_t> left; // which passed, in that order

private:
    struct guest final : queue_guest {
        guest(queue_log& into, std::size_t which) : log(into), number(which) {}
        void served(const outcome& what) override
        {
            log.all[number].met = what;
            if (what.why == cause::none) log.left.push_back(number);
        }
        const void* owner() const override { return &log; }

        queue_log& log;
        std::size_t number;
    };

    bottleneck& narrow_;
};

} // namespace badwire::link
