#include "sim/link/trace.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace badwire::link {
namespace {

// Names come from people: quoted as JSON wants it, whatever bytes they hold.
std::string quoted(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Everything up to what became of the packet.
std::string line_start(duration time, std::string_view link, direction which,
                       std::string_view flow_name, std::size_t bytes, std::uint64_t index)
{
    return fmt::format(
        R"({{"time_ns":{},"link":{},"direction":"{}","flow":{},"index":{},"bytes":{},)",
        time.count(), quoted(link), to_string(which), quoted(flow_name), index, bytes);
}

} // namespace

std::string trace_line(duration time, std::string_view link, direction which,
                       std::string_view flow_name, std::size_t bytes, const impairments& asked,
                       const fate& decided)
{
    std::string line = line_start(time, link, which, flow_name, bytes, decided.at.index);
    line += fmt::format(R"("content":"{:016x}","occurrence":{},)", decided.at.content,
                        decided.at.occurrence);
    if (decided.dropped)
        // fmt writes the shortest text that reads back to the same double.
        line += fmt::format(R"("fate":"dropped","rule":"loss","asked":{},"drawn":{}}})", asked.loss,
                            decided.loss_drawn);
    else line += fmt::format(R"("fate":"delivered","delay_ns":{}}})", decided.delay.count());
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
