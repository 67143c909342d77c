// packet_names.hpp: exact rules that name the packets of a run. For one run; not thread-safe.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/scenario/packet_words.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::harness {

/// Who sends the packets of a flow in that direction, and to whom; empty: to a group.
std::pair<std::string, std::string> ends_of(const std::string& flow, link::direction which,
                                            const scenario& of);

/// The rule of a packet's place alone, by link::packet_numbers; null: none is about it.
json numbered(std::uint64_t nth, const std::optional<link::segment>& tcp);

/// Names packets one after the other: each by its contents and by how many like it came before, so
/// that it is the same packet where times differ a little.
class packet_names {
public:
    explicit packet_names(link::wire_tables wires) : wires_(std::move(wires)) {}

    /// {"match": {"kind": "ack", "unit": 7}, "flow": "client", "nth": 2}: what names the next packet.
    /// Of a segment {"tcp": {"kind": "data", "from_byte": 1461}, "flow": "client", "nth": 1}; null
    /// of what is neither a datagram nor a segment.
    json next(const std::string& link, link::direction which, const std::string& flow,
              std::span<const std::byte> payload, const std::optional<link::segment>& tcp = {});
    const link::wire_tables& wires() const { return wires_; }

private:
    /// What chooses packets, the most fitting first: all of it counts this one.
    json count(const std::string& link, link::direction which, const std::string& flow,
               std::vector<json> choices);

    link::wire_tables wires_;
    std::map<std::tuple<std::string, link::direction, std::string, std::string>, std::uint64_t>
        seen_;
};

} // namespace badwire::harness
