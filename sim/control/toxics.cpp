#include "sim/control/toxics.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/control/problem.hpp"
#include "sim/link/impairment/row.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::control {
namespace {

using link::duration;
using link::impairments;
using nlohmann::json;

constexpr std::size_t name_bytes_max = 200;
constexpr std::string_view toxiproxy_types[] = {"latency",    "bandwidth", "timeout",
                                                "reset_peer", "slicer",    "limit_data"};

[[noreturn]] void refuse(const std::string& what) { throw problem(400, what); }

// The attributes of one toxic, read by name; what nobody asked for is a mistake.
class attribute_reader {
public:
    explicit attribute_reader(const toxic& of) : of_(of) {}

    /// A whole number, 0 where there is none.
    std::uint64_t number(const char* name, std::uint64_t most)
    {
        known_.emplace_back(name);
        const auto found = of_.attributes.find(name);
        if (found == of_.attributes.end()) return 0;
        // toxiproxy's own clients write some of them as 100.0
        const double value = found->is_number() ? found->get<double>() : -1;
        if (!(value >= 0 && value <= static_cast<double>(most)) ||
            value != static_cast<double>(static_cast<std::uint64_t>(value)))
            refuse(fmt::format("attributes/{}: expected a whole number from 0 to {}, found {}",
                               name, most, found->dump()));
        return static_cast<std::uint64_t>(value);
    }
    duration milliseconds(const char* name)
    {
        return std::chrono::milliseconds(number(name, 1'000'000'000));
    }
    const json& value()
    {
        known_.emplace_back("value");
        const auto found = of_.attributes.find("value");
        if (found == of_.attributes.end())
            refuse(fmt::format("attributes/value: {} needs it: what a scenario writes for \"{}\"",
                               of_.type, of_.type));
        return *found;
    }
    void nothing_else() const
    {
        for (const auto& [key, _] : of_.attributes.items())
            if (std::find(known_.begin(), known_.end(), key) == known_.end())
                refuse(fmt::format("attributes/{}: {} has no such attribute; it has {}", key,
                                   of_.type, fmt::join(known_, ", ")));
    }

private:
    const toxic& of_;
    std::vector<std::string> known_;
};

void apply_toxiproxy_type(impairments& now, const toxic& one)
{
    attribute_reader attributes(one);
    if (one.type == "latency") {
        const duration latency = attributes.milliseconds("latency");
        const duration jitter = attributes.milliseconds("jitter");
        now.delay = link::delay_model(std::max(duration(0), latency - jitter), latency + jitter);
    } else if (one.type == "bandwidth") {
        constexpr double bits_per_kilobyte = 8000;
        const bool was_limited = now.rate.limited();
        const auto kilobytes = attributes.number("rate", 1'000'000'000);
        if (!was_limited) now.rate = {};
        now.rate.trace = nullptr;
        now.rate.bits_per_second = static_cast<double>(kilobytes) * bits_per_kilobyte;
    } else if (one.type == "timeout") {
        const duration timeout = attributes.milliseconds("timeout");
        now.cut = true;
        now.tcp.stall_after_bytes = 0;
        now.tcp.stall_for.reset();
        if (timeout > duration(0)) now.tcp.reset_after = timeout;
    } else if (one.type == "reset_peer") {
        const duration timeout = attributes.milliseconds("timeout");
        if (one.toxicity == 1) now.tcp.reset_after = timeout;
        else if (timeout == duration(0)) now.tcp.refuse = one.toxicity;
        else
            refuse("toxicity: reset_peer with a timeout resets all connections or none; "
                   "leave toxicity out or set it to 1");
    } else if (one.type == "slicer") {
        const auto size = attributes.number("average_size", UINT32_MAX);
        if (attributes.number("size_variation", UINT32_MAX) > 0)
            refuse("attributes/size_variation: pieces are of one size here; leave it out");
        if (size == 0) refuse("attributes/average_size: expected the pieces' size, at least 1");
        now.tcp.slice_bytes = static_cast<std::uint32_t>(size);
        now.tcp.slice_gap = std::chrono::microseconds(attributes.number("delay", 1'000'000'000));
    } else { // limit_data
        now.tcp.close_after_bytes = attributes.number("bytes", std::uint64_t{1} << 53);
    }
    attributes.nothing_else();
}

impairments apply_impairment(const impairments& before, const toxic& one,
                             const link::impairment_row& row)
{
    attribute_reader attributes(one);
    const json direction{{one.type, attributes.value()}};
    attributes.nothing_else();
    refuse_files(direction);
    impairments now;
    try {
        now = link::parse_impairments_over(before, direction);
    } catch (const mistake& error) {
        // The pointer's first step is the type.
        const auto inside = error.pointer.size() > one.type.size()
                                ? error.pointer.substr(one.type.size() + 1)
                                : std::string();
        refuse(fmt::format("attributes/value{}: {}", inside, error.what()));
    }
    if (one.toxicity == 1) return now;
    if (row.weaken == nullptr || !row.weaken(now, one.toxicity))
        refuse(fmt::format("toxicity: this {} applies to everything or nothing; leave toxicity "
                           "out or set it to 1",
                           one.type));
    return now;
}

double parse_toxicity(const json& body, double otherwise)
{
    const auto found = body.find("toxicity");
    if (found == body.end()) return otherwise;
    const double value = found->is_number() ? found->get<double>() : -1;
    if (!(value >= 0 && value <= 1))
        refuse("toxicity: expected a number from 0 to 1, found " + found->dump());
    return value;
}

std::string parse_text(const json& body, const char* key)
{
    const auto found = body.find(key);
    if (found == body.end()) return {};
    if (!found->is_string())
        refuse(fmt::format("{}: expected a string, found {}", key, found->dump()));
    return found->get<std::string>();
}

void check_keys(const json& body)
{
    if (!body.is_object())
        refuse("expected an object such as {\"type\": \"latency\", "
               "\"attributes\": {\"latency\": 100}}");
    constexpr std::string_view keys[] = {"name", "type", "stream", "toxicity", "attributes"};
    for (const auto& [key, _] : body.items())
        if (std::find(std::begin(keys), std::end(keys), key) == std::end(keys))
            refuse(fmt::format("{}: a toxic has {}", key, fmt::join(keys, ", ")));
    if (body.contains("attributes") && !body.at("attributes").is_object())
        refuse("attributes: expected an object");
}

std::string_view stream_name(link::direction stream)
{
    return stream == link::direction::up ? "upstream" : "downstream";
}

} // namespace

toxic parse_toxic(const json& body)
{
    check_keys(body);
    toxic made;
    made.type = parse_text(body, "type");
    if (made.type.empty())
        refuse(fmt::format("type: expected one of {}, {}", fmt::join(toxiproxy_types, ", "),
                           fmt::join(link::impairment_keys(), ", ")));
    const std::string stream = parse_text(body, "stream");
    if (stream == "upstream") made.stream = link::direction::up;
    else if (!stream.empty() && stream != "downstream")
        refuse(
            fmt::format("stream: expected \"upstream\" or \"downstream\", found \"{}\"", stream));
    made.toxicity = parse_toxicity(body, 1);
    made.attributes = body.value("attributes", json::object());
    made.name = parse_text(body, "name");
    if (made.name.empty()) made.name = fmt::format("{}_{}", made.type, stream_name(made.stream));
    if (made.name.size() > name_bytes_max)
        refuse(fmt::format("name: expected at most {} bytes", name_bytes_max));
    return made;
}

toxic updated(const toxic& before, const json& body)
{
    check_keys(body);
    const json now = to_json(before);
    for (const char* fixed : {"name", "type", "stream"})
        if (body.contains(fixed) && body.at(fixed) != now.at(fixed))
            refuse(fmt::format("{}: of a toxic that is there only toxicity and attributes can "
                               "change; delete it and add another",
                               fixed));
    toxic made = before;
    made.toxicity = parse_toxicity(body, before.toxicity);
    if (body.contains("attributes")) made.attributes.update(body.at("attributes"));
    return made;
}

json to_json(const toxic& one)
{
    return {{"name", one.name},
            {"type", one.type},
            {"stream", stream_name(one.stream)},
            {"toxicity", one.toxicity},
            {"attributes", one.attributes}};
}

impairments apply(const impairments& before, const toxic& one)
{
    if (const auto* const row = link::find_impairment(one.type))
        return apply_impairment(before, one, *row);
    if (one.type == "slow_close")
        refuse("type: slow_close has no counterpart here: a link does not see a close coming; "
               "delay keeps the end of a stream back as well");
    if (std::ranges::find(toxiproxy_types, one.type) == std::end(toxiproxy_types))
        refuse(fmt::format("type: there is no \"{}\"; expected one of {}, {}", one.type,
                           fmt::join(toxiproxy_types, ", "),
                           fmt::join(link::impairment_keys(), ", ")));
    if (one.toxicity != 1 && one.type != "reset_peer")
        refuse(fmt::format("toxicity: {} applies to everything or nothing; leave toxicity out or "
                           "set it to 1",
                           one.type));
    impairments now = before;
    apply_toxiproxy_type(now, one);
    return now;
}

void refuse_files(const json& impairments)
{
    if (!impairments.is_object()) return;
    const auto rate = impairments.find("rate");
    if (rate != impairments.end() && rate->is_object() && rate->contains("trace") &&
        rate->at("trace").is_string())
        refuse("rate/trace: no file can be named here; expected its numbers as a list");
    for (const char* holder : {"up", "down"})
        if (impairments.contains(holder)) refuse_files(impairments.at(holder));
}

} // namespace badwire::control
