#include "sim/relay/departures.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/post.hpp>

namespace badwire::relay {

using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// At most so many datagrams leave before the clock is looked at again.
constexpr std::size_t leave_at_once = 256;

// Datagrams that are due so shortly after the last departure leave together with later ones. This
// is less than the kernel's own lateness in waking us, and it limits how often we are woken.
constexpr auto tick = 100us;

// How long before a departure a precise relay wants to be awake: more than the kernel's lateness.
constexpr auto awake_before = 500us;

} // namespace

departures::departures(std::shared_ptr<core> shared)
    : core_(std::move(shared)), sender_(std::make_shared<udp_sender>(core_)), timer_(core_->context)
{
}

void departures::close()
{
    closed_ = true;
    sender_->close();
    timer_.cancel();
    delayed_ = {};
    held_back_until_ = {};
    core_->up_datagrams.clear();
    core_->down_datagrams.clear();
}

void departures::leave_at(link::duration due, packet_handle kept)
{
    delayed_.push(core_->start + due, std::move(kept));
}

void departures::hold(link::duration until, core::conveyor::slot held)
{
    held_back_until_.push(core_->start + until, std::move(held));
}

void departures::hand_on_due()
{
    // A datagram that leaves here may arrive at another link, which then wants its turn too. If it
    // got that now, later datagrams would overtake those that were taken out of the queue.
    if (std::exchange(handing_on_, true)) return;
    do {
        last_left_ = clock::now();
        serve_queues();
        end_of_holding();
    } while (hand_on_some());
    handing_on_ = false;
}

void departures::serve_queues()
{
    for (link::lane* const one : {&core_->up, &core_->down})
        if (one->narrow().managed()) one->narrow().serve(last_left_ - core_->start);
}

// Packets that have been held back for long enough leave, even if too few have overtaken them.
void departures::end_of_holding()
{
    while (!held_back_until_.empty() && held_back_until_.due() <= last_left_) {
        const auto due = held_back_until_.due();
        const auto held = held_back_until_.pop();
        if (!*held) continue; // has been overtaken
        delayed_.push(due, std::move(**held));
        held->reset();
    }
}

// Sends what is due, but not too much at once; returns whether there may be more.
bool departures::hand_on_some()
{
    std::size_t leaving = 0;
    // Packets that waited long are no longer in the caches: fetch several at once.
    std::array<packet_handle, 16> next;
    for (; leaving < leave_at_once; leaving += next.size()) {
        std::size_t taken = 0;
        for (; taken < next.size() && !delayed_.empty(); ++taken) {
            if (delayed_.due() > last_left_) break;
            next[taken] = delayed_.pop();
            __builtin_prefetch(next[taken].get());
            __builtin_prefetch(reinterpret_cast<const std::byte*>(next[taken].get()) + 64);
        }
        for (std::size_t i = 0; i < taken; ++i) sender_->add(std::move(next[i]));
        if (taken < next.size()) break;
    }
    sender_->flush();
    return leaving == leave_at_once;
}

clock::time_point departures::next_due() const
{
    auto next = clock::time_point::max();
    if (!delayed_.empty()) next = delayed_.due();
    if (!held_back_until_.empty()) next = std::min(next, held_back_until_.due());
    for (const link::lane* const one : {&core_->up, &core_->down}) {
        const link::duration service = one->narrow().next_service();
        if (service != link::never) next = std::min(next, core_->start + service);
    }
    return next;
}

void departures::turn()
{
    turn_without_arming(clock::now());
    arm();
}

void departures::arm()
{
    const auto due = next_due();
    if (due == clock::time_point::max()) return;
    auto wake = std::max(due, last_left_ + tick);
    if (core_->options.precise) {
        wake = due - awake_before;
        if (wake <= clock::now()) {
            spin();
            return;
        }
    }
    if (armed_ && armed_for_ <= wake) return;
    armed_ = true;
    armed_for_ = wake;
    timer_.expires_at(wake);
    timer_.async_wait([self = shared_from_this()](error_code failed) {
        if (failed || self->closed_) return;
        self->armed_ = false;
        self->turn();
    });
}

// Calls turn() again as soon as the sockets have had their turn.
void departures::spin()
{
    if (std::exchange(spinning_, true)) return;
    boost::asio::post(core_->context, [self = shared_from_this()] {
        self->spinning_ = false;
        if (!self->closed_) self->turn();
    });
}

} // namespace badwire::relay
