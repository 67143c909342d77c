// packet_triggers.hpp: tells when certain packets come to a link, and shows everything to another
// watcher, if there is one.
#pragma once

#include <list>

#include "harness/run/passing_watcher.hpp"
#include "harness/run/stage.hpp"
#include "sim/link/exact.hpp"

namespace badwire::harness {

class packet_triggers final : public passing_watcher {
public:
    using passing_watcher::passing_watcher;

    void add(const packet_trigger& one);

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;

private:
    struct armed {
        packet_trigger what;
        link::exact_matcher matcher;
        bool told = false;
    };

    std::list<armed> armed_;
};

/// The triggers of one run, on all its links.
class run_triggers {
public:
    explicit run_triggers(const scenario& what);

    /// The watcher that a link gets in the place of `next`: the same if no fault waits for a packet.
    link::packet_watcher* before(link::packet_watcher* next);
    void add(const packet_trigger& one);

private:
    bool needed_;
    std::list<packet_triggers> all_;
};

} // namespace badwire::harness
