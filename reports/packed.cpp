#include "reports/packed.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <boost/beast/zlib/deflate_stream.hpp>
#include <nlohmann/json.hpp>

#include "reports/base64.hpp"

namespace badwire::reports {
namespace {

using nlohmann::json;

// The trace without the last column but those before it; what is no trace stays as it is.
std::string without_heads(const std::string& text)
{
    json trace = json::parse(text, nullptr, false);
    if (!trace.is_object() || !trace.contains("packets") || !trace["packets"].is_object())
        return text;
    json& packets = trace["packets"];
    const json columns = packets.value("columns", json::array());
    const auto head = std::find(columns.begin(), columns.end(), "head");
    if (head == columns.end() || !packets.contains("data")) return text;
    const auto place = static_cast<std::size_t>(head - columns.begin());
    for (json& row : packets["data"])
        if (row.is_array() && row.size() > place) row[place] = nullptr;
    return trace.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

std::string packed(std::string_view text)
{
    namespace zlib = boost::beast::zlib;
    constexpr int level = 6, window = 15, memory = 8;
    zlib::deflate_stream stream;
    stream.reset(level, window, memory, zlib::Strategy::normal);
    std::string out(stream.upper_bound(text.size()), '\0');
    zlib::z_params what;
    what.next_in = text.data();
    what.avail_in = text.size();
    what.next_out = out.data();
    what.avail_out = out.size();
    boost::beast::error_code ended;
    stream.write(what, zlib::Flush::finish, ended);
    if (ended != zlib::error::end_of_stream)
        throw std::logic_error("deflate did not end: " + ended.message());
    out.resize(what.total_out);
    return base64(out);
}

std::vector<packed_trace> pack_traces(const std::vector<std::string>& traces, std::size_t bytes_max)
{
    std::vector<packed_trace> made(traces.size());
    std::size_t all = 0;
    for (std::size_t i = 0; i < traces.size(); ++i) {
        if (!traces[i].empty()) made[i].data = packed(traces[i]);
        all += made[i].data.size();
    }
    const auto change_largest = [&](auto change) {
        std::vector<std::size_t> order(made.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, std::greater(),
                                 [&](std::size_t i) { return made[i].data.size(); });
        for (const std::size_t i : order) {
            if (all <= bytes_max || made[i].data.empty()) return;
            all -= made[i].data.size();
            change(i);
            all += made[i].data.size();
        }
    };
    change_largest([&](std::size_t i) {
        made[i] = {.data = packed(without_heads(traces[i])), .without_heads = true};
    });
    change_largest([&](std::size_t i) { made[i] = {.data = "", .left_out = true}; });
    return made;
}

} // namespace badwire::reports
