#include "impl/wire/election.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <xxhash.h>

#include "impl/base/address.hpp"
#include "impl/base/bytes.hpp"
#include "impl/wire/frame.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

namespace {

constexpr std::array magic = {std::byte{0xbd}, std::byte{'W'}, std::byte{'E'}, std::byte{1}};
constexpr std::size_t header_bytes = 20;
constexpr std::size_t record_bytes = 28;
constexpr std::size_t ballot_checksum_offset = 16;
constexpr std::uint8_t highest_level = 3;
constexpr std::size_t reports_max = 64; // strangers' datagrams must not fill the screen

char letter(candidate vote) { return static_cast<char>(vote); }

// Which of two votes counts: an order that everybody agrees on.
auto rank(const ballot_record& record)
{
    return std::tuple(record.cast_ns, record.id, record.vote);
}

} // namespace

std::string tally_text(const tally& votes) { return fmt::format("A {}, B {}", votes.a, votes.b); }

std::string outcome_of(const tally& votes)
{
    if (votes.a == votes.b) return "It is a tie.";
    return fmt::format("Winner: {}", votes.a > votes.b ? 'A' : 'B');
}

std::optional<candidate> parse_vote(std::string_view text)
{
    text = trimmed(text);
    if (text == "A" || text == "a") return candidate::a;
    if (text == "B" || text == "b") return candidate::b;
    return std::nullopt;
}

std::vector<std::byte> encode(const ballot& of)
{
    std::vector<std::byte> bytes(header_bytes + record_bytes * of.records.size());
    std::copy(magic.begin(), magic.end(), bytes.begin());
    store_big(bytes, 4, of.electorates);
    store_big(bytes, 6, static_cast<std::uint16_t>(of.records.size()));
    store_big(bytes, 8, of.from);
    std::size_t at = header_bytes;
    for (const ballot_record& record : of.records) {
        store_big(bytes, at, record.id);
        store_big(bytes, at + 8, record.cast_ns);
        bytes[at + 16] = static_cast<std::byte>(record.vote);
        bytes[at + 17] = static_cast<std::byte>(record.level);
        store_big(bytes, at + 20, record.version);
        store_big(bytes, at + 24, record.digest);
        at += record_bytes;
    }
    store_big(bytes, ballot_checksum_offset, frame_checksum(bytes));
    return bytes;
}

bool has_ballot_magic(std::span<const std::byte> bytes)
{
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

std::optional<ballot> decode_ballot(std::span<const std::byte> bytes)
{
    if (bytes.size() < header_bytes || bytes.size() > ballot_bytes_max || !has_ballot_magic(bytes))
        return std::nullopt;
    ballot made{load_big<std::uint16_t>(bytes, 4), load_big<std::uint64_t>(bytes, 8), {}};
    const std::size_t records = load_big<std::uint16_t>(bytes, 6);
    if (bytes.size() != header_bytes + record_bytes * records) return std::nullopt;
    if (load_big<std::uint32_t>(bytes, ballot_checksum_offset) != frame_checksum(bytes))
        return std::nullopt;
    for (std::size_t at = header_bytes; at < bytes.size(); at += record_bytes) {
        const auto vote = static_cast<candidate>(bytes[at + 16]);
        const auto level = std::to_integer<std::uint8_t>(bytes[at + 17]);
        if ((vote != candidate::a && vote != candidate::b) || level > highest_level)
            return std::nullopt;
        if (load_big<std::uint16_t>(bytes, at + 18) != 0) return std::nullopt;
        made.records.push_back({load_big<std::uint64_t>(bytes, at),
                                load_big<std::uint64_t>(bytes, at + 8), vote, level,
                                load_big<std::uint32_t>(bytes, at + 20),
                                load_big<std::uint32_t>(bytes, at + 24)});
    }
    return made;
}

election::election(const options& asked, net::time_point now)
    : asked_(asked), random_(asked.id), next_send_(now), farewells_left_(asked.farewells)
{
    const auto cast_ns = static_cast<std::uint64_t>(now.time_since_epoch().count());
    known_.emplace(asked.id, electorate{{asked.id, cast_ns, asked.vote}, now});
    speak_for_myself();
}

void election::on_datagram(std::span<const std::byte> bytes, net::time_point now)
{
    const auto said = decode_ballot(bytes);
    if (!said) {
        constexpr std::uint64_t anybody = 0;
        report(anybody, has_ballot_magic(bytes) ? "a damaged ballot is ignored"
                                                : "a datagram that is not a ballot is ignored");
        return;
    }
    if (said->electorates != asked_.electorates) {
        report(said->from,
               fmt::format("electorate {:016x} counts on {} electorates, not on {}: ignored",
                           said->from, said->electorates, asked_.electorates));
        return;
    }
    for (const ballot_record& record : said->records) merge(record, now);
    if (const auto sender = known_.find(said->from); sender != known_.end())
        sender->second.heard = now;
    speak_for_myself();
}

void election::merge(const ballot_record& said, net::time_point now)
{
    const auto found = known_.find(said.id);
    if (found == known_.end()) return make_room_for(said, now);
    electorate& known = found->second;
    settle_between(known, said);
    if (said.id == asked_.id) {
        // An earlier process with this id used a higher version: go beyond it.
        if (said.version > known.version) known.version = said.version + 1;
    } else if (said.version > known.version) {
        known.version = said.version;
        known.level = said.level;
        known.digest = said.digest;
    }
}

void election::settle_between(electorate& known, const ballot_record& said)
{
    const bool differs = said.vote != known.vote;
    const bool earlier = rank(said) < rank(known);
    const candidate ignored = earlier ? known.vote : said.vote;
    if (earlier) {
        known.cast_ns = said.cast_ns;
        known.vote = said.vote;
    }
    if (differs)
        report(said.id, fmt::format("electorate {:016x} voted twice: {} counts, {} is ignored",
                                    said.id, letter(known.vote), letter(ignored)));
}

void election::make_room_for(const ballot_record& said, net::time_point now)
{
    const auto too_many = [this](const ballot_record& ignored) {
        report(ignored.id, fmt::format("there are more than {} electorates: the vote of "
                                       "electorate {:016x} is ignored",
                                       asked_.electorates, ignored.id));
    };
    if (known_.size() >= asked_.electorates) {
        const auto last =
            std::max_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
                return rank(a.second) < rank(b.second);
            });
        if (rank(last->second) < rank(said)) return too_many(said);
        too_many(last->second);
        known_.erase(last);
    }
    known_.emplace(said.id, electorate{said, now});
}

std::uint32_t election::digest() const
{
    XXH64_hash_t sum = 0;
    for (const auto& [id, record] : known_) {
        std::vector<std::byte> bytes(9);
        store_big(bytes, 0, id);
        bytes[8] = static_cast<std::byte>(record.vote);
        sum = XXH3_64bits_withSeed(bytes.data(), bytes.size(), sum);
    }
    return static_cast<std::uint32_t>(sum);
}

bool election::all_have(std::uint8_t level) const
{
    const auto same_votes = digest();
    return std::all_of(known_.begin(), known_.end(), [&](const auto& entry) {
        const electorate& one = entry.second;
        return one.id == asked_.id || (one.level >= level && one.digest == same_votes);
    });
}

std::uint8_t election::own_level() const
{
    if (known_.size() < asked_.electorates) return 0;
    if (!all_have(1)) return 1;
    return all_have(2) ? 3 : 2;
}

// Brings what this electorate says about itself up to date.
void election::speak_for_myself()
{
    level_ = own_level();
    const auto own = known_.find(asked_.id);
    if (own == known_.end()) return; // others voted earlier, and there were enough of them
    const auto votes = digest();
    if (own->second.level == level_ && own->second.digest == votes && own->second.version > 0)
        return;
    own->second.level = level_;
    own->second.digest = votes;
    ++own->second.version;
}

bool election::alone(net::time_point now) const
{
    const auto patience = level_ >= 2 ? asked_.silence : 3 * asked_.silence;
    const auto votes = digest();
    return std::all_of(known_.begin(), known_.end(), [&](const auto& entry) {
        const electorate& one = entry.second;
        const bool needs_nothing = one.level >= 2 && one.digest == votes;
        return one.id == asked_.id || needs_nothing || now - one.heard >= patience;
    });
}

std::vector<std::byte> election::on_time(net::time_point now)
{
    if (finished_ || now < next_send_) return {};
    constexpr std::uint64_t parts = 1024;
    next_send_ = now + asked_.interval / 2 +
                 asked_.interval * static_cast<std::int64_t>(random_.below(parts)) / parts;
    if (level_ == 3) finished_ = farewells_left_-- <= 0;
    else if (level_ > 0) finished_ = alone(now);
    if (finished_) return {};
    ballot said{asked_.electorates, asked_.id, {}};
    for (const auto& [id, record] : known_) said.records.push_back(record);
    return encode(said);
}

tally election::votes() const
{
    tally made;
    for (const auto& [id, record] : known_) made.count(record.vote);
    return made;
}

void election::report(std::uint64_t about, std::string line)
{
    if (reported_.size() >= reports_max || !reported_.insert(about).second) return;
    reports_.push_back(std::move(line));
}

std::string classic_election::on_datagram(std::string_view text, const net::udp::endpoint& from)
{
    const auto vote = text.size() <= 3 ? parse_vote(text) : std::nullopt;
    if (!vote)
        return fmt::format("what came from {} is not a vote and is ignored: {}", to_text(from),
                           printable(text.substr(0, 20)));
    if (complete()) return "";
    if (from.port() != group_port_) {
        const auto [known, first] = by_sender_.emplace(from, *vote);
        if (!first && known->second == *vote) return "";
        if (!first)
            return fmt::format("{} voted twice: {} counts, {} is ignored", to_text(from),
                               letter(known->second), letter(*vote));
    }
    votes_.count(*vote);
    return "";
}

} // namespace badwire::wire
