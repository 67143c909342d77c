#include "harness/run/run_trace.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>

#include "harness/scenario/packet_names.hpp"
#include "sim/link/link.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t packets_kept = 10'000; // at the beginning, and at the end
constexpr std::size_t lines_kept = 2'000;    // likewise
constexpr std::size_t line_bytes_max = 500;
constexpr std::size_t payload_bytes_kept = 2048; // enough for every wire's fields
constexpr std::size_t head_bytes = 64;

using traced_packet = run_trace::traced_packet;

std::vector<std::string> rules_of(const link::fate& met, const link::impairments& asked)
{
    std::vector<std::string> rules;
    const auto add = [&](bool struck, const char* rule) {
        if (struck) rules.emplace_back(rule);
    };
    if (met.dropped) rules.emplace_back(link::to_string(met.why));
    add(met.exact > 0 && met.why != link::cause::exact, "exact");
    add(met.rebound, "rebind");
    if (met.dropped) return rules;
    add(met.flip_bits > 0, "corrupt");
    add(met.copies > 0, "duplicate");
    add(met.overtakers > 0, "reorder");
    add(met.queued > duration(0), "rate");
    add(!asked.delay.is_constant(), "delay");
    return rules;
}

json ms_or_null(const std::optional<duration>& time) { return time ? json(to_ms(*time)) : json(); }

json table_of(std::initializer_list<const char*> columns)
{
    return {{"columns", columns}, {"data", json::array()}};
}

std::string cut(const std::string& line)
{
    return line.size() <= line_bytes_max ? line : line.substr(0, line_bytes_max) + "…";
}

// The rows of the table of packets.
class packet_rows {
public:
    explicit packet_rows(const scenario& of) : scenario_(of), names_(wires_of(of)) {}

    void add(const traced_packet& one, bool after_gap)
    {
        json strike = names_.next(one.link, one.which, one.flow, one.payload);
        if (after_gap) strike = {{"nth", one.nth}}; // how many like it came before is not known
        strike["action"] = "drop";
        const auto [from, to] = ends_of(one.flow, one.which, scenario_);
        json copies = json::array();
        for (const duration at : one.copies) copies.push_back(to_ms(at));
        const auto head = std::span(one.payload).first(std::min(head_bytes, one.payload.size()));
        all_.push_back({to_ms(one.at), one.link, link::to_string(one.which), from, to, one.flow,
                        one.nth, one.bytes, packet_words(one.payload, names_.wires()), fate_of(one),
                        ms_or_null(one.left), why(one), one.rules, one.met.at.occurrence,
                        before(one), std::move(strike), std::move(copies), hexadecimal(head)});
    }
    json take() { return std::move(all_); }

private:
    static const char* fate_of(const traced_packet& one)
    {
        if (one.met.dropped) return "dropped";
        return one.undeliverable.empty() ? "delivered" : "undeliverable";
    }
    static std::string why(const traced_packet& one)
    {
        if (one.undeliverable.empty()) return one.why;
        return one.why + (one.why.empty() ? "" : "; ") + "undeliverable: " + one.undeliverable;
    }
    // The row of the same contents before, in the same flow and direction.
    json before(const traced_packet& one)
    {
        auto& last = by_contents_[{one.link, one.which, one.flow, one.met.at.content}];
        const json found = one.met.at.occurrence > 0 && last > 0 ? json(last - 1) : json();
        last = all_.size() + 1;
        return found;
    }

    const scenario& scenario_;
    packet_names names_;
    json all_ = json::array();
    std::map<std::tuple<std::string, link::direction, std::string, std::uint64_t>, std::size_t>
        by_contents_; // and 1 more than its row
};

} // namespace

// Of one link. Its note on a packet says which one of the trace it is, and holds the next one's note.
class run_trace::watcher final : public link::packet_watcher {
public:
    watcher(run_trace& into, link::packet_watcher* next) : into_(into), next_(next) {}

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override
    {
        const auto kept = what.payload.first(std::min(what.payload.size(), payload_bytes_kept));
        traced_packet one{{.link = by.link_name(),
                           .which = what.which,
                           .flow = std::string(what.flow),
                           .nth = ++offered_[what.which == link::direction::up ? 0 : 1],
                           .at = what.time,
                           .payload = {kept.begin(), kept.end()},
                           .met = met,
                           .why = by.explain(met)}};
        one.bytes = what.payload.size();
        one.rules = rules_of(met, by.asked());
        auto mine = std::make_shared<place>();
        mine->number = into_.keep(std::move(one));
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

private:
    struct place : std::string {
        std::uint64_t number = 0;
        note of_next;
    };

    run_trace& into_;
    link::packet_watcher* next_;
    std::array<std::uint64_t, 2> offered_{}; // up, down
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

run_trace::traced_packet* run_trace::kept(std::uint64_t place)
{
    if (place < first_.size()) return &first_[place];
    const std::uint64_t oldest = seen_ - last_.size();
    return place < oldest ? nullptr : &last_[place - oldest];
}

json run_trace::written(const run_record& run) const
{
    json made{{"version", 1},
              {"packets", table_of({"at_ms", "link", "direction", "from", "to", "flow", "nth",
                                    "bytes", "words", "fate", "arrives_ms", "why", "rules",
                                    "occurrence", "again", "strike", "copies_ms", "head"})},
              {"packets_left_out", seen_ - first_.size() - last_.size()},
              {"output", table_of({"at_ms", "process", "stream", "line"})},
              {"output_left_out", 0},
              {"events", table_of({"at_ms", "process", "what"})}};

    packet_rows packets(*run.what);
    for (const traced_packet& one : first_) packets.add(one, false);
    for (const traced_packet& one : last_) packets.add(one, made["packets_left_out"] > 0);
    made["packets"]["data"] = packets.take();

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
