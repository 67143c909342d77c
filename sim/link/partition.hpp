// partition.hpp: who cannot reach whom for a while: groups of processes, whatever links they share.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace badwire::link {

enum class direction;

struct partition {
    std::string name{};               // as the scenario calls it, for results
    std::chrono::nanoseconds from{0}; // since the link's start
    std::chrono::nanoseconds until = std::chrono::nanoseconds::max();
    std::vector<std::vector<std::string>> groups{}; // names of processes
    bool one_way = false;                           // only from the first group to the second

    /// Nothing passes from the one to the other. Who is in no group reaches everybody.
    bool separates(std::string_view sender, std::string_view receiver) const;
    bool operator==(const partition&) const = default;
};

/// The partitions of one direction of a link, as time goes on, and what they did. Not thread-safe.
class partition_state {
public:
    /// `goes_to`: of a flow that is one process's own, who is at its other end. A flow "a>b" goes from
    /// a to b, and back.
    partition_state(direction which, std::vector<partition> all,
                    std::map<std::string, std::string, std::less<>> goes_to);

    void advance(std::chrono::nanoseconds now);
    /// When one of them begins or ends next; max: never.
    std::chrono::nanoseconds next() const { return next_; }
    bool any() const { return !active_.empty(); } // hold now
    bool known() const { return !all_.empty(); }  // at any time

    /// The number of what is said (from 1) of a packet of that flow, of one that this process sent where
    /// the flow does not say it; 0: it may pass.
    std::uint32_t meets(std::string_view flow, std::string_view sender);
    /// "partitioned: a and c are in different groups".
    const std::string& said(std::uint32_t number) const { return said_.at(number - 1); }

    /// How many packets and connections each of them has stopped.
    void count(std::uint32_t number) { ++struck_.at(of_said_.at(number - 1)); }
    std::span<const std::uint64_t> struck() const { return struck_; }
    const std::vector<partition>& all() const { return all_; }

private:
    std::pair<std::string_view, std::string_view> ends_of(std::string_view flow,
                                                          std::string_view sender) const;

    direction which_;
    std::vector<partition> all_;
    std::map<std::string, std::string, std::less<>> goes_to_;
    std::vector<std::size_t> active_; // places in all_
    std::chrono::nanoseconds next_ = std::chrono::nanoseconds::max();
    std::vector<std::uint64_t> struck_;
    std::vector<std::string> said_;
    std::vector<std::size_t> of_said_;                        // places in all_
    std::map<std::string, std::uint32_t, std::less<>> known_; // by partition, sender and receiver
};

} // namespace badwire::link
