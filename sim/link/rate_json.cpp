#include <fstream>

#include <fmt/format.h>

#include "sim/link/impairments_json.hpp"

namespace badwire::link {
namespace {

// One number a line, as mahimahi reads it.
std::vector<std::uint32_t> read_trace(const reading& at, const std::filesystem::path& file)
{
    std::ifstream lines(file);
    if (!lines) at.wrong(fmt::format("cannot read {}", file.string()));
    std::vector<std::uint32_t> read;
    std::string line;
    while (std::getline(lines, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        std::size_t used = 0;
        unsigned long number = UINT32_MAX;
        try {
            number = std::stoul(line, &used);
        } catch (const std::exception&) {
            used = 0;
        }
        if (used == 0 || used != line.size() || number >= UINT32_MAX || line.front() == '-')
            at.wrong(fmt::format("{}, line {}: expected a time in milliseconds, found \"{}\"",
                                 file.string(), read.size() + 1, line.substr(0, 40)));
        read.push_back(static_cast<std::uint32_t>(number));
    }
    return read;
}

std::shared_ptr<const delivery_trace> parse_trace(const reading& at, const surroundings& around)
{
    delivery_trace read;
    if (at.value().is_string()) {
        read.file = (around.folder / at.text("")).string();
        read.at_ms = read_trace(at, read.file);
    } else {
        at.check_array("a file, or times in milliseconds such as [0, 4, 4, 9]");
        at.each([&](const reading& time) {
            read.at_ms.push_back(static_cast<std::uint32_t>(
                time.whole("a time in milliseconds", 0, UINT32_MAX - 1)));
        });
        if (read.at_ms.size() < at.size()) return {}; // the mistakes are noted
    }
    if (!std::ranges::is_sorted(read.at_ms)) at.wrong("expected times that do not fall");
    if (read.at_ms.empty() || read.at_ms.back() == 0)
        at.wrong("expected a trace that lasts longer than nothing");
    return std::make_shared<const delivery_trace>(std::move(read));
}

} // namespace

rate_model parse_rate(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(a rate such as "20Mbit/s", or {"limit": "20Mbit/s", "queue": {"packets": 100}}, )"
        R"(or {"trace": FILE}; null: no limit)";
    rate_model read;
    if (at.value().is_null()) return read;
    if (!at.value().is_object()) {
        read.bits_per_second = at.bits_per_second();
        return read;
    }
    at.check_object(what, {"limit", "trace", "queue", "overhead"});
    if (at.has("limit") == at.has("trace")) at.expected(what);
    at.with("limit", [&](const reading& limit) { read.bits_per_second = limit.bits_per_second(); });
    at.with("trace", [&](const reading& trace) { read.trace = parse_trace(trace, around); });
    at.with("queue", [&](const reading& queue) {
        constexpr std::string_view such = R"({"packets": 100}, {"bytes": "64KiB"} or both)";
        constexpr std::uint64_t most = 10'000'000;
        queue.check_object(such, {"packets", "bytes"});
        if (queue.size() == 0) queue.expected(such);
        read.queue_packets = most;
        queue.with("packets", [&](const reading& packets) {
            read.queue_packets = packets.whole(such, 0, most);
        });
        queue.with("bytes",
                   [&](const reading& bytes) { read.queue_bytes = bytes.size_in_bytes(1); });
    });
    at.with("overhead", [&](const reading& bytes) {
        read.overhead_bytes = static_cast<std::uint32_t>(
            bytes.whole("bytes on top of each payload, such as 28", 0, 65535));
    });
    return read;
}

} // namespace badwire::link
