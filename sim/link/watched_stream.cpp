#include "sim/link/watched_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace badwire::link {

stored_address::stored_address(const sockaddr* from, std::size_t bytes)
{
    std::memcpy(&stored, from, std::min(bytes, sizeof stored));
}

watched_stream::watched_stream(packet_watcher& by, std::string flow, std::uint64_t number,
                               const ends& between)
    : watcher_(by), flow_(std::move(flow)), number_(number), ends_(between)
{
}

watched_stream::~watched_stream() { server_sees(ends_.client); }

void watched_stream::server_sees(const stored_address& from)
{
    if (as_server_sees_) return;
    as_server_sees_ = from;
    for (const shown& one : std::exchange(waiting_, {})) show_at_server(one);
}

void watched_stream::reception::until(duration now)
{
    for (; !on_way.empty() && on_way.front().due <= now; on_way.pop_front()) {
        auto& end = behind[on_way.front().begin];
        end = std::max(end, on_way.front().end);
    }
    for (; !behind.empty() && behind.begin()->first <= next; behind.erase(behind.begin()))
        next = std::max(next, behind.begin()->second);
}

void watched_stream::saw(const seen_segment& one)
{
    using is_a = stream_segment::kind;
    const auto way = static_cast<std::size_t>(one.which);
    reception& heard = received_.at(1 - way);
    heard.until(one.sent);
    const bool begins = one.what.is == is_a::syn && one.what.offset == 0;
    watched_segment what{.which = one.which,
                         .sequence = static_cast<std::uint32_t>(begins ? 0
                                                                : one.what.is == is_a::syn
                                                                    ? 1
                                                                    : 1 + one.what.offset),
                         .acknowledgment = static_cast<std::uint32_t>(heard.next),
                         .syn = begins && !one.reset,
                         .acknowledges = heard.next > 0,
                         .end = one.what.is == is_a::end,
                         .reset = one.reset,
                         .flow = flow_,
                         .stream = number_};
    if (one.what.is == is_a::acknowledgment)
        what.sequence = static_cast<std::uint32_t>(sent_.at(way));
    // A stream that can lose nothing is carried in larger pieces.
    auto left = one.payload;
    do {
        what.payload = left.first(std::min(left.size(), segment_bytes_max));
        left = left.subspan(what.payload.size());
        const std::uint64_t begin = what.sequence;
        const std::uint64_t end = begin + what.payload.size() + (what.syn || what.end ? 1 : 0);
        sent_.at(way) = std::max(sent_.at(way), end);
        if (one.arrives && end > begin)
            received_.at(way).on_way.push_back({*one.arrives, begin, end});
        show_both(what, one);
        what.sequence = static_cast<std::uint32_t>(end);
    } while (!left.empty());
}

void watched_stream::show_both(watched_segment what, const seen_segment& one)
{
    what.time = one.sent;
    what.leaves = false;
    show(what, one.why);
    if (!one.arrives) return;
    what.time = *one.arrives;
    what.leaves = true;
    show(what, one.why);
}

void watched_stream::show(watched_segment what, const std::string& comment)
{
    const bool upwards = what.which == direction::up;
    if (upwards == what.leaves) { // at the server
        shown one{what, {what.payload.begin(), what.payload.end()}, comment};
        if (as_server_sees_) show_at_server(one);
        else waiting_.push_back(std::move(one));
        return;
    }
    what.seen = upwards ? addresses{ends_.client.get(), ends_.entrance.get()}
                        : addresses{ends_.entrance.get(), ends_.client.get()};
    watcher_.segment(what, comment);
}

void watched_stream::show_at_server(const shown& one)
{
    watched_segment what = one.what;
    what.payload = one.payload;
    what.flow = flow_;
    what.seen = what.which == direction::up ? addresses{as_server_sees_->get(), ends_.server.get()}
                                            : addresses{ends_.server.get(), as_server_sees_->get()};
    watcher_.segment(what, one.comment);
}

} // namespace badwire::link
