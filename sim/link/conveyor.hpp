// conveyor.hpp: carries out what a lane decides over packets, for every network: the line of the
// trace, the notes of a capture, flipped bits, copies, waiting for others to overtake, and the
// count of what arrived. A carrier only has to keep time and to send.
//
// Clock-free: a packet is offered with the time, and the carrier is told when it leaves. Later the
// carrier reports what came of it, by delivered() or undeliverable(). Not thread-safe.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sim/link/fidelity.hpp"
#include "sim/link/link.hpp"
#include "sim/link/overtaking.hpp"
#include "sim/link/packet_watcher.hpp"
#include "sim/link/trace.hpp"

namespace badwire::link {

/// What a conveyor notes of a packet, or of a copy, that is kept until it leaves.
struct packet_facts {
    flow* of = nullptr;
    std::uint64_t index = 0; // of its coordinate
    duration arrived{0};
    duration due{0}; // when it should leave: what its lateness is measured against
    packet_watcher::note said{};
    std::uint32_t copy = 0; // number of the copy; 0: the packet itself
    std::uint8_t ecn = 0;   // the codepoint that it leaves with
    bool measured = false;  // counts in the statistics of delays
    bool timed = false;     // should leave at a time, and not after others
    bool flipped = false;   // some of its bits
};

/// A packet on its way in.
struct offered_packet {
    flow& of;
    std::span<const std::byte> payload;
    duration time;              // since the link's start; never falls
    duration arrived;           // may be somewhat earlier: packets may be offered late
    std::uint64_t foreseen = 0; // see lane
    mapping nat = mapping::kept;
    const segment* tcp = nullptr;          // of a segment, whose payload is its canonical bytes
    std::span<const std::byte> frame = {}; // as it was seen, where the carrier has frames
    std::string_view sender{};             // the process, where the flow does not say
    std::uint8_t ecn = 0;                  // the codepoint of its IP header (fate.hpp)
};

/// A packet, or a copy, on its way out.
struct leaving_packet {
    flow& of;
    std::uint64_t index;
    std::span<const std::byte> payload;
    addresses seen;
    duration time;
    const packet_facts* facts;             // null: it passes, and there is nothing to note
    std::span<const std::byte> frame = {}; // as it leaves, where the carrier has frames
};

/// Those who are told what a conveyor does; each may be missing.
struct witnesses {
    trace_sink trace{};
    packet_watcher* watcher = nullptr; // must outlive the conveyor
};

/// The part of a conveyor that does not depend on how a carrier keeps packets.
class conveyor_base {
public:
    /// The lane must outlive the conveyor.
    /// With `time_all`, what passes untouched is kept and timed, too.
    conveyor_base(lane& by, witnesses seen_by, coordinates wanted, bool time_all = false);

    /// See lane::foresee().
    std::uint64_t foresee(const flow& of, std::span<const std::byte> payload) const
    {
        return lane_.foresee(of, payload, wanted_);
    }

    /// A packet, or a copy, was handed on.
    void delivered(const leaving_packet& what)
    {
        lane_.delivered(what.of, what.index, what.payload.size());
        if (what.facts != nullptr && what.facts->measured)
            delays_.add(what.time - what.facts->arrived, what.facts->due - what.facts->arrived);
        if (watcher_ != nullptr) [[unlikely]]
            show_left(what);
    }
    /// A packet, or a copy, was let through and could not be handed on.
    void undeliverable(const leaving_packet& what, std::string_view reason);

    const delay_statistics& delays() const { return delays_; }
    bool watched() const { return watcher_ != nullptr; }

    /// The reason when there is no room to keep a packet.
    static constexpr std::string_view exhausted = "too many datagrams on their way";

    /// The bottleneck, where a managed queue may need to be served.
    bottleneck& narrow() { return lane_.narrow(); }

protected:
    /// Tells a sender's connections apart, by their addresses.
    static std::uint64_t connection_of(const addresses& seen);
    packet_watcher::note show(const offered_packet& what, const addresses& seen, const fate& met);
    bool witnessed() const { return watcher_ != nullptr || trace_; }
    bool times_untouched() const { return time_all_ || lane_.delays(); }

    lane& lane_;
    const coordinates wanted_;
    const bool time_all_;

private:
    watched_packet watched(const leaving_packet& what) const;
    void show_left(const leaving_packet& what);

    trace_sink trace_;
    packet_watcher* watcher_;
    delay_statistics delays_;
};

/// What carries one offered packet. Packets that were passed to leave() stay where they are until
/// offer() has returned.
template <typename Carrier, typename Handle>
concept carrier_of = requires(Carrier by, Handle kept, typename overtaking<Handle>::slot held)
{
    {
        by.arriving()
        } -> std::same_as<addresses>; // as the side that it comes from sees it
    {
        by.leaving()
        } -> std::same_as<addresses>; // as the side that it goes to sees it
    {
        by.keep()
        } -> std::same_as<Handle>; // of the offered packet; null: no room
    {
        by.copy(*kept)
        } -> std::same_as<Handle>;         // null: no room
    by.leave(std::move(kept), duration()); // at that time, or now where it has passed
    by.hold(std::move(held), duration());  // leaves then, if the slot still has it
    by.later_on(
        *kept); // a carrier that does the same for the kept packet after offer() has returned
};

/// What waits in a managed queue is carried out by whoever serves the bottleneck, which may be
/// another conveyor's carrier.
///
/// One direction of one link. `Handle` points to a kept packet, which has `facts` (packet_facts)
/// and `payload()`. A carrier that also has pass(index) hands on an untouched packet that nobody
/// has to note anything about, at once and without keeping it.
template <typename Handle>
class conveyor : public conveyor_base {
public:
    using slot = typename overtaking<Handle>::slot;
    using conveyor_base::conveyor_base;
    ~conveyor() { lane_.narrow().forget(this); }
    conveyor(const conveyor&) = delete;
    conveyor& operator=(const conveyor&) = delete;

    /// Decides over a packet and gives the carrier what leaves, and when: the packet, then its
    /// copies, then the packets that were waiting for this one as their last overtaker.
    template <carrier_of<Handle> Carrier>
    void offer(const offered_packet& what, Carrier&& by)
    {
        const fate met = lane_.decide(what.of, what.payload, what.time, wanted_, what.foreseen,
                                      what.nat, what.tcp, what.sender, what.ecn);
        if (met.waits) [[unlikely]]
            return enter_queue(what, met, by);
        packet_watcher::note said;
        if (witnessed()) [[unlikely]]
            said = show(what, by.arriving(), met);
        if (met.dropped) return;
        if constexpr (requires { by.pass(met.at.index); }) {
            if (met.untouched() && !said && !times_untouched()) {
                by.pass(met.at.index);
                if (!held_back_.empty()) release_overtaken(what.of, what.time, by);
                return;
            }
        }
        carry_out(what, met, std::move(said), by.keep(), by);
    }

    /// The flow is no longer used.
    void forget_flow(flow& of)
    {
        held_back_.erase(&of);
        lane_.forget_flow(of);
    }
    /// Forgets all packets that are held back or wait in a managed queue.
    void clear()
    {
        held_back_.clear();
        lane_.narrow().forget(this);
    }

private:
    // A packet in a managed queue, with what is to be known of it when it leaves.
    template <typename Later>
    struct guest final : queue_guest {
        guest(conveyor& of_this, Handle packet, offered_packet offered, const fate& so_far,
              Later carrier)
            : my(of_this),
              kept(std::move(packet)),
              what(offered),
              tcp(copied(offered.tcp)),
              met(so_far),
              by(carrier)
        {
        }
        void served(const outcome& told) override { my.leave_queue(*this, told); }
        const void* owner() const override { return &my; }

        /// As it was offered: what the carrier had of it then has gone, and is in the kept packet.
        offered_packet offered()
        {
            offered_packet same = what;
            same.payload = kept->payload();
            same.tcp = tcp ? &*tcp : nullptr;
            if constexpr (requires { kept->whole(); }) same.frame = kept->whole();
            if (!tcp || tcp->neither()) return same;
            canonical = canonical_bytes(*tcp, data_of(same.payload));
            same.payload = canonical;
            return same;
        }

        conveyor& my;
        Handle kept;
        offered_packet what;
        std::optional<segment> tcp;
        std::vector<std::byte> canonical{};
        fate met;
        Later by;
    };

    template <typename Carrier>
    void enter_queue(const offered_packet& what, const fate& met, Carrier& by)
    {
        Handle kept = by.keep();
        if (!kept) {
            const packet_facts facts{.of = &what.of, .index = met.at.index};
            return lose(facts, what.payload, what.frame, what.time, by);
        }
        auto later = by.later_on(*kept);
        const std::size_t bytes = what.payload.size();
        const std::uint64_t connection = connection_of(by.arriving());
        lane_.enter_queue(what.of, met, bytes, what.time, connection,
                          std::make_unique<guest<decltype(later)>>(*this, std::move(kept), what,
                                                                   met, std::move(later)));
    }

    template <typename Waited>
    void leave_queue(Waited& waited, const queue_guest::outcome& told)
    {
        const offered_packet what = waited.offered();
        const fate met =
            lane_.after_queue(what.of, waited.met, what.payload.size(), what.time, told);
        packet_watcher::note said;
        if (witnessed()) said = show(what, waited.by.arriving(), met);
        if (met.dropped) return waited.by.drop(std::move(waited.kept));
        carry_out(what, met, std::move(said), std::move(waited.kept), waited.by);
    }

    template <typename Carrier>
    void carry_out(const offered_packet& what, const fate& met, packet_watcher::note said,
                   Handle kept, Carrier& by)
    {
        const bool held_back = met.overtakers > 0;
        const bool delayed = !held_back && (met.delay > duration(0) || lane_.delays());
        const duration due = what.time + met.delay;
        packet_facts facts{.of = &what.of,
                           .index = met.at.index,
                           .arrived = what.arrived,
                           .due = held_back ? due : what.arrived + met.delay,
                           .said = std::move(said),
                           .ecn = met.marked ? ecn::congestion_experienced : what.ecn,
                           .measured = delayed && met.copies == 0,
                           .timed = delayed || (time_all_ && !held_back),
                           .flipped = met.flip_bits > 0};
        if (!kept) {
            // Its copies are lost with it.
            for (int copy = 0; copy <= met.copies; ++copy, ++facts.copy)
                lose(facts, what.payload, what.frame, what.time, by);
            return;
        }
        if (met.flip_bits > 0) lane_.corrupt(what.of, met, kept->payload());
        kept->facts = std::move(facts);

        auto& original = *kept;
        if (held_back)
            by.hold(held_back_[&what.of].hold(std::move(kept), met.overtakers),
                    due + met.overtaken_within);
        else by.leave(std::move(kept), due);
        if (met.copies > 0) copy_out(original, what, due, met, by);
        if (!held_back && !held_back_.empty()) release_overtaken(what.of, due, by);
    }

    template <typename Packet, typename Carrier>
    void copy_out(Packet& original, const offered_packet& what, duration due, const fate& met,
                  Carrier& by)
    {
        packet_facts facts = original.facts;
        facts.timed = met.delay > duration(0) || met.copy_after > duration(0);
        for (int copy = 1; copy <= met.copies; ++copy) {
            ++facts.copy;
            facts.due = due += met.copy_after;
            Handle another = by.copy(original);
            if (!another) {
                lose(facts, original.payload(), what.frame, what.time, by);
                continue;
            }
            another->facts = facts;
            by.leave(std::move(another), due);
        }
    }

    // One more packet of the flow leaves, at `due`. Packets that have now been overtaken often
    // enough leave right after it.
    template <typename Carrier>
    void release_overtaken(flow& of, duration due, Carrier& by)
    {
        const auto others = held_back_.find(&of);
        if (others == held_back_.end()) return;
        others->second.passed([&](const slot& held) {
            Handle kept = std::move(**held);
            held->reset();
            const duration own_due = kept->facts.due;
            by.leave(std::move(kept), std::max(due, own_due));
        });
        if (others->second.empty()) held_back_.erase(others);
    }

    template <typename Carrier>
    void lose(const packet_facts& facts, std::span<const std::byte> payload,
              std::span<const std::byte> frame, duration now, Carrier& by)
    {
        undeliverable({*facts.of, facts.index, payload, by.leaving(), now, &facts, frame},
                      exhausted);
    }

    std::unordered_map<const flow*, overtaking<Handle>> held_back_; // only flows that hold some
};

} // namespace badwire::link
