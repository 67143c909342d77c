#include "sim/link/trace.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace badwire::link {
namespace {

// Names come from people and may hold any bytes: quoted as JSON requires.
std::string quoted(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The beginning of a line, up to the packet's fate.
std::string line_start(duration time, std::string_view link, direction which,
                       std::string_view flow_name, std::size_t bytes, std::uint64_t index)
{
    return fmt::format(
        R"({{"time_ns":{},"link":{},"direction":"{}","flow":{},"index":{},"bytes":{},)",
        time.count(), quoted(link), to_string(which), quoted(flow_name), index, bytes);
}

} // namespace

std::string trace_line(duration time, std::string_view link, direction which,
                       std::string_view flow_name, std::size_t bytes, const fate& decided,
                       const segment* tcp)
{
    std::string line = line_start(time, link, which, flow_name, bytes, decided.at.index);
    line += fmt::format(R"("content":"{:016x}","occurrence":{},)", decided.at.content,
                        decided.at.occurrence);
    if (tcp != nullptr) line += fmt::format(R"("words":"{}",)", words_of(*tcp));
    if (decided.dropped) {
        line += fmt::format(R"("fate":"dropped","rule":"{}")", to_string(decided.why));
        // fmt writes the shortest text that reads back to the same double.
        if (decided.why == cause::loss)
            line +=
                fmt::format(R"(,"asked":{},"drawn":{})", decided.loss_asked, decided.loss_drawn);
        if (decided.why == cause::aqm && decided.aqm_asked > 0)
            line += fmt::format(R"(,"asked":{},"drawn":{})", decided.aqm_asked, decided.aqm_drawn);
        if (decided.queued > duration(0) && decided.why != cause::loss)
            line += fmt::format(R"(,"queued_ns":{})", decided.queued.count());
    } else {
        line += fmt::format(R"("fate":"delivered","delay_ns":{})", decided.delay.count());
        if (decided.queued > duration(0))
            line += fmt::format(R"(,"queued_ns":{})", decided.queued.count());
        if (decided.rebound) line += R"(,"rebound":true)";
        if (decided.copies > 0) line += fmt::format(R"(,"copies":{})", decided.copies);
        if (decided.flip_bits > 0) line += fmt::format(R"(,"flipped_bits":{})", decided.flip_bits);
        if (decided.overtakers > 0) line += fmt::format(R"(,"overtakers":{})", decided.overtakers);
    }
    if (decided.ecn > 0) line += fmt::format(R"(,"ecn":{})", decided.ecn);
    if (decided.marked) line += R"(,"marked":true)";
    if (decided.exact > 0) line += fmt::format(R"(,"exact":{})", decided.exact);
    line += '}';
    return line;
}

std::string undeliverable_line(duration time, std::string_view link, direction which,
                               std::string_view flow_name, std::size_t bytes, std::uint64_t index,
                               std::string_view reason)
{
    return line_start(time, link, which, flow_name, bytes, index) +
           fmt::format(R"("fate":"undeliverable","reason":{}}})", quoted(reason));
}

} // namespace badwire::link
