#include "sim/relay/multicast_lane.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>

namespace badwire::relay {

multicast_lane::multicast_lane(std::shared_ptr<core> on, link::direction which,
                               const std::string& flow_name)
    : core_(std::move(on)),
      which_(which),
      flow_name_(flow_name),
      flow_(core_->along(which).open_flow(flow_name))
{
}

void multicast_lane::carry(bytes contents, const endpoint& from, const endpoint& to,
                           delivery deliver)
{
    const auto now = clock::now();
    auto& lane = core_->along(which_);
    const auto time = core_->lane_time(which_, now);
    const link::fate met = lane.decide(flow_, contents, time);
    packet one{{},  peer_address(from), peer_address(to), std::move(deliver), {}, met.at.index,
               now, now + met.delay};
    if (core_->options.trace)
        core_->options.trace(link::trace_line(time, core_->options.name, which_, flow_name_,
                                              contents.size(), lane.asked(), met));
    if (core_->options.watcher != nullptr)
        one.said =
            core_->options.watcher->offered({which_, one.from, one.to, contents, time}, lane, met);
    if (met.dropped) return;
    if (met.flip_bits > 0) lane.corrupt(flow_, met, contents);
    one.contents = std::move(contents);
    one.measured = met.delay > link::duration(0) && met.copies == 0 && met.overtakers == 0;

    std::vector<packet> copies(met.copies, one);
    const auto due = one.due;
    if (met.overtakers == 0) {
        leave_at(due, std::move(one));
    } else {
        auto timer = std::make_shared<boost::asio::steady_timer>(core_->context);
        timer->expires_at(due + met.overtaken_within);
        timer->async_wait([self = shared_from_this(), timer,
                           slot = held_back_.hold(std::move(one), met.overtakers)](
                              boost::system::error_code failed) {
            if (failed || !*slot) return;
            auto still_here = std::exchange(*slot, {});
            self->leave(*still_here);
        });
    }
    auto copy_due = due;
    for (packet& copy : copies) {
        copy.copy = static_cast<std::uint32_t>(&copy - copies.data()) + 1;
        copy.due = copy_due += met.copy_after;
        leave_at(copy_due, std::move(copy));
    }
    if (met.overtakers > 0) return;
    held_back_.passed([&](const auto& slot) {
        packet overtaken = std::move(**slot);
        slot->reset();
        const auto later = std::max(due, overtaken.due);
        leave_at(later, std::move(overtaken));
    });
}

void multicast_lane::leave_at(clock::time_point due, packet one)
{
    if (due <= clock::now()) return leave(one);
    auto timer = std::make_shared<boost::asio::steady_timer>(core_->context);
    timer->expires_at(due);
    timer->async_wait([self = shared_from_this(), timer,
                       one = std::move(one)](boost::system::error_code failed) mutable {
        if (!failed) self->leave(one);
    });
}

void multicast_lane::leave(packet& one)
{
    if (closed_) return;
    const auto now = clock::now();
    auto& lane = core_->along(which_);
    const watched_datagram seen{which_, one.from, one.to, one.contents, now - core_->start};
    auto* const watcher = core_->options.watcher;
    if (!one.deliver(one.contents)) {
        lane.undeliverable(flow_);
        if (watcher != nullptr)
            watcher->undeliverable(seen, one.copy, one.said, "refused by the system");
        return;
    }
    lane.delivered(flow_, one.index, one.contents.size());
    if (watcher != nullptr) watcher->left(seen, one.copy, one.said);
    if (!one.measured) return;
    core_->late.add(std::max<link::duration>(now - one.due, link::duration(0)));
    core_->delays[static_cast<std::size_t>(which_)].add(now - one.arrived, one.due - one.arrived);
}

} // namespace badwire::relay
