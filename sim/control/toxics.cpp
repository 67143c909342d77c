#include "sim/control/toxics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "impl/base/reading.hpp"
#include "sim/control/problem.hpp"
#include "sim/link/impairment/row.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::control {
namespace {

using link::duration;
using link::impairments;
using nlohmann::json;

constexpr std::size_t name_bytes_max = 200;

// ---- toxiproxy's types

// A whole number; 0 if it is missing.
std::uint64_t number(const reading& attributes, std::string_view name, std::uint64_t most)
{
    double read = 0;
    attributes.with(name, [&](const reading& at) {
        // toxiproxy's own clients write some of them as 100.0
        const std::string what = fmt::format("a whole number from 0 to {}", most);
        read = at.number(what, 0, static_cast<double>(most));
        if (read != std::floor(read)) at.expected(what);
    });
    return static_cast<std::uint64_t>(read);
}

duration milliseconds(const reading& attributes, std::string_view name)
{
    return std::chrono::milliseconds(number(attributes, name, 1'000'000'000));
}

void latency(impairments& now, const reading& attributes)
{
    const duration mean = milliseconds(attributes, "latency");
    const duration jitter = milliseconds(attributes, "jitter");
    now.delay = link::delay_model(std::max(duration(0), mean - jitter), mean + jitter);
}

void bandwidth(impairments& now, const reading& attributes)
{
    constexpr double bits_per_kilobyte = 8000;
    const auto kilobytes = number(attributes, "rate", 1'000'000'000);
    if (!now.rate.limited()) now.rate = {};
    now.rate.trace = nullptr;
    now.rate.bits_per_second = static_cast<double>(kilobytes) * bits_per_kilobyte;
}

void timeout(impairments& now, const reading& attributes)
{
    const duration after = milliseconds(attributes, "timeout");
    now.tcp.stall_after_bytes = 0;
    now.tcp.stall_for.reset();
    if (after > duration(0)) now.tcp.close_after = after;
}

void reset_peer(impairments& now, const reading& attributes)
{
    now.tcp.reset_after = milliseconds(attributes, "timeout");
}

void slicer(impairments& now, const reading& attributes)
{
    constexpr std::uint64_t bytes_max = 1 << 30; // as in a scenario
    const auto size = number(attributes, "average_size", bytes_max);
    attributes.need("average_size", "the size of the pieces, at least 1", [&](const reading& at) {
        if (size == 0) at.wrong("expected the size of the pieces, at least 1");
    });
    now.tcp.slice_bytes = static_cast<std::uint32_t>(size);
    now.tcp.slice_variation =
        static_cast<std::uint32_t>(number(attributes, "size_variation", bytes_max));
    now.tcp.slice_gap = std::chrono::microseconds(number(attributes, "delay", 1'000'000'000));
}

void limit_data(impairments& now, const reading& attributes)
{
    now.tcp.close_after_bytes = number(attributes, "bytes", std::uint64_t{1} << 53);
}

void slow_close(impairments& now, const reading& attributes)
{
    now.tcp.close_delay = milliseconds(attributes, "delay");
}

struct toxiproxy_type {
    std::string_view name;
    std::array<std::string_view, 3> attributes; // the rest is empty
    void (*set)(impairments& now, const reading& attributes);
    bool loses_datagrams = false;
};
constexpr std::array<toxiproxy_type, 7> toxiproxy_types{
    {{"latency", {"latency", "jitter"}, latency},
     {"bandwidth", {"rate"}, bandwidth},
     {"timeout", {"timeout"}, timeout, true},
     {"reset_peer", {"timeout"}, reset_peer},
     {"slicer", {"average_size", "size_variation", "delay"}, slicer},
     {"limit_data", {"bytes"}, limit_data},
     {"slow_close", {"delay"}, slow_close}}};

const toxiproxy_type* find_toxiproxy_type(std::string_view name)
{
    const auto found = std::ranges::find(toxiproxy_types, name, &toxiproxy_type::name);
    return found == toxiproxy_types.end() ? nullptr : &*found;
}

impairments apply_toxiproxy_type(impairments now, const toxiproxy_type& type, const reading& at,
                                 carried what)
{
    const reading attributes = at.at("attributes");
    const auto end = std::ranges::find(type.attributes, std::string_view());
    attributes.check_object("attributes", std::span(type.attributes.begin(), end));
    type.set(now, attributes);
    if (type.loses_datagrams && what == carried::datagrams) now.loss = 1;
    return now;
}

// ---- badwire's own

// Whether a share of it is a share of the connections: what has a probability has that of a packet.
bool by_connection(const link::impairment_row& row)
{
    return row.of_connections && row.weaken == nullptr;
}

impairments apply_impairment(const impairments& before, const link::impairment_row& row,
                             const reading& at)
{
    const std::string type(row.key);
    const reading attributes = at.at("attributes");
    attributes.check_object("attributes", {"value"});
    impairments now = before;
    attributes.need("value", fmt::format("what a scenario writes for \"{}\"", type),
                    [&](const reading& value) { row.read(value, no_files, now); });
    const double toxicity = at.at("toxicity").probability();
    if (toxicity == 1 || by_connection(row)) return now;
    if (row.weaken == nullptr || !row.weaken(now, toxicity))
        at.at("toxicity")
            .wrong(fmt::format(
                "this {} applies to every datagram; leave toxicity out or set it to 1", type));
    return now;
}

// ---- requests

std::vector<std::string_view> every_type()
{
    std::vector<std::string_view> types;
    for (const auto& one : toxiproxy_types) types.push_back(one.name);
    for (const std::string_view key : link::impairment_keys()) types.push_back(key);
    return types;
}

constexpr std::array<std::string_view, 2> streams{"upstream", "downstream"};

std::string_view stream_name(link::direction stream)
{
    return streams[stream == link::direction::up ? 0 : 1];
}

void check_body(const reading& at)
{
    at.check_object(R"(an object such as {"type": "latency", "attributes": {"latency": 100}})",
                    {"name", "type", "stream", "toxicity", "attributes"});
    at.with("attributes", [](const reading& attributes) { attributes.check_object("an object"); });
}

} // namespace

toxic parse_toxic(const json& body)
{
    return read_request(body, [](const reading& at) {
        check_body(at);
        toxic made;
        at.need("type", fmt::format("one of {}", fmt::join(every_type(), ", ")),
                [&](const reading& type) { made.type = type.text("a string"); });
        at.with("stream", [&](const reading& stream) {
            // For toxiproxy an empty text is the same as none.
            if (stream.value() != "" && stream.choice(streams) == "upstream")
                made.stream = link::direction::up;
        });
        at.with("toxicity", [&](const reading& share) { made.toxicity = share.probability(); });
        at.with("attributes",
                [&](const reading& attributes) { made.attributes = attributes.value(); });
        at.with("name", [&](const reading& name) {
            made.name = name.text("a string");
            if (made.name.size() > name_bytes_max)
                name.expected(fmt::format("at most {} bytes", name_bytes_max));
        });
        if (made.name.empty())
            made.name = fmt::format("{}_{}", made.type, stream_name(made.stream));
        return made;
    });
}

toxic updated(const toxic& before, const json& body)
{
    return read_request(body, [&](const reading& at) {
        check_body(at);
        const json now = to_json(before);
        for (const char* fixed : {"name", "type", "stream"})
            at.with(fixed, [&](const reading& one) {
                if (json(one.value()) != now.at(fixed))
                    one.wrong("of a toxic that is there only toxicity and attributes can change; "
                              "delete it and add another");
            });
        toxic made = before;
        at.with("toxicity", [&](const reading& share) { made.toxicity = share.probability(); });
        at.with("attributes", [&](const reading& attributes) {
            made.attributes.update(json(attributes.value()));
        });
        return made;
    });
}

json to_json(const toxic& one)
{
    return {{"name", one.name},
            {"type", one.type},
            {"stream", stream_name(one.stream)},
            {"toxicity", one.toxicity},
            {"attributes", one.attributes}};
}

bool is_of_some_connections(const toxic& one)
{
    const auto* const row = link::find_impairment(one.type);
    return one.toxicity < 1 && (row == nullptr || by_connection(*row));
}

bool is_of_set_up(const toxic& one)
{
    return find_toxiproxy_type(one.type) == nullptr && !is_of_some_connections(one);
}

impairments apply(const impairments& before, const toxic& one, carried what)
{
    return read_request(to_json(one), [&](const reading& at) {
        if (const auto* const row = link::find_impairment(one.type))
            return apply_impairment(before, *row, at);
        if (const auto* const type = find_toxiproxy_type(one.type))
            return apply_toxiproxy_type(before, *type, at, what);
        at.at("type").wrong(fmt::format("there is no \"{}\"; expected one of {}", one.type,
                                        fmt::join(every_type(), ", ")));
    });
}

} // namespace badwire::control
