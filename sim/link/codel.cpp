#include "sim/link/codel.hpp"

#include <cmath>

namespace badwire::link {
namespace {

constexpr std::uint64_t largest_packet_bytes = 1500; // RFC 8289's MAXPACKET: the path's MTU

// The packet says that there is congestion, if its sender understands; else it has to go.
bool says_congestion(queued_packet& one, const aqm_model& asked)
{
    if (one.of_stream) return true;
    if (!asked.ecn || !one.capable) return false;
    one.marked = true;
    return true;
}

} // namespace

duration codel_control::next_after(duration last, const aqm_model& asked) const
{
    return last + duration(static_cast<std::int64_t>(static_cast<double>(asked.interval.count()) /
                                                     std::sqrt(count_)));
}

codel_control::candidate codel_control::look(packet_fifo& from, const aqm_model& asked,
                                             duration now)
{
    if (from.empty()) {
        first_above_.reset();
        return {{}, false};
    }
    candidate next{from.pop(), false};
    if (now - next.packet->arrived < asked.target || from.bytes() <= largest_packet_bytes)
        first_above_.reset();
    else if (!first_above_) first_above_ = now + asked.interval;
    else next.may_drop = now >= *first_above_;
    return next;
}

// Dropping begins. Where it ended lately, its rate goes on from where it was.
void codel_control::begin(const aqm_model& asked, duration now)
{
    const std::uint32_t since = count_ - last_count_;
    dropping_ = true;
    count_ = since > 1 && now - drop_next_ < 16 * asked.interval ? since : 1;
    last_count_ = count_;
    drop_next_ = next_after(now, asked);
}

std::optional<queued_packet> codel_control::dequeue(packet_fifo& from, const aqm_model& asked,
                                                    duration now, dropped_packets& dropped)
{
    candidate next = look(from, asked, now);
    if (dropping_) {
        if (!next.may_drop) dropping_ = false;
        while (dropping_ && now >= drop_next_) {
            ++count_;
            if (says_congestion(*next.packet, asked)) {
                drop_next_ = next_after(drop_next_, asked);
                break;
            }
            dropped.push_back({std::move(*next.packet), cause::aqm});
            next = look(from, asked, now);
            if (next.may_drop) drop_next_ = next_after(drop_next_, asked);
            else dropping_ = false;
        }
    } else if (next.may_drop) {
        if (!says_congestion(*next.packet, asked)) {
            dropped.push_back({std::move(*next.packet), cause::aqm});
            next = look(from, asked, now);
        }
        begin(asked, now);
    }
    return std::move(next.packet);
}

} // namespace badwire::link
