#include "harness/scenario/packet_names.hpp"

#include <algorithm>

namespace badwire::harness {
namespace {

json match_of(std::span<const std::byte> payload, const link::wire_tables& wires)
{
    if (json fields = packet_fields(payload, wires); !fields.is_null()) return fields;
    constexpr std::size_t prefix_max = 32;
    json match{{"size", payload.size()}};
    if (!payload.empty())
        match["bytes"] = hexadecimal(payload.first(std::min(payload.size(), prefix_max)));
    return match;
}

} // namespace

std::pair<std::string, std::string> ends_of(const std::string& flow, link::direction which,
                                            const scenario& of)
{
    std::pair<std::string, std::string> ends{flow, ""};
    if (const auto between = flow.find('>'); between != std::string::npos)
        ends = {flow.substr(0, between), flow.substr(between + 1)};
    else if (const process_spec* const client = of.find(flow)) ends.second = client->to;
    if (which == link::direction::down) std::swap(ends.first, ends.second);
    return ends;
}

json packet_names::next(const std::string& link, link::direction which, const std::string& flow,
                        std::span<const std::byte> payload)
{
    json match = match_of(payload, wires_);
    const auto nth = ++seen_[{link, which, flow, match.dump()}];
    return {{"match", std::move(match)}, {"flow", flow}, {"nth", nth}};
}

} // namespace badwire::harness
