#include "sim/link/flows_json.hpp"

#include <nlohmann/json.hpp>

#include "sim/link/counters_json.hpp"

namespace badwire::link {

nlohmann::json flows_json(const lane& up, const lane& down)
{
    nlohmann::json told = nlohmann::json::object();
    for (const lane* along : {&up, &down}) {
        const char* const which = along == &up ? "up" : "down";
        counters others = along->forgotten();
        along->each_flow([&](std::string_view name, const counters& count) {
            const std::string key(name);
            if (told.contains(key) || told.size() < flows_told) told[key][which] = to_json(count);
            else others += count;
        });
        if (others != counters{}) told["(others)"][which] = to_json(others);
    }
    return told;
}

} // namespace badwire::link
