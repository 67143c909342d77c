// The other half of options_json.hpp: options written as they are read.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/units.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

using nlohmann::json;

json written(const loss_model& loss)
{
    if (!loss.bursts && loss.at_most_in_a_row == 0) return loss.probability;
    json made;
    if (loss.bursts)
        made = {{"model", "gilbert-elliott"},
                {"p", loss.p},
                {"r", loss.r},
                {"loss_in_good", loss.in_good},
                {"loss_in_bad", loss.in_bad}};
    else made = {{"model", "bernoulli"}, {"probability", loss.probability}};
    if (loss.at_most_in_a_row > 0) made["at_most_in_a_row"] = loss.at_most_in_a_row;
    return made;
}

json written(const delay_model& delay)
{
    using kind = delay_model::distribution;
    const std::string first = format_duration(delay.first);
    const std::string second = format_duration(delay.second);
    json made = json::object();
    switch (delay.shape_of) {
    case kind::constant: made["constant"] = first; break;
    case kind::uniform: made["uniform"] = {first, second}; break;
    case kind::normal: made["normal"] = {{"mean", first}, {"stddev", second}}; break;
    case kind::lognormal: made["lognormal"] = {{"mean", first}, {"stddev", second}}; break;
    case kind::pareto: made["pareto"] = {{"scale", first}, {"shape", delay.shape}}; break;
    case kind::table:
        for (const duration value : delay.values) made["table"].push_back(format_duration(value));
        break;
    }
    if (delay.at_most) made["at_most"] = format_duration(*delay.at_most);
    if (delay.correlation > 0) made["correlation"] = delay.correlation;
    if (delay.keep_order) made["keep_order"] = true;
    return delay.is_constant() && made.size() == 1 ? json(first) : made;
}

template <typename Model>
json chance(const Model& model, const char* amount)
{
    return {
        {"probability", model.probability},
        {amount, model.least == model.most ? json(model.least) : json{model.least, model.most}}};
}

json written(const rate_model& rate)
{
    json made;
    if (!rate.trace) made["limit"] = format_bit_rate(rate.bits_per_second);
    else if (rate.trace->file.empty()) made["trace"] = rate.trace->at_ms;
    else made["trace"] = rate.trace->file;
    made["queue"]["packets"] = rate.queue_packets;
    if (rate.queue_bytes > 0) made["queue"]["bytes"] = rate.queue_bytes;
    if (rate.overhead_bytes > 0) made["overhead"] = rate.overhead_bytes;
    return made;
}

json written(const stream_faults& tcp)
{
    json made = json::object();
    if (tcp.refuse > 0) made["refuse"] = tcp.refuse;
    if (tcp.reset_after_bytes) made["reset_after_bytes"] = *tcp.reset_after_bytes;
    if (tcp.reset_after) made["reset_after"] = format_duration(*tcp.reset_after);
    if (tcp.close_after_bytes) made["close_after_bytes"] = *tcp.close_after_bytes;
    if (tcp.stall_after_bytes) made["stall_after_bytes"] = *tcp.stall_after_bytes;
    if (tcp.stall_for) made["stall_for"] = format_duration(*tcp.stall_for);
    if (tcp.slice_bytes > 0)
        made["slice"] = {{"bytes", tcp.slice_bytes}, {"gap", format_duration(tcp.slice_gap)}};
    return made;
}

// Over what held before, so what is the default must be said, too.
json whole(const impairments& asked)
{
    json made{
        {"duplicate", 0}, {"reorder", 0},     {"corrupt", 0},           {"rate", nullptr},
        {"mtu", 0},       {"cut", asked.cut}, {"exact", json::array()}, {"tcp", json::object()}};
    made.update(to_json(asked));
    return made;
}

void write_changes(json& schedule, const char* key, const std::vector<change>& changes)
{
    for (const auto& one : changes)
        schedule.push_back({{"at", format_duration(one.at)}, {key, whole(one.now)}});
}

} // namespace

json to_json(const impairments& asked)
{
    const impairments none;
    json made{{"loss", written(asked.loss)}, {"delay", written(asked.delay)}};
    if (asked.duplicate != none.duplicate) {
        made["duplicate"] = chance(asked.duplicate, "copies");
        made["duplicate"]["after"] = format_duration(asked.duplicate.after);
    }
    if (asked.reorder != none.reorder) {
        made["reorder"] = chance(asked.reorder, "extent");
        made["reorder"]["within"] = format_duration(asked.reorder.within);
    }
    if (asked.corrupt != none.corrupt) made["corrupt"] = chance(asked.corrupt, "bits");
    if (asked.rate.limited()) made["rate"] = written(asked.rate);
    if (asked.mtu > 0) made["mtu"] = asked.mtu;
    if (asked.cut) made["cut"] = true;
    for (const auto& rule : asked.exact) made["exact"].push_back(json::parse(rule.written));
    if (asked.tcp != none.tcp) made["tcp"] = written(asked.tcp);
    return made;
}

json to_json(const link_options& options)
{
    json made{{"up", to_json(options.up)}, {"down", to_json(options.down)}};
    if (!options.up_changes.empty() || !options.down_changes.empty()) {
        write_changes(made["schedule"], "up", options.up_changes);
        write_changes(made["schedule"], "down", options.down_changes);
    }
    return made;
}

} // namespace badwire::link
