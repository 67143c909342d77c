// link.hpp: what a link does to a packet. Clock-free, seeded, pure: given a packet, the time and
// the link's state, decide() says the packet's fate; a conveyor carries the fate out, in real or in
// virtual time.
//
// The same seed is the same network. A decision is a keyed hash of (seed, link, direction, flow,
// rule, coordinate), never a number drawn in turn from a generator. The coordinate of a packet is
// its contents and how many times these contents have passed in its flow and direction before, so
// one extra retransmission does not shift the fate of everything after it. Models with a memory
// (Gilbert-Elliott, correlated delay) use the packet's index in its flow instead.
//
// Not thread-safe: one link belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/link/bottleneck.hpp"
#include "sim/link/fate.hpp"
#include "sim/link/impairments.hpp"
#include "sim/link/segment.hpp"
#include "sim/link/stream_segment.hpp"
#include "sim/link/strike_counter.hpp"

namespace badwire::link {

/// Whether decide() finds out a packet's content and occurrence even where nothing depends on them
/// (no loss, or all of it; a constant delay). A trace needs them; without it, a pass over the
/// payload is saved. Either way the same packets meet the same fate.
enum class coordinates { always, if_needed };

/// One flow in one direction: the key of its decisions, and the state of models with a memory.
class flow;

/// One direction of one link. Memory is bounded: contents that are not among the last 2^20 to 2^21
/// different ones of all flows count as new; remembering those takes at most 64 MiB.
class lane {
public:
    /// Throws mistake for a rule whose regular expression is invalid.
    /// With `shared` its packets pass that bottleneck, which other lanes may pass, too: all ask for
    /// the same rate and AQM.
    lane(std::uint64_t seed, std::string_view link, direction which, const impairments& asked,
         std::vector<change> changes = {}, repetition again = {},
         std::shared_ptr<bottleneck> shared = nullptr);
    /// One direction of a link that was asked for.
    lane(std::uint64_t seed, std::string_view link, const link_options& asked, direction which,
         std::shared_ptr<bottleneck> shared = nullptr);
    ~lane();
    lane(lane&&) noexcept;

    /// Decides over the next packet of a flow, offered at `now`: time since the link's start, which
    /// never falls.
    fate decide(flow& of, std::span<const std::byte> payload, duration now,
                coordinates wanted = coordinates::always);

    /// In two steps, for batches: foresee() of several packets, which begins to fetch what is known
    /// of their contents, then decide() over each with the value that foresee() returned.
    std::uint64_t foresee(const flow& of, std::span<const std::byte> payload,
                          coordinates wanted) const;
    /// A TCP segment is told by `tcp`, and its payload is its canonical bytes (segment.hpp).
    fate decide(flow& of, std::span<const std::byte> payload, duration now, coordinates wanted,
                std::uint64_t foreseen, mapping nat = mapping::kept, const segment* tcp = nullptr,
                std::string_view sender = {}, std::uint8_t ecn = 0);

    /// Where a fate says that the packet waits: it waits in the managed queue as this guest, which
    /// is told about it. Packets of a flow with equal `within` stay in order.
    void enter_queue(flow& of, const fate& met, std::size_t bytes, duration now,
                     std::uint64_t within, std::unique_ptr<queue_guest> guest);
    /// The fate of a packet that was offered at `now`, by what its guest was told.
    fate after_queue(flow& of, fate met, std::size_t bytes, duration now,
                     const queue_guest::outcome& what);
    /// The bottleneck, for serving it; see bottleneck.hpp.
    bottleneck& narrow();
    const bottleneck& narrow() const;

    /// Why a packet met its fate, by what holds now: as link::explain(), but faster.
    std::string explain(const fate& decided) const;

    /// Flips the bits of this fate in the payload, which must be the one that was decided over.
    void corrupt(const flow& of, const fate& decided, std::span<std::byte> payload) const;

    /// For the carrier: the packet with that index (of its coordinate), or a copy of it, has
    /// arrived. Counts it as delivered, and as reordered when a packet that was offered later
    /// arrived before.
    void delivered(flow& of, std::uint64_t index, std::size_t bytes);
    /// For the carrier: a packet that was let through, or a copy of one, could not be handed on.
    void undeliverable(flow& of);
    /// For the carrier: one that was delivered, of so many bytes, was refused where it arrived, and
    /// so was undeliverable.
    void refused(flow& of, std::size_t bytes);

    /// The delay of a piece of a byte stream, the piece that begins at `offset` of the stream-th
    /// stream of this flow. Counts nothing: a stream is not made of the link's packets.
    duration stream_delay(const flow& of, std::uint64_t stream, std::uint64_t offset) const;
    /// How long a byte stream's piece, offered at `now`, waits for the bottleneck and takes there;
    /// datagrams share it. Nothing is dropped: a stream's sender waits instead. In a managed queue it
    /// waits its turn as of what is there now.
    duration stream_transmission(std::size_t bytes, duration now);
    /// The size of that piece where streams are sliced; 0: any.
    std::size_t stream_slice(const flow& of, std::uint64_t stream, std::uint64_t offset) const;
    /// Whether the stream-th stream of this flow is among the share that meets what has this name.
    bool stream_meets(const flow& of, std::uint64_t stream, std::string_view what,
                      double share) const;
    /// Whether nothing of this flow passes now: by a cut, or by a partition.
    bool cuts(const flow& of) const;
    /// For the carrier: that held up a stream. To be said once for each stream.
    void stream_cut(const flow& of);
    /// Whether the stream-th stream of this flow is refused.
    bool stream_refused(const flow& of, std::uint64_t stream);

    /// Whether segments of streams can be lost now, other than by a cut: then a stream needs a
    /// loss_recovery.
    bool loses_segments() const;
    /// Whether an exact rule is about segments.
    bool looks_at_segments() const;
    /// Decides over a segment of a stream; `before` goes on to the next of its series. It is lost
    /// where segment_lost().
    fate decide(const flow& of, const stream_segment& what, segment_memory& before);
    /// What TCP did here so far. Paths and set-ups of streams count.
    stream_counters& streams();
    const stream_counters& streams() const;

    const std::string& link_name() const;
    direction which() const;
    static const std::string& name_of(const flow& of);

    /// The flow of that name; made on first use, lives as long as the lane or until forgotten.
    flow& open_flow(std::string_view flow_name);

    /// Frees the flow's memory; the reference is invalid now. Its counters stay part of count().
    void forget_flow(flow& of);

    /// What holds now: since the last decide(), change_to() or advance().
    const impairments& asked() const;
    /// Whether packets are to be delayed now, if only some of them.
    bool delays() const { return !asked().delay.is_zero() || asked().rate.limited(); }
    /// From now on this holds, until the schedule's next change. States and counters stay.
    void change_to(const impairments& asked);
    /// Applies the schedule up to `now`.
    void advance(duration now);
    /// When the schedule changes next; duration::max() for never.
    duration next_change() const;

    /// Who cannot reach whom.
    const partition_state& partitions() const;

    /// Counters of all flows so far, of forgotten flows only, and of each other flow by name.
    counters count() const;
    /// How often each impairment did something so far, and where streams are counted.
    link::strikes struck() const;
    strike_counter& strikes();
    const counters& forgotten() const;
    void each_flow(const std::function<void(std::string_view, const counters&)>& use) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace badwire::link
