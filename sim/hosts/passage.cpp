#include "sim/hosts/passage.hpp"

#include "sim/hosts/frame_changes.hpp"

namespace badwire::hosts {

namespace {

// Frames that go on before others have their turn.
constexpr std::size_t turns_at_once = 256;

constexpr std::size_t idle_max = 256; // frames whose memory is kept

using endpoint = boost::asio::ip::udp::endpoint;

} // namespace

struct passage::later {
    later(passage& of, const way& its_way, const frame& said)
        : my(of), along(its_way), from(said.from, said.from_port), to(said.to, said.to_port)
    {
    }

    link::addresses arriving() const { return {from.data(), to.data()}; }
    link::addresses leaving() const { return arriving(); }

    frame_handle copy(const kept_frame& original) { return keep(original.bytes, original.parsed); }
    void leave(frame_handle kept, link::duration due)
    {
        my.waiting_.push(my.start_ + due, std::move(kept));
    }
    void hold(frame_link::conveyor::slot held, link::duration until)
    {
        my.held_back_.push(my.start_ + until, std::move(held));
    }
    void drop(frame_handle kept) { my.release(std::move(kept)); }

    frame_handle keep(std::span<const std::byte> bytes, const frame& parsed)
    {
        if (my.bytes_kept_ + bytes.size() > my.bytes_max_) return nullptr;
        my.bytes_kept_ += bytes.size();
        frame_handle kept = my.copied(bytes, parsed);
        kept->along = &along;
        return kept;
    }

    passage& my;
    const way& along;
    endpoint from, to;
};

struct passage::carrier : later {
    carrier(passage& of, std::span<std::byte> its_bytes, const frame& said, const way& its_way)
        : later(of, its_way, said), bytes(its_bytes), parsed(said)
    {
    }

    frame_handle keep() { return later::keep(bytes, parsed); }
    later later_on(const kept_frame&) const { return *this; }

    std::span<std::byte> bytes;
    const frame& parsed;
};

void passage::begin(std::span<std::byte> bytes, frame& parsed, const way& along,
                    clock::time_point arrived)
{
    if (along.through != nullptr) offer(bytes, parsed, along, arrived);
    else go_on(bytes, parsed, along, arrived);
}

void passage::offer(std::span<std::byte> bytes, const frame& parsed, const way& along,
                    clock::time_point arrived)
{
    frame_link& through = *along.through;
    auto& conveyor = through.carrying(along.which);
    link::offered_packet what{.of = *along.of,
                              .payload = decided_part(bytes, parsed),
                              .time = through.lane_time(along.which, arrived),
                              .arrived = arrived - start_,
                              .frame = bytes,
                              .sender = along.sender,
                              .ecn = parsed.ecn};
    std::optional<segment_tracker::tracked> told;
    static constexpr link::segment neither{};
    if (parsed.kind == frame_kind::tcp) {
        told = through.segments().next(bytes, parsed);
        what.payload = told->canonical;
        what.tcp = &told->segment;
    } else if (parsed.kind != frame_kind::udp) {
        what.tcp = &neither;
    }
    what.foreseen = conveyor.foresee(*along.of, what.payload);
    conveyor.offer(what, carrier(*this, bytes, parsed, along));
}

// Behind a link, or where there is none.
void passage::go_on(std::span<std::byte> bytes, frame& parsed, const way& along,
                    clock::time_point now)
{
    if (along.onward.empty() && along.host != way::nowhere)
        return arrives_(along.host, bytes, parsed);
    const bool is_copied = along.onward.size() > 1 || parsed.to_group();
    for (const way& next : along.onward) {
        if (is_copied && !is_receiver_(next.host, parsed)) continue;
        if (next.through != nullptr) {
            offer(bytes, parsed, next, now);
        } else if (!is_copied) {
            go_on(bytes, parsed, next, now);
        } else { // each receiver may have its addresses changed
            frame_handle own = copied(bytes, parsed);
            go_on(own->bytes, own->parsed, next, now);
            given_.push_back(std::move(own));
        }
    }
}

bool passage::turn(clock::time_point now)
{
    serve_queues(now);
    end_of_holding(now);
    for (std::size_t i = 0; i < turns_at_once; ++i) {
        if (waiting_.empty() || waiting_.due() > now) return true;
        leave(waiting_.pop(), now);
    }
    return false;
}

void passage::serve_queues(clock::time_point now)
{
    for (const auto& [name, one] : links_)
        for (const auto which : {link::direction::up, link::direction::down})
            if (auto& narrow = one->lane(which).narrow(); narrow.managed())
                narrow.serve(now - start_);
}

// Packets that have been held back for long enough leave, even if too few have overtaken them.
void passage::end_of_holding(clock::time_point now)
{
    while (!held_back_.empty() && held_back_.due() <= now) {
        const auto due = held_back_.due();
        const auto held = held_back_.pop();
        if (!*held) continue; // has been overtaken
        waiting_.push(due, std::move(**held));
        held->reset();
    }
}

void passage::leave(frame_handle kept, clock::time_point now)
{
    const way& along = *kept->along;
    const later seen(*this, along, kept->parsed);
    if (kept->facts.ecn == link::ecn::congestion_experienced)
        mark_congestion(kept->bytes, kept->parsed);
    along.through->delivered(along.which,
                             {*along.of, kept->facts.index, kept->payload(), seen.leaving(),
                              now - start_, &kept->facts, kept->bytes});
    if (kept->facts.flipped) complete_udp_checksum(kept->bytes, kept->parsed);
    go_on(kept->bytes, kept->parsed, along, now);
    release(std::move(kept));
}

// Its memory is used again, once what was given to hosts has been sent.
void passage::release(frame_handle kept)
{
    bytes_kept_ -= kept->bytes.size();
    given_.push_back(std::move(kept));
}

frame_handle passage::copied(std::span<const std::byte> bytes, const frame& parsed)
{
    frame_handle made;
    if (idle_.empty()) made = std::make_unique<kept_frame>();
    else {
        made = std::move(idle_.back());
        idle_.pop_back();
    }
    made->bytes.assign(bytes.begin(), bytes.end());
    made->parsed = parsed;
    return made;
}

clock::time_point passage::next_due() const
{
    auto next = clock::time_point::max();
    if (!waiting_.empty()) next = waiting_.due();
    if (!held_back_.empty()) next = std::min(next, held_back_.due());
    for (const auto& [name, one] : links_)
        for (const auto which : {link::direction::up, link::direction::down}) {
            const link::duration service = one->lane(which).narrow().next_service();
            if (service != link::never) next = std::min(next, start_ + service);
        }
    return next;
}

void passage::flushed()
{
    for (frame_handle& one : given_) {
        if (idle_.size() == idle_max) break;
        one->facts = {};
        idle_.push_back(std::move(one));
    }
    given_.clear();
}

void passage::clear()
{
    waiting_ = {};
    held_back_ = {};
    for (const auto& [name, one] : links_)
        for (const auto which : {link::direction::up, link::direction::down})
            one->carrying(which).clear();
    given_.clear();
    bytes_kept_ = 0;
}

} // namespace badwire::hosts
