#include "sim/virtual/virtual_lane.hpp"

#include <algorithm>
#include <utility>

namespace badwire::sim {

virtual_lane::virtual_lane(world& in, const std::string& link_name, std::uint64_t seed,
                           link::direction way, const link::impairments& asked,
                           std::vector<link::change> changes, link::trace_sink trace)
    : world_(in),
      link_name_(link_name),
      which_(way),
      trace_(std::move(trace)),
      lane_(seed, link_name, way, asked, std::move(changes))
{
}

virtual_lane::known_flow& virtual_lane::flow_of(const std::string& name)
{
    const auto known = flows_.find(name);
    if (known != flows_.end()) return known->second;
    return flows_.emplace(name, known_flow{lane_.open_flow(name)}).first->second;
}

void virtual_lane::capture_to(capture::pcapng_writer& file,
                              capture::pcapng_writer::interface_id coming_in,
                              capture::pcapng_writer::interface_id leaving)
{
    capture_ = &file;
    coming_in_ = coming_in;
    leaving_ = leaving;
}

void virtual_lane::carry(const std::string& flow_name, const route& way, datagram contents)
{
    known_flow& flow = flow_of(flow_name);
    const auto now = world_.now();
    const link::fate met = lane_.decide(flow.decisions, contents, now.time_since_epoch());
    if (trace_)
        trace_(link::trace_line(now.time_since_epoch(), link_name_, which_, flow_name,
                                contents.size(), lane_.asked(), met));
    std::shared_ptr<const std::string> explained;
    if (capture_) {
        if (!met.untouched()) explained = std::make_shared<const std::string>(lane_.explain(met));
        capture_->packet(coming_in_, way.from, way.at, contents, now.time_since_epoch(),
                         explained ? *explained : std::string_view());
    }
    if (met.dropped) return;
    if (met.flip_bits > 0) lane_.corrupt(flow.decisions, met, contents);

    packet one{&flow.decisions, met.at.index,        now + met.delay,     way.onwards_from,
               way.to,          std::move(contents), std::move(explained)};
    std::vector<packet> copies(met.copies, one);
    const auto due = one.due;
    if (met.delay > net::duration(0) && met.copies == 0 && met.overtakers == 0)
        delays_.add(met.delay, met.delay); // to the nanosecond: it is this world's clock
    if (met.overtakers == 0) {
        arrive_at(due, std::move(one));
    } else {
        const auto slot = flow.held_back.hold(std::move(one), met.overtakers);
        world_.at(due + met.overtaken_within, [this, slot] {
            if (auto still_here = std::exchange(*slot, {})) arrive(std::move(*still_here));
        });
    }
    auto copy_due = due;
    for (packet& copy : copies) arrive_at(copy_due += met.copy_after, std::move(copy));
    if (met.overtakers > 0) return;
    flow.held_back.passed([&](const auto& slot) {
        packet overtaken = std::move(**slot);
        slot->reset();
        const auto later = std::max(due, overtaken.due);
        arrive_at(later, std::move(overtaken));
    });
}

void virtual_lane::arrive_at(net::time_point when, packet one)
{
    world_.at(when, [this, one = std::move(one)]() mutable { arrive(std::move(one)); });
}

void virtual_lane::arrive(packet one)
{
    lane_.delivered(*one.of, one.index, one.contents.size());
    if (capture_)
        capture_->packet(leaving_, one.from, one.to, one.contents, world_.now().time_since_epoch(),
                         one.explained ? *one.explained : std::string_view());
    world_.send(one.from, one.to, std::move(one.contents));
}

} // namespace badwire::sim
