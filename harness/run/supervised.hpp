// supervised.hpp: one process of a run as its director knows it: what it has printed, where it
// listens, whether it is ready.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/stage.hpp"

namespace badwire::harness {

struct supervised {
    supervised(const process_spec& of, process_record& into) : spec(&of), record(&into) {}

    const process_spec* spec;
    process_record* record;
    std::unique_ptr<harness::actor> actor;
    std::filesystem::path metrics_file;
    bool started = false;
    bool ready = false;
    bool paused = false;
    bool restarts = false;                               // it is about to be started again
    std::vector<std::unique_ptr<harness::actor>> before; // what it was until it was started again
    net::udp::endpoint address;                          // where it listens, once known
    std::optional<net::udp::endpoint> entrance;          // of the link it goes over
    net::udp::endpoint group;                            // where it multicasts, if it does
    std::map<std::string, net::udp::endpoint> peers;     // where it finds each other, by "net.b"
    std::list<net::timer*> waiters;                      // for something of it

    bool has_ended() const { return record->exit.has_value(); }

    /// It has ended and is to be started again.
    void start_over();

    using line_listener = std::function<void(const std::string& line)>;

    /// Takes what it printed, and tells each whole line. A line may say where it listens, or that
    /// it is ready.
    void hear(std::string_view text, const line_listener& tell);
    void hear_error(std::string_view text, const line_listener& tell);

    /// What it has not done so that it is not ready, for people.
    std::string lacks() const;

    /// Whether it has printed what is awaited, after all that was awaited before.
    bool has_printed(const pattern& awaited);

private:
    void understand(const std::string& line);
    void remember(std::string line);

    std::string unfinished_line_;
    std::string unfinished_error_;
    std::string prompt_;            // what it said beside, at a terminal
    std::deque<std::string> lines_; // for has_printed()
    std::size_t line_bytes_ = 0;    // of lines_
};

} // namespace badwire::harness
