// The part of director.hpp that hears what processes print, and that they end, and keeps the log.
#include "harness/run/director.hpp"

#include "harness/run/run_watcher.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t log_bytes_max = 16 << 20; // of printed lines

// What a line takes in the log.
std::size_t bytes_of(const std::string& line) { return sizeof(log_event) + line.size(); }

} // namespace

void director::heard(supervised& one, std::string_view text, bool error)
{
    const auto before = std::pair(one.ready, one.address);
    if (error)
        one.hear_error(text,
                       [&](const std::string& line) { note(process_event::complains, one, line); });
    else
        one.hear(text, [&](const std::string& line) {
            note(process_event::prints, one, line);
            trigger_by(one, line);
        });
    one.address.address(stage_.reached_at(*one.spec, one.address.address()));
    if (before != std::pair(one.ready, one.address)) changed(one);
    else wake(one.waiters);
}

void director::note(process_event what, const supervised& of, const std::string& line)
{
    record_.log.push_back({what, now(), of.spec->name, line});
    if (onlooker_ != nullptr) onlooker_->happened(record_.log.back());
    if (what == process_event::starts || what == process_event::ends) return;
    log_bytes_ += bytes_of(line);
    if (log_bytes_ > 2 * log_bytes_max) forget_old_lines();
}

// Forgets so many of the oldest printed lines that the log is as long as it may be.
void director::forget_old_lines()
{
    std::erase_if(record_.log, [this](const log_event& one) {
        const bool line = one.what == process_event::prints || one.what == process_event::complains;
        if (!line || log_bytes_ <= log_bytes_max) return false;
        log_bytes_ -= bytes_of(one.line);
        ++record_.log_dropped_lines;
        return true;
    });
}

void director::ended(supervised& one, int exit)
{
    one.record->exit = exit;
    one.record->ended = now();
    if (const std::string lost = one.actor ? one.actor->lost_output() : ""; !lost.empty())
        record_.trouble = lost;
    if (const std::string on = one.actor ? one.actor->depends_on_machine() : ""; !on.empty())
        record_.depends_on_machine = one.spec->name + ": " + on;
    note(process_event::ends, one);
    changed(one);
}

// It did what the network cannot carry out: nothing follows from the run.
void director::is_beyond(supervised& one, const std::string& why)
{
    record_.beyond_virtual = one.spec->name + ": " + why;
    ending_ = true;
    changed();
}

} // namespace badwire::harness
