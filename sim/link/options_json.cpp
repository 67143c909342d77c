#include "sim/link/options_json.hpp"

#include <array>

#include "sim/link/impairment/row.hpp"
#include "sim/link/presets.hpp"
#include "sim/link/schedule_json.hpp"

namespace badwire::link {
namespace {

constexpr std::array<std::string_view, 5> link_keys{"up", "down", "preset", "schedule",
                                                    "keep_ports"};
constexpr std::string_view direction_what = R"(an object such as {"loss": 0.05, "delay": "5ms"})";

// The keys of impairments, between other keys of the object that holds them.
std::vector<std::string_view> with_impairments(std::span<const std::string_view> before,
                                               std::span<const std::string_view> after)
{
    std::vector<std::string_view> all;
    for (const auto keys : {before, impairment_keys(), after})
        all.insert(all.end(), keys.begin(), keys.end());
    return all;
}

// What `at` asks for; the rest stays as before.
impairments override_with(impairments before, const reading& at, const surroundings& around)
{
    for (const impairment_row& one : impairment_table())
        at.with(one.key, [&](const reading& value) { one.read(value, around, before); });
    return before;
}

// The impairments that are asked for; with `all` also the defaults of the others, so that reading
// them back replaces every value that held before.
nlohmann::json written(const impairments& asked, bool all)
{
    auto made = nlohmann::json::object();
    for (const impairment_row& one : impairment_table()) {
        if (one.asked(asked) || one.always_written) made[std::string(one.key)] = one.write(asked);
        else if (all) made[std::string(one.key)] = nlohmann::json::parse(one.nothing);
    }
    return made;
}

} // namespace

impairments read_direction_over(const impairments& before, const reading& at, direction which,
                                const surroundings& around)
{
    impairments read = before;
    at.with("preset", [&](const reading& name) { read = preset_over(before, name, which); });
    read = override_with(std::move(read), at, around);
    at.with(which == direction::up ? "up" : "down", [&](const reading& inside) {
        inside.check_object(direction_what, impairment_keys());
        read = override_with(std::move(read), inside, around);
    });
    return read;
}

nlohmann::json written_whole(const impairments& asked) { return written(asked, true); }

link_options read_link_options(const reading& all, const surroundings& around)
{
    all.check_object(R"(a link such as {"loss": 0.05, "delay": "5ms"})",
                     with_impairments({}, link_keys));
    link_options read{.up = read_direction_over({}, all, direction::up, around),
                      .down = read_direction_over({}, all, direction::down, around)};
    all.with("keep_ports", [&](const reading& wanted) { read.keep_ports = wanted.truth(); });
    all.with("schedule", [&](const reading& schedule) { read_schedule(schedule, read, around); });
    return read;
}

impairments read_impairments_over(const impairments& before, const reading& at,
                                  const surroundings& around)
{
    at.check_object(direction_what, impairment_keys());
    return override_with(before, at, around);
}

std::array<impairments, 2> read_changes(const std::array<impairments, 2>& before, const reading& at,
                                        const surroundings& around)
{
    auto now = before;
    nlohmann::ordered_json common = at.value();
    for (const char* name : {"up", "down", "preset"}) common.erase(name);
    at.with("preset", [&](const reading& name) {
        now = {preset_over(now[0], name, direction::up),
               preset_over(now[1], name, direction::down)};
    });
    const reading both(common, at.found());
    for (std::size_t way = 0; way < now.size(); ++way) {
        at.attempt([&] { now[way] = read_impairments_over(now[way], both, around); });
        at.with(way == 0 ? "up" : "down", [&](const reading& own) {
            now[way] = read_impairments_over(now[way], own, around);
        });
    }
    return now;
}

link_options parse_link_options(const nlohmann::ordered_json& json, const surroundings& around)
{
    return read_document(json, [&](const reading& all) { return read_link_options(all, around); });
}

nlohmann::json to_json(const impairments& asked) { return written(asked, false); }

nlohmann::json to_json(const link_options& options)
{
    nlohmann::json made{{"up", to_json(options.up)}, {"down", to_json(options.down)}};
    if (auto schedule = write_schedule(options); !schedule.is_null())
        made["schedule"] = std::move(schedule);
    if (options.keep_ports) made["keep_ports"] = true;
    return made;
}

} // namespace badwire::link
