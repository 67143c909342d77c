// packet_recorder.hpp: keeps every packet of a run, with its fate. For one run, in its carrier's
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/scenario/scenario.hpp"
#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

/// A packet of a run, as a link decided over it.
struct seen_packet {
    std::string link;
    link::direction which = link::direction::up;
    std::string flow;
    std::uint64_t nth = 0; // by link::packet_numbers
    duration at{0};        // since the link's start
    std::vector<std::byte> payload;
    std::optional<link::segment> tcp; // of a TCP segment; the payload is its canonical bytes
    link::fate met;
    std::string why; // it met this fate, in words; empty where nothing happened to it
    std::optional<duration> left{}; // when it was handed on; nothing: never
};

class packet_recorder final : public link::packet_watcher {
public:
    /// In the order in which links met them.
    const std::vector<seen_packet>& packets() const { return packets_; }
    std::vector<seen_packet> take() { return std::move(packets_); }
    /// Hash of all that was handed on: when, where, which bytes.
    std::uint64_t arrivals() const { return arrivals_; }

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override;
    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override;

private:
    void mix(std::uint64_t number);

    std::vector<seen_packet> packets_;
    std::uint64_t arrivals_ = 0;
    std::map<const link::lane*, link::packet_numbers> numbers_;
};

} // namespace badwire::harness
