// child.hpp: a child process with its pipes, on Boost.Asio.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "harness/run/core_waits.hpp"
#include "harness/run/stage.hpp"

namespace badwire::harness {

struct child_options {
    std::vector<std::string> command;       // the first word is looked up in PATH
    std::map<std::string, std::string> env; // added to the harness' own
    std::filesystem::path folder;           // where it starts
    std::filesystem::path output_log;       // what it prints is kept here too
    std::filesystem::path error_log;
    bool append_logs = false;
    bool takes_input = false; // else its standard input is /dev/null
    bool terminal = false;    // its input and output are one; then it takes input in any case
};

/// A child leads a process group of its own; stop and kill reach the whole group. What of the group
/// is left when the child ends is killed.
class child {
public:
    /// Starts it. Throws cannot_run or net::failure, with what was tried and why it failed.
    child(boost::asio::io_context& context, const child_options& options, actor_watcher watcher);
    ~child(); // kills what is left, and waits for it

    void write(const std::string& text);
    void close_input();
    void signal(int number);
    /// -1 once it has ended.
    int pid() const;

    /// How long it waited for a core, as of the last look(); see core_waits. Final once it has ended.
    duration waited() const;
    void look();
    void start_waiting_over();

    /// Why a part of its output is not in the log files, for people; else empty. Once it has ended.
    const std::string& lost_output() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

/// Kills every process whose environment holds BADWIRE_RUN=token or token.ANYTHING, but not the
/// caller, until none is left or `patience` has passed. Returns whether none is left.
bool kill_marked(const std::string& token, duration patience);

} // namespace badwire::harness
