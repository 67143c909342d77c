#include <algorithm>
#include <array>

#include "sim/link/impairment/rows.hpp"

namespace badwire::link {
namespace {

const auto& rows()
{
    static const std::array table{loss_row(),    delay_row(),  duplicate_row(), reorder_row(),
                                  corrupt_row(), rate_row(),   aqm_row(),       mtu_row(),
                                  cut_row(),     rebind_row(), exact_row(),     tcp_row()};
    return table;
}

} // namespace

std::span<const impairment_row> impairment_table() { return rows(); }

const impairment_row* find_impairment(std::string_view key)
{
    const auto found = std::ranges::find(rows(), key, &impairment_row::key);
    return found == rows().end() ? nullptr : &*found;
}

std::size_t place_in_table(std::string_view key)
{
    return static_cast<std::size_t>(std::ranges::find(rows(), key, &impairment_row::key) -
                                    rows().begin());
}

std::span<const std::string_view> impairment_keys()
{
    static const auto keys = [] {
        std::vector<std::string_view> made;
        for (const impairment_row& one : rows()) made.push_back(one.key);
        return made;
    }();
    return keys;
}

bool draws_by_contents(const impairments& asked)
{
    return std::ranges::any_of(rows(), [&](const impairment_row& one) {
        return one.draws != nullptr && one.draws(asked);
    });
}

bool leaves_datagrams_alone(const impairments& asked)
{
    return std::ranges::none_of(
        rows(), [&](const impairment_row& one) { return one.of_datagrams && one.asked(asked); });
}

bool needs_arrival_times(const impairments& asked)
{
    return std::ranges::any_of(rows(), [&](const impairment_row& one) {
        return one.needs_arrival_times && one.asked(asked);
    });
}

std::string_view to_string(cause why)
{
    if (why == cause::partition) return "partition"; // of processes: no row of a link's own
    const auto found = std::ranges::find(rows(), why, &impairment_row::drops_as);
    return why == cause::none ? "none" : found->drops_called;
}

} // namespace badwire::link
