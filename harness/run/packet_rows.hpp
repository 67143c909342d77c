// packet_rows.hpp: packets as rows of a table, as trace.json and the live page have them: when, between
// whom, what it was, what became of it and why, and the exact rule that would strike just this one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/judge/record.hpp"
#include "harness/run/packet_recorder.hpp"
#include "harness/scenario/packet_names.hpp"

namespace badwire::harness {

/// A packet, of its payload the beginning.
struct traced_packet : seen_packet {
    std::size_t bytes = 0;
    std::vector<std::string> rules{}; // which impairments struck; not a constant delay
    std::vector<duration> copies{};   // when copies arrived
    std::string undeliverable{};      // why it was
};

/// As it is offered, the nth of its link and direction.
traced_packet traced(const link::watched_packet& what, const link::lane& by, const link::fate& met,
                     std::uint64_t nth);

/// Makes the rows, one after the other. Not thread-safe.
class packet_rows {
public:
    using ends = std::function<std::pair<std::string, std::string>(const traced_packet&)>;

    packet_rows(link::wire_tables wires, ends who) : names_(std::move(wires)), who_(std::move(who))
    {
    }

    static json columns();
    /// The row of the next packet, in the order in which they were offered.
    json next(const traced_packet& one) { return row(one, name(one)); }
    /// The same in two parts, where packets are offered in one order and told in another: the rule
    /// that strikes the next one, and its row.
    json name(const traced_packet& one);
    /// As name(), by its place alone.
    static json named_by_place(const traced_packet& one);
    json row(const traced_packet& one, json strike);
    /// Packets are missing here: what names the later ones is then only their place.
    void gap() { after_gap_ = true; }
    /// Forgets those before, as if they were missing; their numbers count.
    void forget();

private:
    json before(const traced_packet& one);

    packet_names names_;
    ends who_;
    bool after_gap_ = false;
    std::size_t made_ = 0;
    std::map<std::tuple<std::string, link::direction, std::string, std::uint64_t>, std::size_t>
        by_contents_; // and 1 more than its row
};

} // namespace badwire::harness
