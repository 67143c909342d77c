#include "sim/link/strikes.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/link/impairment/row.hpp"

namespace badwire::link {

std::uint64_t strikes::of(std::string_view impairment) const
{
    return by_impairment.at(place_in_table(impairment));
}

nlohmann::json strikes_json(const strikes& count, const impairments& asked,
                            const std::vector<change>& changes)
{
    nlohmann::json made{{"struck", nlohmann::json::object()},
                        {"connections", count.connections},
                        {"last_used_ms", nullptr}};
    for (const impairment_row& row : impairment_table()) {
        const bool ever = row.asked(asked) || std::ranges::any_of(changes, [&](const change& one) {
                              return row.asked(one.now);
                          });
        if (ever) made["struck"][std::string(row.key)] = count.of(row.key);
    }
    for (const rule_strikes& rule : count.rules)
        made["rules"].push_back({{"rule", nlohmann::json::parse(rule.written)},
                                 {"matched", rule.matched},
                                 {"struck", rule.struck}});
    if (count.last_used)
        made["last_used_ms"] = std::chrono::duration<double, std::milli>(*count.last_used).count();
    return made;
}

nlohmann::json partitions_json(const partition_state& all)
{
    auto made = nlohmann::json::object();
    for (std::size_t i = 0; i < all.all().size(); ++i) made[all.all()[i].name] = all.struck()[i];
    return made;
}

} // namespace badwire::link
