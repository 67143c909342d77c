#include "harness/run/packet_rows.hpp"

#include <algorithm>

#include "sim/link/link.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t payload_bytes_kept = 2048; // enough for every wire's fields
constexpr std::size_t head_bytes = 64;

std::vector<std::string> rules_of(const link::fate& met, const link::impairments& asked)
{
    std::vector<std::string> rules;
    const auto add = [&](bool struck, const char* rule) {
        if (struck) rules.emplace_back(rule);
    };
    if (met.dropped) rules.emplace_back(link::to_string(met.why));
    add(met.exact > 0 && met.why != link::cause::exact, "exact");
    add(met.rebound, "rebind");
    add(met.marked, "aqm");
    if (met.dropped) return rules;
    add(met.flip_bits > 0, "corrupt");
    add(met.copies > 0, "duplicate");
    add(met.overtakers > 0, "reorder");
    add(met.queued > duration(0), "rate");
    add(!asked.delay.is_constant(), "delay");
    return rules;
}

json ms_or_null(const std::optional<duration>& time) { return time ? json(to_ms(*time)) : json(); }

const char* fate_of(const traced_packet& one)
{
    if (one.met.dropped) return "dropped";
    return one.undeliverable.empty() ? "delivered" : "undeliverable";
}

std::string why(const traced_packet& one)
{
    if (one.undeliverable.empty()) return one.why;
    return one.why + (one.why.empty() ? "" : "; ") + "undeliverable: " + one.undeliverable;
}

} // namespace

traced_packet traced(const link::watched_packet& what, const link::lane& by, const link::fate& met,
                     std::uint64_t nth)
{
    const auto kept = what.payload.first(std::min(what.payload.size(), payload_bytes_kept));
    traced_packet one{{.link = by.link_name(),
                       .which = what.which,
                       .flow = std::string(what.flow),
                       .nth = nth,
                       .at = what.time,
                       .payload = {kept.begin(), kept.end()},
                       .tcp = link::copied(what.tcp),
                       .met = met,
                       .why = by.explain(met)}};
    one.bytes = what.payload.size();
    one.rules = rules_of(met, by.asked());
    return one;
}

json packet_rows::columns()
{
    return {"at_ms", "link",       "direction", "from",   "to",         "flow",
            "nth",   "bytes",      "words",     "fate",   "arrives_ms", "why",
            "rules", "occurrence", "again",     "strike", "copies_ms",  "head"};
}

json packet_rows::name(const traced_packet& one)
{
    json strike = names_.next(one.link, one.which, one.flow, one.payload, one.tcp);
    if (after_gap_) return named_by_place(one); // how many like it came before is not known
    if (!strike.is_null()) strike["action"] = "drop";
    return strike;
}

json packet_rows::named_by_place(const traced_packet& one)
{
    json strike = numbered(one.nth, one.tcp);
    if (!strike.is_null()) strike["action"] = "drop";
    return strike;
}

json packet_rows::row(const traced_packet& one, json strike)
{
    const auto [from, to] = who_(one);
    json copies = json::array();
    for (const duration at : one.copies) copies.push_back(to_ms(at));
    std::span<const std::byte> head = one.payload;
    if (one.tcp) head = link::data_of(head);
    head = head.first(std::min(head_bytes, head.size()));
    return {to_ms(one.at),
            one.link,
            link::to_string(one.which),
            from,
            to,
            one.flow,
            one.nth,
            one.bytes,
            packet_words(one.payload, names_.wires(), one.tcp),
            fate_of(one),
            ms_or_null(one.left),
            why(one),
            one.rules,
            one.met.at.occurrence,
            before(one),
            std::move(strike),
            std::move(copies),
            hexadecimal(head)};
}

void packet_rows::forget()
{
    names_ = packet_names(names_.wires());
    by_contents_.clear();
    gap();
}

// The row of the same contents before, in the same flow and direction. A pure acknowledgment of TCP
// repeats none: what it acknowledges is not among them.
json packet_rows::before(const traced_packet& one)
{
    if (one.tcp && one.tcp->is(link::segment_kind::ack)) return ++made_, json();
    auto& last = by_contents_[{one.link, one.which, one.flow, one.met.at.content}];
    json found = one.met.at.occurrence > 0 && last > 0 ? json(last - 1) : json();
    last = ++made_;
    return found;
}

} // namespace badwire::harness
