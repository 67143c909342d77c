#include "harness/run/run_trace.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

#include "harness/scenario/packet_names.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t packets_kept = 10'000; // at the beginning, and at the end
constexpr std::size_t lines_kept = 2'000;    // likewise
constexpr std::size_t line_bytes_max = 500;

json table_of(std::initializer_list<const char*> columns)
{
    return {{"columns", columns}, {"data", json::array()}};
}

std::string cut(const std::string& line)
{
    return line.size() <= line_bytes_max ? line : line.substr(0, line_bytes_max) + "…";
}

} // namespace

// Of one link. Its note on a packet says which one of the trace it is, and holds the next one's note.
class run_trace::watcher final : public link::packet_watcher {
public:
    watcher(run_trace& into, link::packet_watcher* next) : into_(into), next_(next) {}

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override
    {
        auto mine = std::make_shared<place>();
        mine->number = into_.keep(traced(what, by, met, numbers_.next(what.which, what.tcp)));
        if (next_ != nullptr) mine->of_next = next_->offered(what, by, met);
        return mine;
    }

    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override
    {
        const auto* const mine = static_cast<const place*>(said.get());
        if (traced_packet* const one = mine ? into_.kept(mine->number) : nullptr) {
            if (copy == 0) one->left = what.time;
            else one->copies.push_back(what.time);
        }
        if (next_ != nullptr) next_->left(what, copy, mine ? mine->of_next : said);
    }

    void undeliverable(const link::watched_packet& what, std::uint32_t copy, const note& said,
                       std::string_view reason) override
    {
        const auto* const mine = static_cast<const place*>(said.get());
        if (traced_packet* const one = mine && copy == 0 ? into_.kept(mine->number) : nullptr)
            one->undeliverable = reason;
        if (next_ != nullptr) next_->undeliverable(what, copy, mine ? mine->of_next : said, reason);
    }

    void segment(const link::watched_segment& what, std::string_view comment) override
    {
        if (next_ != nullptr) next_->segment(what, comment);
    }

private:
    struct place : std::string {
        std::uint64_t number = 0;
        note of_next;
    };

    run_trace& into_;
    link::packet_watcher* next_;
    link::packet_numbers numbers_;
};

run_trace::run_trace() = default;
run_trace::~run_trace() = default;

link::packet_watcher* run_trace::before(link::packet_watcher* next)
{
    return &watchers_.emplace_back(*this, next);
}

std::uint64_t run_trace::keep(traced_packet&& one)
{
    if (first_.size() < packets_kept) first_.push_back(std::move(one));
    else last_.push_back(std::move(one));
    if (last_.size() > packets_kept) last_.pop_front();
    return seen_++;
}

traced_packet* run_trace::kept(std::uint64_t place)
{
    if (place < first_.size()) return &first_[place];
    const std::uint64_t oldest = seen_ - last_.size();
    return place < oldest ? nullptr : &last_[place - oldest];
}

json run_trace::written(const run_record& run) const
{
    json made{{"version", 1},
              {"packets", {{"columns", packet_rows::columns()}, {"data", json::array()}}},
              {"packets_left_out", seen_ - first_.size() - last_.size()},
              {"output", table_of({"at_ms", "process", "stream", "line"})},
              {"output_left_out", 0},
              {"events", table_of({"at_ms", "process", "what"})}};

    packet_rows packets(wires_of(*run.what), [&run](const traced_packet& one) {
        return ends_of(one.flow, one.which, *run.what);
    });
    json& data = made["packets"]["data"];
    for (const traced_packet& one : first_) data.push_back(packets.next(one));
    if (made["packets_left_out"] > 0) packets.gap();
    for (const traced_packet& one : last_) data.push_back(packets.next(one));

    const auto is_line = [](const log_event& one) {
        return one.what == process_event::prints || one.what == process_event::complains;
    };
    const auto lines = static_cast<std::size_t>(std::ranges::count_if(run.log, is_line));
    std::size_t number = 0, left_out = 0;
    for (const log_event& one : run.log) {
        const double at_ms = to_ms(one.at);
        if (!is_line(one)) {
            made["events"]["data"].push_back(
                {at_ms, one.process, one.what == process_event::starts ? "starts" : "ends"});
            continue;
        }
        if (number >= lines_kept && number + lines_kept < lines) ++left_out;
        else
            made["output"]["data"].push_back({at_ms, one.process,
                                              one.what == process_event::prints ? "out" : "err",
                                              cut(one.line)});
        ++number;
    }
    made["output_left_out"] = left_out + run.log_dropped_lines;
    return made;
}

} // namespace badwire::harness
