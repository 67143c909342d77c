#include "sim/link/options_json.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::link {
namespace {

constexpr std::array<std::string_view, 5> link_keys{"up", "down", "schedule", "keep_ports",
                                                    "bottleneck"};
constexpr std::array<std::string_view, 2> bottleneck_keys{"rate", "aqm"};
constexpr std::array<std::string_view, 2> change_keys{"at", "for"};
constexpr std::size_t changes_max = 10'000; // of a schedule
constexpr std::size_t changes_at_once_max = 100;
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

impairments direction_over(const impairments& before, const reading& at, direction which,
                           const surroundings& around)
{
    impairments read = override_with(before, at, around);
    at.with(which == direction::up ? "up" : "down", [&](const reading& inside) {
        inside.check_object(direction_what, impairment_keys());
        read = override_with(std::move(read), inside, around);
    });
    return read;
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

void write_changes(nlohmann::json& schedule, const char* key, const std::vector<change>& changes)
{
    for (const change& one : changes)
        schedule.push_back({{"at", format_duration(one.at)}, {key, written(one.now, true)}});
}

// A part of the schedule: from `at` on, or only until `until`.
struct part {
    reading says;
    duration at;
    duration until;
};

std::vector<part> parse_schedule(const reading& schedule, const surroundings& around)
{
    constexpr std::string_view what = R"(changes such as [{"at": "2s", "for": "1s", "cut": true}])";
    schedule.check_array(what);
    if (schedule.size() > changes_max)
        schedule.wrong(fmt::format("a schedule has at most {} changes", changes_max));
    std::vector<part> parts;
    schedule.each([&](const reading& one) {
        one.check_object(what, with_impairments(change_keys, std::span(link_keys).first(2)));
        for (const auto which : {direction::up, direction::down}) // read even if it never holds
            direction_over({}, one, which, around);
        if (!one.has("at")) one.expected(R"(a change with a time such as {"at": "2s", "loss": 1})");
        const auto at = one.at("at").time();
        auto until = duration::max();
        one.with("for", [&](const reading& lasts) { until = at + lasts.time(); });
        parts.push_back({one, at, until});
    });
    std::ranges::stable_sort(parts, {}, &part::at);
    return parts;
}

// What holds after each moment at which something begins or ends: first the changes for good, then
// those for a while, which override them. `parts` are in the order in which they begin.
std::vector<change> changes_of(const impairments& base, const std::vector<part>& parts,
                               direction which, const surroundings& around)
{
    std::set<duration> moments;
    for (const part& one : parts) {
        moments.insert(one.at);
        if (one.until != duration::max()) moments.insert(one.until);
    }
    std::vector<change> made;
    impairments for_good = base;
    std::vector<const part*> for_a_while; // that hold, in the order in which they began
    auto next = parts.begin();
    for (const duration moment : moments) {
        std::erase_if(for_a_while, [&](const part* one) { return one->until <= moment; });
        for (; next != parts.end() && next->at <= moment; ++next) {
            if (next->until == duration::max())
                for_good = direction_over(for_good, next->says, which, around);
            else if (next->until > moment) for_a_while.push_back(&*next);
        }
        if (for_a_while.size() > changes_at_once_max)
            for_a_while.back()->says.wrong(
                fmt::format("more than {} changes hold at the same time", changes_at_once_max));
        impairments now = for_good;
        for (const part* one : for_a_while) now = direction_over(now, one->says, which, around);
        made.push_back({moment, std::move(now)});
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
    if (link.has("schedule") && link.at("schedule").value().is_array())
        link.at("schedule").each(refuse_in);
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

} // namespace

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
        made = {direction_over({}, one, direction::up, around),
                direction_over({}, one, direction::down, around)};
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
    std::string bottleneck;
    const auto shared = shared_by(all, around, bottleneck);
    link_options read{.up = direction_over(shared[0], all, direction::up, around),
                      .down = direction_over(shared[1], all, direction::down, around)};
    read.bottleneck = std::move(bottleneck);
    all.with("keep_ports", [&](const reading& wanted) { read.keep_ports = wanted.truth(); });
    all.with("schedule", [&](const reading& schedule) {
        const auto parts = parse_schedule(schedule, around);
        read.up_changes = changes_of(read.up, parts, direction::up, around);
        read.down_changes = changes_of(read.down, parts, direction::down, around);
    });
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
    for (const char* name : {"up", "down"}) common.erase(name);
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
    if (!options.up_changes.empty() || !options.down_changes.empty()) {
        write_changes(made["schedule"], "up", options.up_changes);
        write_changes(made["schedule"], "down", options.down_changes);
    }
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
