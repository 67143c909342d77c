#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/course_json.hpp"
#include "sim/link/impairment/named_file.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view rate_schema = R"json({
    "description": "a rate such as \"20Mbit/s\", {\"limit\": \"20Mbit/s\", \"queue\": {\"packets\": 100}} or {\"trace\": FILE}; null: no limit",
    "examples": ["20Mbit/s", {"limit": "1Mbit/s", "queue": {"packets": 20}}],
    "anyOf": [
        {"type": "null"},
        {"$ref": "#/definitions/bit_rate"},
        {"type": "object", "additionalProperties": false,
         "properties": {
            "limit": {"$ref": "#/definitions/bit_rate"},
            "ramp": {
                "description": "a straight line from one rate to another such as {\"from\": \"20Mbit/s\", \"to\": \"1Mbit/s\", \"over\": \"10s\"}; the last value stays", "examples": [{"from": "20Mbit/s", "to": "1Mbit/s", "over": "10s"}],
                "type": "object", "additionalProperties": false, "required": ["from", "to", "over"],
                "properties": {"from": {"$ref": "#/definitions/bit_rate"}, "to": {"$ref": "#/definitions/bit_rate"}, "over": {"$ref": "#/definitions/duration"}, "since": {"description": "a duration such as \"2s\": when it begins, after the link's start; if not given, when it is asked for", "$ref": "#/definitions/duration"}, "every": {"description": "a duration such as \"20s\": it begins again so long after it began", "$ref": "#/definitions/duration"}}
            },
            "trace": {
                "description": "when a packet of 1500 bytes may leave: a file in mahimahi's format (milliseconds, one a line; relative to the scenario), or a list of milliseconds", "examples": ["lte.trace"],
                "anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}]
            },
            "queue": {
                "description": "how much may wait: {\"packets\": 100}, {\"bytes\": \"64KiB\"} or both", "default": {"packets": 100}, "examples": [{"bytes": "64KiB"}],
                "type": "object", "additionalProperties": false, "minProperties": 1,
                "properties": {
                    "packets": {"description": "a number of packets from 0", "examples": [100], "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}]},
                    "bytes": {"$ref": "#/definitions/size"}
                }
            },
            "burst": {"description": "of a token bucket: bytes that may leave at once after a pause", "default": 0, "examples": ["32KiB"], "allOf": [{"$ref": "#/definitions/size"}]},
            "overhead": {"description": "bytes that each packet takes on top of its payload, such as 28 for IPv4 and UDP", "default": 0, "examples": [28], "anyOf": [{"type": "integer", "minimum": 0, "maximum": 65535}, {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}]}
         }}
    ]
})json";

// One number a line, as mahimahi reads it.
std::vector<std::uint32_t> read_trace_file(const reading& at, const std::filesystem::path& file)
{
    std::istringstream lines(contents_of(at, file));
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
            at.wrong(fmt::format("{}, line {}: expected a time in milliseconds, found \"{}\"",
                                 file.string(), read.size() + 1, line.substr(0, 40)));
        read.push_back(static_cast<std::uint32_t>(number));
    }
    return read;
}

std::shared_ptr<const delivery_trace> read_trace(const reading& at, const surroundings& around)
{
    delivery_trace read;
    if (at.value().is_string()) {
        const auto file = named_file(at, around);
        read.file = file.string();
        read.at_ms = read_trace_file(at, read.file);
    } else {
        at.check_array("a file, or times in milliseconds such as [0, 4, 4, 9]");
        at.each([&](const reading& time) {
            read.at_ms.push_back(static_cast<std::uint32_t>(
                time.whole("a time in milliseconds", 0, UINT32_MAX - 1)));
        });
        if (read.at_ms.size() < at.size()) return {}; // the mistakes are noted
    }
    if (!std::ranges::is_sorted(read.at_ms)) at.wrong("expected times that do not fall");
    if (read.at_ms.empty() || read.at_ms.back() == 0)
        at.wrong("expected a trace whose last time is above 0");
    return std::make_shared<const delivery_trace>(std::move(read));
}

void read_queue(const reading& at, rate_model& into)
{
    constexpr std::string_view such = R"({"packets": 100}, {"bytes": "64KiB"} or both)";
    constexpr std::uint64_t most = 10'000'000;
    at.check_object(such, {"packets", "bytes"});
    if (at.size() == 0) at.expected(such);
    into.queue_packets = most;
    at.with("packets",
            [&](const reading& packets) { into.queue_packets = packets.whole(such, 0, most); });
    at.with("bytes", [&](const reading& bytes) { into.queue_bytes = bytes.size_in_bytes(1); });
}

constexpr course_values rate_values{
    .read = [](const reading& at) { return at.bits_per_second(); },
    .write = [](double rate) { return nlohmann::json(format_bit_rate(rate)); }};

rate_model read_rate(const reading& at, const surroundings& around)
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
    at.check_object(what, {"limit", "ramp", "trace", "queue", "burst", "overhead"});
    if (at.has("limit") + at.has("ramp") + at.has("trace") != 1) at.expected(what);
    at.with("ramp",
            [&](const reading& ramp) { read.course = read_ramp(ramp, rate_values, around); });
    at.with("limit", [&](const reading& limit) { read.bits_per_second = limit.bits_per_second(); });
    at.with("trace", [&](const reading& trace) { read.trace = read_trace(trace, around); });
    at.with("queue", [&](const reading& queue) { read_queue(queue, read); });
    at.with("burst", [&](const reading& burst) {
        if (at.has("trace"))
            burst.wrong(
                "a burst is of a rate with a limit: a trace says itself when packets leave");
        read.burst_bytes = burst.size_in_bytes(0, std::uint64_t{1} << 40);
    });
    at.with("overhead", [&](const reading& bytes) {
        read.overhead_bytes = static_cast<std::uint32_t>(
            bytes.whole("bytes on top of each payload, such as 28", 0, 65535));
    });
    return read;
}

nlohmann::json write_rate(const impairments& asked)
{
    const rate_model& rate = asked.rate;
    if (!rate.limited()) return nullptr;
    nlohmann::json made;
    if (rate.course) write_course(rate.course, rate_values, made);
    else if (!rate.trace) made["limit"] = format_bit_rate(rate.bits_per_second);
    else if (rate.trace->file.empty()) made["trace"] = rate.trace->at_ms;
    else made["trace"] = rate.trace->file;
    made["queue"]["packets"] = rate.queue_packets;
    if (rate.queue_bytes > 0) made["queue"]["bytes"] = rate.queue_bytes;
    if (rate.burst_bytes > 0) made["burst"] = rate.burst_bytes;
    if (rate.overhead_bytes > 0) made["overhead"] = rate.overhead_bytes;
    return made;
}

// Continues after the row of delay has said how long the packet took.
void explain_rate(std::string& text, const impairments&, const fate& decided,
                  std::string_view words)
{
    if (decided.queued == duration(0)) return;
    text.append(", of it ")
        .append(format_duration(decided.queued))
        .append(" at the rate ")
        .append(words);
}

} // namespace

impairment_row rate_row()
{
    return {.key = "rate",
            .schema = rate_schema,
            .nothing = "null",
            .read = [](const reading& at, const surroundings& around,
                       impairments& into) { into.rate = read_rate(at, around); },
            .write = write_rate,
            .asked = [](const impairments& all) { return all.rate.limited(); },
            .of_connections = true,
            .struck =
                [](const impairments&, const fate& decided) {
                    return decided.why == cause::queue || decided.queued > duration(0);
                },
            .needs_arrival_times = true,
            .words = [](const impairments& asked) { return write_rate(asked).dump(); },
            .drops_as = cause::queue,
            .drops_called = "queue",
            .why_dropped =
                [](const impairments&, const fate&, std::string_view words) {
                    return fmt::format("dropped: the queue is full, rate {}", words);
                },
            .explain = explain_rate,
            .explained_at = 4};
}

} // namespace badwire::link
