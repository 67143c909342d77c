#include "sim/link/impairments_json.hpp"

#include <array>

namespace badwire::link {
namespace {

constexpr std::uint32_t extent_max = 10'000;

delay_model moments(const reading& at, delay_model (*make)(duration, duration), bool above_zero)
{
    constexpr std::string_view what = R"(such as {"mean": "20ms", "stddev": "5ms"})";
    at.check_object(what, {"mean", "stddev"});
    if (!at.has("mean") || !at.has("stddev")) at.expected(what);
    duration mean{};
    duration stddev{};
    at.with("mean", [&](const reading& time) {
        mean = time.time();
        if (above_zero && mean == duration(0)) time.expected("a mean above zero");
    });
    at.with("stddev", [&](const reading& time) { stddev = time.time(); });
    return make(mean, stddev);
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
        duration scale{};
        double shape = 1;
        pareto.with("scale", [&](const reading& time) { scale = time.time(); });
        pareto.with("shape", [&](const reading& number) {
            shape = number.number("a shape above 0", 1e-3, 1e6);
        });
        return delay_model::pareto(scale, shape);
    }
    const auto table = at.at("table");
    constexpr std::string_view such =
        R"(delays, each equally likely, such as ["1ms", "1ms", "9ms"])";
    table.check_array(such, 1);
    std::vector<duration> values;
    table.each([&](const reading& time) { values.push_back(time.time()); });
    if (values.empty()) return {}; // the mistakes are noted
    std::ranges::sort(values);     // so that a quantile is one
    return delay_model::table(std::move(values));
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
    at.with("probability", [&](const reading& chance) { read.probability = chance.probability(); });
    at.with(amount, [&](const reading& range) {
        std::tie(read.least, read.most) = range.range("a number from 1, or [least, most]", most);
    });
    more(read);
    return read;
}

} // namespace

loss_model parse_loss(const reading& at)
{
    constexpr std::string_view what =
        R"(a probability such as 0.05, or {"model": "gilbert-elliott", "p": 0.01, "r": 0.3})";
    if (at.value().is_number()) return at.probability();
    if (!at.value().is_object()) at.expected("a probability from 0 to 1 such as 0.05");
    loss_model read;
    if (at.has("model")) { // which says what else there may be
        const auto model = at.at("model");
        const std::string name = model.text(R"("bernoulli" or "gilbert-elliott")");
        if (name != "bernoulli" && name != "gilbert-elliott")
            model.expected(R"("bernoulli" or "gilbert-elliott")");
        read.bursts = name == "gilbert-elliott";
    }
    const auto chance = [&](const char* key, double& into) {
        at.with(key, [&](const reading& one) { into = one.probability(); });
    };
    if (read.bursts) {
        at.check_object(what,
                        {"model", "p", "r", "loss_in_good", "loss_in_bad", "at_most_in_a_row"});
        if (!at.has("p") || !at.has("r")) at.expected(what);
        chance("p", read.p);
        chance("r", read.r);
        chance("loss_in_good", read.in_good);
        chance("loss_in_bad", read.in_bad);
    } else {
        at.check_object(what, {"model", "probability", "at_most_in_a_row"});
        if (!at.has("probability")) at.expected(what);
        chance("probability", read.probability);
    }
    at.with("at_most_in_a_row", [&](const reading& most) {
        read.at_most_in_a_row =
            static_cast<std::uint32_t>(most.whole("a number of packets from 1", 1, UINT32_MAX));
    });
    return read;
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
    at.with("stall_for", [&](const reading& time) {
        read.stall_for = time.time();
        if (!at.has("stall_after_bytes"))
            time.wrong("from where on? expected a key \"stall_after_bytes\"");
    });
    at.with("slice", [&](const reading& slice) {
        constexpr std::string_view such = R"(a size in bytes, or {"bytes": 1, "gap": "1ms"})";
        constexpr std::uint64_t most = 1 << 30;
        if (!slice.value().is_object()) {
            read.slice_bytes = static_cast<std::uint32_t>(slice.whole(such, 1, most));
            return;
        }
        slice.check_object(such, {"bytes", "gap"});
        if (!slice.has("bytes")) slice.expected(such);
        slice.with("bytes", [&](const reading& size) {
            read.slice_bytes = static_cast<std::uint32_t>(size.whole(such, 1, most));
        });
        slice.with("gap", [&](const reading& gap) { read.slice_gap = gap.time(); });
    });
    return read;
}

} // namespace badwire::link
