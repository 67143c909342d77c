#include "sim/link/options_json.hpp"

#include <array>

#include <fmt/format.h>

#include "sim/link/impairment/row.hpp"
#include "sim/link/presets.hpp"
#include "sim/link/schedule_json.hpp"

namespace badwire::link {
namespace {

constexpr std::array<std::string_view, 6> link_keys{"up",       "down",       "preset",
                                                    "schedule", "keep_ports", "bottleneck"};
constexpr std::array<std::string_view, 2> bottleneck_keys{"rate", "aqm"};
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

// A link whose bottleneck is another's, too, has no rate of its own, now or later.
void check_no_own_rate(const reading& link)
{
    const auto refuse = [&](const reading& part) {
        for (const std::string_view key : bottleneck_keys)
            part.with(key, [&](const reading& own) {
                own.wrong(fmt::format("the link passes the bottleneck \"{}\", which has the {}: "
                                      "change it there, or leave \"bottleneck\" out",
                                      link.at("bottleneck").value().get<std::string>(), key));
            });
    };
    const auto refuse_in = [&](const reading& part) {
        refuse(part);
        for (const char* way : {"up", "down"})
            if (part.has(way)) refuse(part.at(way));
    };
    refuse_in(link);
    link.with("schedule", [&](const reading& schedule) {
        const reading changes = schedule.has("changes") ? schedule.at("changes") : schedule;
        if (changes.value().is_array()) changes.each(refuse_in);
    });
}

// What a link has from the bottleneck that it shares.
std::array<impairments, 2> shared_by(const reading& link, const surroundings& around,
                                     std::string& name)
{
    std::array<impairments, 2> has;
    link.with("bottleneck", [&](const reading& which) {
        if (around.bottlenecks.empty())
            which.wrong("no bottleneck has been declared that links could share: a scenario does "
                        R"(so, beside its links, as {"bottlenecks": {"isp": {"rate": …}}})");
        std::vector<std::string_view> names;
        for (const auto& [known, its] : around.bottlenecks) names.push_back(known);
        name = which.text("the name of a bottleneck");
        const auto known = around.bottlenecks.find(name);
        if (known == around.bottlenecks.end())
            which.wrong("no such bottleneck" + suggestion(name, names));
        has = known->second;
        check_no_own_rate(link);
    });
    return has;
}

// It has what the bottleneck has, whatever a preset says.
void pass_through(const std::array<impairments, 2>& shared, link_options& link)
{
    const auto narrow = [](const impairments& at, impairments& asked) {
        asked.rate = at.rate;
        asked.aqm = at.aqm;
    };
    narrow(shared[0], link.up);
    narrow(shared[1], link.down);
    for (change& one : link.up_changes) narrow(shared[0], one.now);
    for (change& one : link.down_changes) narrow(shared[1], one.now);
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

std::map<std::string, std::array<impairments, 2>, std::less<>>
read_bottlenecks(const reading& at, const surroundings& around)
{
    constexpr std::string_view what =
        R"(a bottleneck such as {"rate": "10Mbit/s", "aqm": "codel", "down": {"rate": "50Mbit/s"}})";
    std::map<std::string, std::array<impairments, 2>, std::less<>> all;
    at.check_object(R"(bottlenecks by name such as {"isp": {"rate": "10Mbit/s"}})");
    at.each([&](const std::string& name, const reading& one) {
        auto& made = all[name]; // it exists, although it may be flawed
        one.check_object(what, {"rate", "aqm", "up", "down"});
        for (const char* way : {"up", "down"})
            one.with(way,
                     [&](const reading& inside) { inside.check_object(what, bottleneck_keys); });
        made = {read_direction_over({}, one, direction::up, around),
                read_direction_over({}, one, direction::down, around)};
        const auto has_rate = [&](const char* way) {
            return one.has(way) && one.at(way).has("rate");
        };
        if (!one.has("rate") && !has_rate("up") && !has_rate("down")) one.expected(what);
    });
    return all;
}

link_options read_link_options(const reading& all, const surroundings& around)
{
    all.check_object(R"(a link such as {"loss": 0.05, "delay": "5ms"})",
                     with_impairments({}, link_keys));
    link_options read;
    const auto shared = shared_by(all, around, read.bottleneck);
    read.up = read_direction_over(shared[0], all, direction::up, around);
    read.down = read_direction_over(shared[1], all, direction::down, around);
    all.with("keep_ports", [&](const reading& wanted) { read.keep_ports = wanted.truth(); });
    all.with("schedule", [&](const reading& schedule) { read_schedule(schedule, read, around); });
    if (!read.bottleneck.empty()) pass_through(shared, read);
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
    if (options.bottleneck.empty()) return made;
    made["bottleneck"] = options.bottleneck;
    const auto leave_out = [](nlohmann::json& part) {
        for (const std::string_view key : bottleneck_keys) part.erase(std::string(key));
    };
    for (const char* way : {"up", "down"}) {
        leave_out(made[way]);
        if (made.contains("schedule"))
            for (nlohmann::json& one : made["schedule"])
                if (one.contains(way)) leave_out(one[way]);
    }
    return made;
}

} // namespace badwire::link
