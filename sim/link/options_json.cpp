#include "sim/link/options_json.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "sim/link/match_json.hpp"
#include "sim/link/reading.hpp"

namespace badwire::link {
namespace {

constexpr std::array<std::string_view, 10> direction_keys{
    "loss", "delay", "duplicate", "reorder", "corrupt", "rate", "mtu", "cut", "exact", "tcp"};
constexpr std::array<std::string_view, 3> link_keys{"up", "down", "schedule"};
constexpr std::array<std::string_view, 2> change_keys{"at", "for"};
constexpr std::string_view direction_what = R"(an object such as {"loss": 0.05, "delay": "5ms"})";
constexpr std::uint32_t extent_max = 10'000;

std::vector<std::string_view> joined(std::initializer_list<std::span<const std::string_view>> sets)
{
    std::vector<std::string_view> all;
    for (const auto& one : sets) all.insert(all.end(), one.begin(), one.end());
    return all;
}

loss_model parse_loss(const reading& at)
{
    constexpr std::string_view what =
        R"(a probability such as 0.05, or {"model": "gilbert-elliott", "p": 0.01, "r": 0.3})";
    if (at.value().is_number()) return at.probability();
    if (!at.value().is_object()) at.expected("a probability from 0 to 1 such as 0.05");
    loss_model read;
    at.with("model", [&](const reading& model) {
        const std::string name = model.text(R"("bernoulli" or "gilbert-elliott")");
        if (name != "bernoulli" && name != "gilbert-elliott")
            model.expected(R"("bernoulli" or "gilbert-elliott")");
        read.bursts = name == "gilbert-elliott";
    });
    if (read.bursts) {
        at.check_object(what,
                        {"model", "p", "r", "loss_in_good", "loss_in_bad", "at_most_in_a_row"});
        if (!at.has("p") || !at.has("r")) at.expected(what);
        read.p = at.at("p").probability();
        read.r = at.at("r").probability();
        at.with("loss_in_good", [&](const reading& in) { read.in_good = in.probability(); });
        at.with("loss_in_bad", [&](const reading& in) { read.in_bad = in.probability(); });
    } else {
        at.check_object(what, {"model", "probability", "at_most_in_a_row"});
        if (!at.has("probability")) at.expected(what);
        read.probability = at.at("probability").probability();
    }
    at.with("at_most_in_a_row", [&](const reading& most) {
        read.at_most_in_a_row =
            static_cast<std::uint32_t>(most.whole("a number of packets from 1", 1, UINT32_MAX));
    });
    return read;
}

delay_model moments(const reading& at, delay_model (*make)(duration, duration), bool above_zero)
{
    constexpr std::string_view what = R"(such as {"mean": "20ms", "stddev": "5ms"})";
    at.check_object(what, {"mean", "stddev"});
    if (!at.has("mean") || !at.has("stddev")) at.expected(what);
    const auto mean = at.at("mean").time();
    if (above_zero && mean == duration(0)) at.at("mean").expected("a mean above zero");
    return make(mean, at.at("stddev").time());
}

delay_model parse_distribution(const reading& at, std::string_view what)
{
    constexpr std::array<const char*, 6> shapes{"constant",  "uniform", "normal",
                                                "lognormal", "pareto",  "table"};
    if (std::ranges::count_if(shapes, [&](const char* one) { return at.has(one); }) != 1)
        at.expected(what);
    if (at.has("constant")) {
        const auto constant = at.at("constant").time();
        return {constant, constant};
    }
    if (at.has("uniform")) {
        const auto bounds = at.at("uniform");
        if (!bounds.value().is_array() || bounds.size() != 2)
            bounds.expected(R"(the least and the most such as ["1ms", "9ms"])");
        const auto least = bounds.at(std::size_t{0}).time();
        const auto most = bounds.at(std::size_t{1}).time();
        if (least > most) bounds.expected("the least before the most");
        return {least, most};
    }
    if (at.has("normal")) return moments(at.at("normal"), delay_model::normal, false);
    if (at.has("lognormal")) return moments(at.at("lognormal"), delay_model::lognormal, true);
    if (at.has("pareto")) {
        const auto pareto = at.at("pareto");
        constexpr std::string_view such = R"(such as {"scale": "10ms", "shape": 2.5})";
        pareto.check_object(such, {"scale", "shape"});
        if (!pareto.has("scale") || !pareto.has("shape")) pareto.expected(such);
        return delay_model::pareto(pareto.at("scale").time(),
                                   pareto.at("shape").number("a shape above 0", 1e-3, 1e6));
    }
    const auto table = at.at("table");
    constexpr std::string_view such =
        R"(delays, each equally likely, such as ["1ms", "1ms", "9ms"])";
    if (!table.value().is_array() || table.size() == 0) table.expected(such);
    std::vector<duration> values;
    for (std::size_t i = 0; i < table.size(); ++i) values.push_back(table.at(i).time());
    std::ranges::sort(values); // so that a quantile is one
    return delay_model::table(std::move(values));
}

delay_model parse_delay(const reading& at)
{
    constexpr std::string_view what =
        R"(a delay such as "5ms", {"uniform": ["1ms", "9ms"]} or )"
        R"({"normal": {"mean": "20ms", "stddev": "5ms"}, "keep_order": true})";
    if (at.value().is_string()) {
        const auto constant = at.time();
        return {constant, constant};
    }
    at.check_object(what, {"constant", "uniform", "normal", "lognormal", "pareto", "table",
                           "at_most", "correlation", "keep_order"});
    delay_model read = parse_distribution(at, what);
    at.with("at_most", [&](const reading& most) { read.at_most = most.time(); });
    at.with("correlation", [&](const reading& by) {
        read.correlation = by.number("a correlation from 0 to 1", 0, 1);
    });
    at.with("keep_order", [&](const reading& keep) { read.keep_order = keep.truth(); });
    return read;
}

// duplicate, reorder and corrupt: a probability, and how much of it.
template <typename Model, typename More>
Model parse_chance(const reading& at, std::string_view what,
                   std::initializer_list<std::string_view> keys, const char* amount,
                   std::uint32_t most, More more)
{
    Model read;
    if (!at.value().is_object()) {
        if (!at.value().is_number()) at.expected(what);
        read.probability = at.probability();
        return read;
    }
    at.check_object(what, keys);
    if (!at.has("probability")) at.expected(what);
    read.probability = at.at("probability").probability();
    at.with(amount, [&](const reading& range) {
        std::tie(read.least, read.most) = range.range("a number from 1, or [least, most]", most);
    });
    more(read);
    return read;
}

duplicate_model parse_duplicate(const reading& at)
{
    return parse_chance<duplicate_model>(
        at, R"(a probability, or {"probability": 0.05, "copies": [1, 3], "after": "1ms"})",
        {"probability", "copies", "after"}, "copies", 1000, [&](duplicate_model& read) {
            at.with("after", [&](const reading& after) { read.after = after.time(); });
        });
}

reorder_model parse_reorder(const reading& at)
{
    return parse_chance<reorder_model>(
        at, R"(a probability, or {"probability": 0.05, "extent": [1, 3], "within": "100ms"})",
        {"probability", "extent", "within"}, "extent", extent_max, [&](reorder_model& read) {
            at.with("within", [&](const reading& within) { read.within = within.time(); });
        });
}

corrupt_model parse_corrupt(const reading& at)
{
    return parse_chance<corrupt_model>(
        at, R"(a probability, or {"probability": 0.05, "bits": [1, 8]})", {"probability", "bits"},
        "bits", UINT16_MAX, [](corrupt_model&) {});
}

// One number a line, as mahimahi reads it.
std::vector<std::uint32_t> read_trace(const reading& at, const std::filesystem::path& file)
{
    std::ifstream lines(file);
    if (!lines) throw options_error(at.pointer(), fmt::format("cannot read {}", file.string()));
    std::vector<std::uint32_t> read;
    std::string line;
    while (std::getline(lines, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        std::size_t used = 0;
        unsigned long number = UINT32_MAX;
        try {
            number = std::stoul(line, &used);
        } catch (const std::exception&) {
            used = 0;
        }
        if (used == 0 || used != line.size() || number >= UINT32_MAX || line.front() == '-')
            throw options_error(at.pointer(),
                                fmt::format("{}, line {}: expected a time in milliseconds, found "
                                            "\"{}\"",
                                            file.string(), read.size() + 1, line.substr(0, 40)));
        read.push_back(static_cast<std::uint32_t>(number));
    }
    return read;
}

std::shared_ptr<const delivery_trace> parse_trace(const reading& at, const surroundings& around)
{
    delivery_trace read;
    if (at.value().is_string()) {
        read.file = (around.folder / at.text("")).string();
        read.at_ms = read_trace(at, read.file);
    } else {
        if (!at.value().is_array())
            at.expected("a file, or times in milliseconds such as [0, 4, 4, 9]");
        for (std::size_t i = 0; i < at.size(); ++i)
            read.at_ms.push_back(static_cast<std::uint32_t>(
                at.at(i).whole("a time in milliseconds", 0, UINT32_MAX - 1)));
    }
    if (!std::ranges::is_sorted(read.at_ms))
        throw options_error(at.pointer(), "expected times that do not fall");
    if (read.at_ms.empty() || read.at_ms.back() == 0)
        throw options_error(at.pointer(), "expected a trace that lasts longer than nothing");
    return std::make_shared<const delivery_trace>(std::move(read));
}

rate_model parse_rate(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(a rate such as "20Mbit/s", or {"limit": "20Mbit/s", "queue": {"packets": 100}}, )"
        R"(or {"trace": FILE}; null: no limit)";
    rate_model read;
    if (at.value().is_null()) return read;
    if (!at.value().is_object()) {
        read.bits_per_second = at.bits_per_second();
        return read;
    }
    at.check_object(what, {"limit", "trace", "queue", "overhead"});
    if (at.has("limit") == at.has("trace")) at.expected(what);
    at.with("limit", [&](const reading& limit) { read.bits_per_second = limit.bits_per_second(); });
    at.with("trace", [&](const reading& trace) { read.trace = parse_trace(trace, around); });
    at.with("queue", [&](const reading& queue) {
        constexpr std::string_view such = R"({"packets": 100}, {"bytes": "64KiB"} or both)";
        constexpr std::uint64_t most = 10'000'000;
        queue.check_object(such, {"packets", "bytes"});
        if (queue.size() == 0) queue.expected(such);
        read.queue_packets = queue.has("packets") ? queue.at("packets").whole(such, 0, most) : most;
        queue.with("bytes",
                   [&](const reading& bytes) { read.queue_bytes = bytes.size_in_bytes(1); });
    });
    at.with("overhead", [&](const reading& bytes) {
        read.overhead_bytes = static_cast<std::uint32_t>(
            bytes.whole("bytes on top of each payload, such as 28", 0, 65535));
    });
    return read;
}

stream_faults parse_tcp(const reading& at)
{
    constexpr std::string_view what =
        R"(faults of connections such as {"reset_after_bytes": 1000} or {"slice": 1})";
    at.check_object(what, {"refuse", "reset_after_bytes", "reset_after", "close_after_bytes",
                           "stall_after_bytes", "stall_for", "slice"});
    stream_faults read;
    at.with("refuse", [&](const reading& refuse) {
        if (refuse.value().is_boolean()) read.refuse = refuse.truth() ? 1 : 0;
        else read.refuse = refuse.probability();
    });
    const auto bytes = [&](const char* key, std::optional<std::uint64_t>& into) {
        at.with(key, [&](const reading& size) { into = size.size_in_bytes(); });
    };
    bytes("reset_after_bytes", read.reset_after_bytes);
    bytes("close_after_bytes", read.close_after_bytes);
    bytes("stall_after_bytes", read.stall_after_bytes);
    at.with("reset_after", [&](const reading& time) { read.reset_after = time.time(); });
    at.with("stall_for", [&](const reading& time) { read.stall_for = time.time(); });
    if (read.stall_for && !read.stall_after_bytes)
        throw options_error(at.at("stall_for").pointer(),
                            "from where on? expected a key \"stall_after_bytes\"");
    at.with("slice", [&](const reading& slice) {
        constexpr std::string_view such = R"(a size in bytes, or {"bytes": 1, "gap": "1ms"})";
        constexpr std::uint64_t most = 1 << 30;
        if (!slice.value().is_object()) {
            read.slice_bytes = static_cast<std::uint32_t>(slice.whole(such, 1, most));
            return;
        }
        slice.check_object(such, {"bytes", "gap"});
        if (!slice.has("bytes")) slice.expected(such);
        read.slice_bytes = static_cast<std::uint32_t>(slice.at("bytes").whole(such, 1, most));
        slice.with("gap", [&](const reading& gap) { read.slice_gap = gap.time(); });
    });
    return read;
}

// What `at` says, over what held before.
impairments override_with(impairments before, const reading& at, const surroundings& around)
{
    at.with("loss", [&](const reading& loss) { before.loss = parse_loss(loss); });
    at.with("delay", [&](const reading& delay) { before.delay = parse_delay(delay); });
    at.with("duplicate", [&](const reading& some) { before.duplicate = parse_duplicate(some); });
    at.with("reorder", [&](const reading& some) { before.reorder = parse_reorder(some); });
    at.with("corrupt", [&](const reading& some) { before.corrupt = parse_corrupt(some); });
    at.with("rate", [&](const reading& rate) { before.rate = parse_rate(rate, around); });
    at.with("mtu", [&](const reading& mtu) {
        before.mtu = mtu.whole("the largest payload in bytes, 1 to 65507; 0: no limit", 0, 65507);
    });
    at.with("cut", [&](const reading& cut) { before.cut = cut.truth(); });
    at.with("exact", [&](const reading& rules) {
        if (!rules.value().is_array())
            rules.expected(R"(rules such as [{"match": {"text": "ACK"}, "nth": 2}])");
        before.exact.clear();
        for (std::size_t i = 0; i < rules.size(); ++i)
            before.exact.push_back(parse_exact_rule(rules.at(i), around));
    });
    at.with("tcp", [&](const reading& tcp) { before.tcp = parse_tcp(tcp); });
    return before;
}

impairments direction_over(const impairments& before, const reading& at, direction which,
                           const surroundings& around)
{
    impairments read = override_with(before, at, around);
    at.with(which == direction::up ? "up" : "down", [&](const reading& inside) {
        inside.check_object(direction_what, direction_keys);
        read = override_with(std::move(read), inside, around);
    });
    return read;
}

// A part of the schedule: from `at` on, or only until `until`.
struct part {
    reading says;
    duration at;
    duration until;
};

std::vector<part> parse_schedule(const reading& schedule)
{
    constexpr std::string_view what = R"(changes such as [{"at": "2s", "for": "1s", "cut": true}])";
    if (!schedule.value().is_array()) schedule.expected(what);
    std::vector<part> parts;
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        const auto one = schedule.at(i);
        one.check_object(what,
                         joined({change_keys, direction_keys, std::span(link_keys).first(2)}));
        if (!one.has("at")) one.expected(R"(a change with a time such as {"at": "2s", "loss": 1})");
        const auto at = one.at("at").time();
        auto until = duration::max();
        one.with("for", [&](const reading& lasts) { until = at + lasts.time(); });
        parts.push_back({one, at, until});
    }
    std::ranges::stable_sort(parts, {}, &part::at);
    return parts;
}

// What holds after each moment at which something begins or ends: first what changed for good, then
// over it what holds for a while.
std::vector<change> changes_of(const impairments& base, const std::vector<part>& parts,
                               direction which, const surroundings& around)
{
    std::set<duration> moments;
    for (const part& one : parts) {
        moments.insert(one.at);
        if (one.until != duration::max()) moments.insert(one.until);
    }
    std::vector<change> made;
    for (const duration moment : moments) {
        impairments now = base;
        for (const bool for_good : {true, false})
            for (const part& one : parts)
                if (one.at <= moment && moment < one.until &&
                    (one.until == duration::max()) == for_good)
                    now = direction_over(now, one.says, which, around);
        made.push_back({moment, std::move(now)});
    }
    return made;
}

} // namespace

link_options parse_link_options(const nlohmann::json& json, const surroundings& around)
{
    const reading all(json, "");
    all.check_object(R"(a link such as {"loss": 0.05, "delay": "5ms"})",
                     joined({direction_keys, link_keys}));
    link_options read{.up = direction_over({}, all, direction::up, around),
                      .down = direction_over({}, all, direction::down, around)};
    all.with("schedule", [&](const reading& schedule) {
        const auto parts = parse_schedule(schedule);
        read.up_changes = changes_of(read.up, parts, direction::up, around);
        read.down_changes = changes_of(read.down, parts, direction::down, around);
    });
    return read;
}

impairments parse_impairments_over(const impairments& before, const nlohmann::json& json,
                                   const surroundings& around)
{
    const reading all(json, "");
    all.check_object(direction_what, direction_keys);
    return override_with(before, all, around);
}

impairments parse_impairments(const nlohmann::json& json, const surroundings& around)
{
    return parse_impairments_over({}, json, around);
}

} // namespace badwire::link
