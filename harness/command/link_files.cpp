#include "harness/command/link_files.hpp"

#include <fmt/format.h>

namespace badwire::harness {

link_files::link_files(const relay_arguments& given, contents of)
    : contents_(of), trace_name_(given.trace)
{
    if (!trace_name_.empty()) {
        trace_.open(trace_name_);
        if (!trace_) throw bad_value(fmt::format("--trace: cannot write to {}", trace_name_));
    }
    if (given.pcap.empty()) return;
    try {
        capture_ = std::make_unique<capture::pcapng_writer>(given.pcap);
    } catch (const std::system_error& error) {
        throw bad_value(fmt::format("--pcap: {}", error.what()));
    }
}

link::trace_sink link_files::trace()
{
    if (!trace_.is_open()) return {};
    return [this](std::string_view line) { trace_ << line << '\n'; };
}

link::packet_watcher* link_files::watcher(const std::string& link)
{
    return capture_ ? &watchers_.try_emplace(link, *capture_, link, contents_).first->second
                    : nullptr;
}

void link_files::close()
{
    trace_.flush();
    if (capture_) capture_->close();
    if (!trace_) throw std::runtime_error(fmt::format("could not write all of {}", trace_name_));
}

} // namespace badwire::harness
