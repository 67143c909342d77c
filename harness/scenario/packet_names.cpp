#include "harness/scenario/packet_names.hpp"

#include <algorithm>
#include <ranges>

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

// All rules of segments that hold of this one and that name() may give: each has to count it.
std::vector<json> choices_of(const link::segment& tcp)
{
    using enum link::segment_kind;
    std::vector<json> choices;
    for (const auto kind : {syn, syn_ack, rst})
        if (tcp.is(kind)) choices.push_back({{"tcp", link::to_string(kind)}});
    if (tcp.is(data))
        choices.push_back({{"tcp", {{"kind", "data"}, {"from_byte", tcp.first_byte()}}}});
    for (const auto kind : {fin, ack})
        if (tcp.is(kind)) choices.push_back({{"tcp", link::to_string(kind)}});
    return choices;
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

json numbered(std::uint64_t nth, const std::optional<link::segment>& tcp)
{
    if (!tcp) return {{"nth", nth}};
    return tcp->neither() ? json() : json{{"tcp", "any"}, {"nth", nth}};
}

json packet_names::next(const std::string& link, link::direction which, const std::string& flow,
                        std::span<const std::byte> payload, const std::optional<link::segment>& tcp)
{
    if (tcp && tcp->neither()) return {};
    if (tcp) return count(link, which, flow, choices_of(*tcp));
    std::vector<json> choices(1, json::object());
    choices.front()["match"] = match_of(payload, wires_);
    return count(link, which, flow, std::move(choices));
}

json packet_names::count(const std::string& link, link::direction which, const std::string& flow,
                         std::vector<json> choices)
{
    std::uint64_t nth = 0;
    for (const json& one : choices | std::views::reverse)
        nth = ++seen_[{link, which, flow, one.dump()}];
    json named = std::move(choices.front());
    named["flow"] = flow;
    named["nth"] = nth;
    return named;
}

} // namespace badwire::harness
