#include "impl/wire/lines.hpp"

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/net/basics.hpp"
#include "impl/wire/frame.hpp"

namespace badwire::wire {

lines_plan plan_lines(std::string_view contents)
{
    lines_plan plan{{}, true};
    std::size_t begin = 0;
    while (begin < contents.size()) {
        const std::size_t newline = contents.find('\n', begin);
        const bool terminated = newline != std::string_view::npos;
        const std::size_t end = terminated ? newline : contents.size();
        std::string_view line = contents.substr(begin, end - begin);
        if (line.size() > datagram_size_max)
            throw net::failure(fmt::format("line {} has {} bytes, more than the {} that fit into a "
                                           "datagram; send the file with --mode stop-and-wait",
                                           plan.datagrams.size() + 1, line.size(),
                                           datagram_size_max));
        if (line == lines_end) line = "__END__\n";
        if (!terminated) {
            const std::size_t before =
                begin < 2 ? 0 : contents.rfind('\n', begin - 2) + 1; // npos + 1 is 0
            plan.exact = begin > 0 && contents.size() - before <= datagram_size_max;
            if (plan.exact) {
                line = contents.substr(before);
                plan.datagrams.pop_back();
            }
        }
        plan.datagrams.push_back(line);
        begin = end + 1;
    }
    return plan;
}

bool lines_receiver::on_datagram(std::span<const std::byte> bytes)
{
    const std::string_view line = as_text(bytes);
    if (line == lines_end) {
        sink_->commit();
        return true;
    }
    sink_->write(bytes);
    received_ += bytes.size();
    if (line.find('\n') == std::string_view::npos) {
        sink_->write(as_bytes("\n"));
        ++received_;
    }
    return false;
}

} // namespace badwire::wire
