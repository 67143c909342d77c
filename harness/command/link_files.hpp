// link_files.hpp: what a command writes of the packets of its links: --trace and --pcap.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "harness/command/relay_arguments.hpp"
#include "sim/capture/capture_watcher.hpp"
#include "sim/capture/pcapng_writer.hpp"

namespace badwire::harness {

class link_files {
public:
    using contents = capture::pcapng_writer::contents;

    /// Throws bad_value where one cannot be written.
    explicit link_files(const relay_arguments& given, contents of = contents::datagrams);

    /// Empty where none is wanted; this must outlive it.
    link::trace_sink trace();
    /// Null where none is wanted.
    link::packet_watcher* watcher(const std::string& link);
    /// All packets have passed. Throws runtime_error where not all could be written.
    void close();

private:
    contents contents_;
    std::string trace_name_;
    std::ofstream trace_;
    std::unique_ptr<capture::pcapng_writer> capture_;
    std::map<std::string, capture::capture_watcher> watchers_;
};

} // namespace badwire::harness
