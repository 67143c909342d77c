#include "harness/command/ladder.hpp"

#include <fmt/format.h>

#include "harness/scenario/packet_names.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

std::string became(const seen_packet& one)
{
    if (one.met.dropped) return "✗ " + one.why;
    std::string told = one.left ? "arrives at " + format_duration(*one.left) : "never arrives";
    if (!one.why.empty()) told += "; " + one.why;
    return told;
}

} // namespace

std::string ladder(const std::vector<seen_packet>& packets, const scenario& of)
{
    std::string all = fmt::format("{:>14}  {:<24} {:<12} {:<26} {}\n", "TIME", "FROM, TO", "LINK",
                                  "PACKET", "WHAT BECAME OF IT");
    const auto wires = wires_of(of);
    for (const seen_packet& one : packets) {
        const auto [from, to] = ends_of(one.flow, one.which, of);
        const bool up = one.which == link::direction::up;
        all += fmt::format("{:>14}  {:<24} {:<12} {:<26} {}\n", format_duration(one.at),
                           up ? fmt::format("{} ──▶ {}", from, to)
                              : fmt::format("{} ◀── {}", to, from),
                           one.link, packet_words(one.payload, wires, one.tcp), became(one));
    }
    return all;
}

} // namespace badwire::harness
