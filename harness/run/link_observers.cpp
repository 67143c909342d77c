#include "harness/run/link_observers.hpp"

#include <algorithm>
#include <iterator>

#include "harness/run/run_trace.hpp"
#include "harness/run/run_watcher.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {

link_observers::link_observers(const stage_options& options,
                               const capture::pcapng_writer::options& capture)
    : options_(options), triggers_(*options.what)
{
    if (options.network == network_kind::direct) return;
    if (options.trace != nullptr) packets_.open(options.folder / "packets.jsonl", std::ios::binary);
    if (options.capture)
        capture_ =
            std::make_unique<capture::pcapng_writer>(options.folder / "capture.pcapng", capture);
}

link::witnesses link_observers::of(const std::string& link,
                                   capture::capture_watcher::contents captured)
{
    link::packet_watcher* last = options_.watcher;
    if (capture_) last = &captures_.emplace_back(*capture_, link, captured);
    if (options_.trace != nullptr) last = options_.trace->before(last);
    if (options_.onlooker != nullptr) last = options_.onlooker->before(last);
    link::witnesses seen_by{.watcher = triggers_.before(&losses_.emplace_back(last))};
    if (packets_.is_open())
        seen_by.trace = [this](std::string_view line) { packets_ << line << '\n'; };
    return seen_by;
}

std::vector<flow_losses> link_observers::losses() const
{
    std::vector<flow_losses> all;
    for (const loss_log& one : losses_) std::ranges::move(one.all(), std::back_inserter(all));
    return all;
}

void link_observers::close()
{
    if (capture_) capture_->close();
    if (!packets_.is_open()) return;
    packets_.close();
    if (!packets_) throw net::failure("cannot write all of packets.jsonl: is the disk full?");
}

} // namespace badwire::harness
