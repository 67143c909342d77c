// loss_log.hpp: remembers the last packet that each flow of each link lost, and shows everything to
// another watcher, if there is one.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "harness/run/stage.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

class loss_log final : public link::packet_watcher {
public:
    /// `next` may be null; not owned.
    explicit loss_log(link::packet_watcher* next) : next_(next) {}

    std::vector<lost_packet> last() const;

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;
    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override;
    void undeliverable(const link::watched_packet& what, std::uint32_t copy, const note& said,
                       std::string_view reason) override;

private:
    link::packet_watcher* next_;
    std::map<std::tuple<std::string, link::direction, std::string>, lost_packet> last_;
};

} // namespace badwire::harness
