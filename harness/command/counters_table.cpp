#include "harness/command/counters_table.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/link/counters_json.hpp"

namespace badwire::harness {
namespace {

std::string row(std::string_view name, const nlohmann::json& up, const nlohmann::json& down)
{
    return fmt::format("{:<18}{:>12}{:>12}\n", name, up.dump(), down.dump());
}

bool is_zero(const nlohmann::json& up, const nlohmann::json& down) { return up == 0 && down == 0; }

// Where connections were carried as streams.
std::string segments_table(const nlohmann::json& up, const nlohmann::json& down)
{
    struct line {
        std::string_view title, key;
        bool always;
    };
    constexpr std::array<line, 7> lines{{{"sent", "segments", true},
                                         {"lost", "lost", true},
                                         {"sent again", "retransmitted", true},
                                         {"ACKs lost", "acknowledgments_lost", false},
                                         {"timeouts", "timeouts", false},
                                         {"stalls", "stalls", false},
                                         {"longest (ms)", "longest_stall_ms", false}}};
    const nlohmann::json none = link::to_json(link::stream_counters());
    const auto of = [&](const nlohmann::json& way) { return way.value("tcp", none); };
    const nlohmann::json sent = of(up), back = of(down);
    if (sent == none && back == none) return {};
    std::string table = fmt::format("{:<18}{:>12}{:>12}\n", "TCP SEGMENTS", "UP", "DOWN");
    for (const line& one : lines)
        if (one.always || !is_zero(sent.at(one.key), back.at(one.key)))
            table += row(one.title, sent.at(one.key), back.at(one.key));
    return table;
}

} // namespace

std::string counters_table(const nlohmann::json& state)
{
    const nlohmann::json& up = state.at("up");
    const nlohmann::json& down = state.at("down");
    std::string table = fmt::format("{:<18}{:>12}{:>12}\n", "DATAGRAMS", "UP", "DOWN");
    for (const auto& [name, _] : link::named_counters) {
        const bool always = name == "offered" || name == "delivered" || name == "dropped";
        if (always || !is_zero(up.at(name), down.at(name)))
            table += row(name, up.at(name), down.at(name));
        if (name == "undeliverable" && !is_zero(up.at("in_flight"), down.at("in_flight")))
            table += row("in_flight", up.at("in_flight"), down.at("in_flight"));
        if (name != "dropped") continue;
        for (const auto& [cause, count] : up.at("dropped_by").items())
            if (const nlohmann::json& back = down.at("dropped_by").at(cause); !is_zero(count, back))
                table += row("  by " + cause, count, back);
    }
    table += segments_table(up, down);
    if (const nlohmann::json& late = state.at("lateness_ms"); late.at("samples") != 0)
        table += fmt::format("{:<18}p50 {:.3f}, p99 {:.3f}, max {:.3f}\n", "late by (ms)",
                             late.at("p50").get<double>(), late.at("p99").get<double>(),
                             late.at("max").get<double>());
    if (const nlohmann::json& refused = state.at("refused"); refused != 0)
        table += fmt::format("{:<18}{:>12}\n", "clients refused", refused.dump());
    if (const nlohmann::json& lost = state.at("dropped_by_kernel"); lost != 0)
        table += fmt::format("{:<18}{:>12}   at the relay's own sockets, whose buffers were full\n",
                             "lost by the kernel", lost.dump());
    return table;
}

std::string counters_line(const nlohmann::json& state)
{
    const auto told = [&state](const char* way) {
        const nlohmann::json& count = state.at(way);
        std::string line =
            fmt::format("{} {} offered, {} dropped", way, count.at("offered").get<std::uint64_t>(),
                        count.at("dropped").get<std::uint64_t>());
        if (const auto tcp = count.find("tcp"); tcp != count.end())
            line += fmt::format("; TCP {} sent, {} lost", tcp->at("segments").get<std::uint64_t>(),
                                tcp->at("lost").get<std::uint64_t>());
        return line;
    };
    return told("up") + "   " + told("down");
}

} // namespace badwire::harness
