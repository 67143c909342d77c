#include "impl/base/units.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view tcp_schema = R"json({
    "description": "faults of connections such as {\"reset_after_bytes\": 1000} or {\"slice\": 1}", "examples": [{"reset_after_bytes": 1000}],
    "type": "object", "additionalProperties": false,
    "properties": {
        "refuse": {"description": "true, or the share of connections that are refused", "default": false, "examples": [0.5], "anyOf": [{"type": "boolean"}, {"$ref": "#/definitions/probability"}]},
        "reset_after_bytes": {"description": "a size such as 512 or \"64KiB\" after which the connection is reset", "$ref": "#/definitions/size"},
        "reset_after": {"description": "a duration such as \"2s\" after which the connection is reset", "$ref": "#/definitions/duration"},
        "close_after_bytes": {"description": "a size such as 512 or \"64KiB\" after which this direction ends; the rest is lost", "$ref": "#/definitions/size"},
        "close_after": {"description": "a duration such as \"2s\" after which this direction ends; the rest is lost", "$ref": "#/definitions/duration"},
        "close_delay": {"description": "a duration such as \"2s\" by which the end of this direction comes later", "$ref": "#/definitions/duration"},
        "stall_after_bytes": {"description": "a size such as 512 or \"64KiB\" after which nothing passes", "$ref": "#/definitions/size"},
        "stall_for": {"description": "a duration such as \"2s\" for which nothing passes. Default: for ever.", "$ref": "#/definitions/duration"},
        "window": {"description": "a size such as \"64KiB\": so many bytes are sent and not yet acknowledged, at most; then the sender waits", "default": "256KiB", "examples": ["64KiB"], "$ref": "#/definitions/size"},
        "slice": {
            "description": "pieces of at most so many bytes, or {\"bytes\": 10, \"variation\": 5, \"gap\": \"1ms\"}", "examples": [1, {"bytes": 10, "gap": "1ms"}],
            "anyOf": [
                {"$ref": "#/definitions/count"},
                {"type": "object", "additionalProperties": false, "required": ["bytes"],
                 "properties": {"bytes": {"$ref": "#/definitions/count"}, "variation": {"description": "how many bytes more or fewer a piece may have, drawn for each", "$ref": "#/definitions/count"}, "gap": {"description": "a duration such as \"1ms\" between pieces", "default": "0s", "$ref": "#/definitions/duration"}}}
            ]
        }
    }
})json";

void read_slice(const reading& at, stream_faults& into)
{
    constexpr std::string_view such =
        R"(pieces of at least one byte such as 1 or {"bytes": 1, "gap": "1ms"})";
    const auto bytes = [&](const reading& size) {
        into.slice_bytes = static_cast<std::uint32_t>(size.whole(such, 1, 1 << 30));
    };
    if (!at.value().is_object()) return bytes(at);
    at.check_object(such, {"bytes", "variation", "gap"});
    if (!at.has("bytes")) at.expected(such);
    at.with("bytes", bytes);
    at.with("variation", [&](const reading& size) {
        into.slice_variation =
            static_cast<std::uint32_t>(size.whole("how many bytes more or fewer", 1, 1 << 30));
    });
    at.with("gap", [&](const reading& gap) { into.slice_gap = gap.time(); });
}

stream_faults read_tcp(const reading& at)
{
    constexpr std::string_view what =
        R"(faults of connections such as {"reset_after_bytes": 1000} or {"slice": 1})";
    at.check_object(what, {"refuse", "reset_after_bytes", "reset_after", "close_after_bytes",
                           "close_after", "close_delay", "stall_after_bytes", "stall_for", "slice",
                           "window"});
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
    at.with("close_after", [&](const reading& time) { read.close_after = time.time(); });
    at.with("close_delay", [&](const reading& time) { read.close_delay = time.time(); });
    at.with("stall_for", [&](const reading& time) {
        read.stall_for = time.time();
        if (!at.has("stall_after_bytes"))
            time.wrong("\"stall_for\" also needs a key \"stall_after_bytes\"");
    });
    at.with("window", [&](const reading& size) { read.window_bytes = size.size_in_bytes(1); });
    at.with("slice", [&](const reading& slice) { read_slice(slice, read); });
    return read;
}

nlohmann::json write_tcp(const impairments& asked)
{
    const stream_faults& tcp = asked.tcp;
    auto made = nlohmann::json::object();
    if (tcp.refuse > 0) made["refuse"] = tcp.refuse;
    if (tcp.reset_after_bytes) made["reset_after_bytes"] = *tcp.reset_after_bytes;
    if (tcp.reset_after) made["reset_after"] = format_duration(*tcp.reset_after);
    if (tcp.close_after_bytes) made["close_after_bytes"] = *tcp.close_after_bytes;
    if (tcp.close_after) made["close_after"] = format_duration(*tcp.close_after);
    if (tcp.close_delay > duration(0)) made["close_delay"] = format_duration(tcp.close_delay);
    if (tcp.stall_after_bytes) made["stall_after_bytes"] = *tcp.stall_after_bytes;
    if (tcp.stall_for) made["stall_for"] = format_duration(*tcp.stall_for);
    if (tcp.window_bytes != stream_faults{}.window_bytes) made["window"] = tcp.window_bytes;
    if (tcp.slice_bytes > 0) {
        made["slice"] = {{"bytes", tcp.slice_bytes}, {"gap", format_duration(tcp.slice_gap)}};
        if (tcp.slice_variation > 0) made["slice"]["variation"] = tcp.slice_variation;
    }
    return made;
}

} // namespace

impairment_row tcp_row()
{
    return {.key = "tcp",
            .schema = tcp_schema,
            .nothing = "{}",
            .read = [](const reading& at, const surroundings&,
                       impairments& into) { into.tcp = read_tcp(at); },
            .write = write_tcp,
            .asked = differs<&impairments::tcp>,
            .of_datagrams = false,
            .of_connections = true};
}

} // namespace badwire::link
