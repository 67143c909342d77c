// election.hpp: five electorates, two candidates, nobody in the middle (course Q8), on both wires,
// without I/O: datagrams and times go in, datagrams come out.
//
// The framed wire. Every electorate repeats all it knows: each vote it has heard of, and the level
// of the electorate that cast it. It adds what it hears to what it knows, in whatever order and how
// often that comes, so all end with the same votes. An electorate's level is 1 once it has every
// vote, 2 once it knows that all have level 1, 3 once it knows that all have level 2. Only then,
// and after some last repetitions, it leaves: no other needs it any more. An electorate that missed
// these does not wait for ever: if it has every vote, it also leaves when all others are silent.
//
//   offset 0   4 bytes  magic: BD 'W' 'E' 01
//          4   2        electorates in this election
//          6   2        N: how many records follow
//          8   8        id of the electorate that sends this
//         16   4        checksum: low 32 bits of XXH3 (64) of the datagram with this field zero
//         20   28 × N   records:  0  8  id of an electorate
//                                 8  8  when it voted, ns by its own clock
//                                16  1  its vote, 'A' or 'B'
//                                17  1  its level
//                                18  2  reserved, zero
//                                20  4  version of what it says about itself
//                                24  4  digest of the votes that it has
// All numbers are big-endian.
//
// One vote per electorate: of two different votes the earlier counts and the other is reported. If
// there are more electorates than asked for, the earliest votes count. This order makes all agree,
// but it is no defence: nothing is signed, and somebody who forges datagrams can vote for others.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "impl/base/address.hpp"
#include "impl/net/basics.hpp"
#include "impl/net/random.hpp"

namespace badwire::wire {

inline constexpr std::int64_t electorates_max = 1000;
inline constexpr std::size_t ballot_bytes_max = 20 + 28 * electorates_max;

enum class candidate : std::uint8_t { a = 'A', b = 'B' };

struct tally {
    std::int64_t a = 0;
    std::int64_t b = 0;

    void count(candidate vote) { ++(vote == candidate::a ? a : b); }
    std::int64_t votes() const { return a + b; }
    bool operator==(const tally&) const = default;
};

std::string tally_text(const tally& votes); // "A 3, B 2"
std::string outcome_of(const tally& votes); // "Winner: A", "It is a tie."

/// Reads "A", "b", " A\n"; nothing for anything else.
std::optional<candidate> parse_vote(std::string_view text);

/// What one electorate knows of a vote and of the electorate that cast it.
struct ballot_record {
    std::uint64_t id;
    std::uint64_t cast_ns;
    candidate vote;
    std::uint8_t level = 0;
    std::uint32_t version = 0;
    std::uint32_t digest = 0;
    bool operator==(const ballot_record&) const = default;
};

struct ballot {
    std::uint16_t electorates;
    std::uint64_t from;
    std::vector<ballot_record> records;
    bool operator==(const ballot&) const = default;
};

std::vector<std::byte> encode(const ballot& of);
/// Nothing when the bytes are no ballot, or are cut or damaged.
std::optional<ballot> decode_ballot(std::span<const std::byte> bytes);
bool has_ballot_magic(std::span<const std::byte> bytes);

/// One electorate on the framed wire.
class election {
public:
    struct options {
        std::uint16_t electorates = 5;
        std::uint64_t id = 0; // unlike every other's
        candidate vote = candidate::a;
        net::duration interval = std::chrono::milliseconds(100); // between repetitions, ±50 %
        net::duration silence =
            std::chrono::seconds(2); // of silence, after which the others have left
        int farewells = 5;           // repetitions before leaving
    };

    election(const options& asked, net::time_point now);

    void on_datagram(std::span<const std::byte> bytes, net::time_point now);
    /// What to multicast now; empty: nothing.
    std::vector<std::byte> on_time(net::time_point now);
    /// When on_time() has something to do.
    net::time_point deadline() const { return next_send_; }

    bool finished() const { return finished_; }
    tally votes() const;
    /// Reports for people since the last call, a line each.
    std::vector<std::string> take_reports() { return std::exchange(reports_, {}); }

private:
    struct electorate : ballot_record {
        net::time_point heard;
    };

    void merge(const ballot_record& said, net::time_point now);
    void settle_between(electorate& known, const ballot_record& said);
    void make_room_for(const ballot_record& said, net::time_point now);
    void speak_for_myself();
    std::uint8_t own_level() const;
    bool all_have(std::uint8_t level) const;
    bool alone(net::time_point now) const;
    std::uint32_t digest() const;
    void report(std::uint64_t about, std::string line);

    options asked_;
    net::random_source random_;
    std::map<std::uint64_t, electorate> known_;
    std::uint8_t level_ = 0;
    net::time_point next_send_;
    int farewells_left_;
    bool finished_ = false;
    std::set<std::uint64_t> reported_;
    std::vector<std::string> reports_;
};

/// One electorate on the course's wire: a vote is one character, its sender's address says whose.
class classic_election {
public:
    /// `group_port`: members that send from the port they all share cannot be told apart, so each
    /// vote from that port counts.
    classic_election(std::int64_t electorates, std::uint16_t group_port)
        : electorates_(electorates), group_port_(group_port)
    {
    }

    /// What people should hear about the vote; empty when it counted, or repeated an earlier one.
    std::string on_datagram(std::string_view text, const net::udp::endpoint& from);

    bool complete() const { return votes_.votes() >= electorates_; }
    const tally& votes() const { return votes_; }

private:
    std::int64_t electorates_;
    std::uint16_t group_port_;
    std::map<net::udp::endpoint, candidate> by_sender_;
    tally votes_;
};

} // namespace badwire::wire
