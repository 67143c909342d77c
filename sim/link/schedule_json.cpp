#include "sim/link/schedule_json.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::link {
namespace {

constexpr std::size_t changes_max = 10'000; // of a schedule, written out
constexpr std::size_t changes_at_once_max = 100;
constexpr duration holds_for_good = duration::max();
constexpr std::string_view such_changes =
    R"(changes such as [{"at": "2s", "for": "1s", "cut": true}])";

// An entry: from `at` on, or only for a while; once, or again and again.
struct part {
    std::optional<reading> says{}; // nothing: what the link asks for without a schedule
    duration at{0};
    duration lasts = holds_for_good;
    duration every{0};               // 0: once
    duration until = holds_for_good; // it comes no more

    bool comes_for_ever() const { return every > duration(0) && until == holds_for_good; }
};

// One time that a part holds.
struct occurrence {
    const part* of;
    duration begin, end;
};

duration end_of(const part& one, duration begin)
{
    const duration end = one.lasts == holds_for_good ? holds_for_good : begin + one.lasts;
    return one.every > duration(0) && one.lasts != holds_for_good ? std::min(end, one.until) : end;
}

void read_repetition(const reading& at, part& into)
{
    at.with("every", [&](const reading& time) {
        into.every = time.time();
        if (into.every == duration(0)) time.expected("a time above zero");
        if (into.lasts != holds_for_good && into.lasts >= into.every)
            time.wrong(fmt::format("holds for {} and comes again after {}; expected \"for\" to be "
                                   "less than \"every\"",
                                   format_duration(into.lasts), format_duration(into.every)));
    });
    at.with("until", [&](const reading& time) {
        into.until = time.time();
        if (!at.has("every")) time.wrong("\"until\" also needs a key \"every\"");
    });
}

part read_part(const reading& one, const surroundings& around, duration every)
{
    constexpr std::array<std::string_view, 7> own{"at", "for",  "every", "until",
                                                  "up", "down", "preset"};
    std::vector<std::string_view> keys(own.begin(), own.begin() + 4);
    keys.insert(keys.end(), impairment_keys().begin(), impairment_keys().end());
    keys.insert(keys.end(), own.begin() + 4, own.end());
    one.check_object(such_changes, keys);
    for (const auto which : {direction::up, direction::down}) // read even if it never holds
        read_direction_over({}, one, which, around);
    if (!one.has("at")) one.expected(R"(a change with a time such as {"at": "2s", "loss": 1})");
    part read{.says = one, .at = one.at("at").time()};
    one.with("for", [&](const reading& lasts) { read.lasts = lasts.time(); });
    read_repetition(one, read);
    if (every == duration(0)) return read;
    if (one.has("every")) one.at("every").wrong("the whole schedule comes again already");
    if (read.at >= every) one.at("at").expected("a time before the schedule begins again");
    if (read.lasts != holds_for_good && read.lasts >= every)
        one.at("for").expected("a time shorter than that after which the schedule begins again");
    read.every = every;
    return read;
}

std::vector<part> read_parts(const reading& schedule, const surroundings& around)
{
    std::vector<part> parts;
    duration every{0};
    const auto read_list = [&](const reading& list) {
        list.check_array(such_changes);
        if (list.size() > changes_max)
            list.wrong(fmt::format("a schedule has at most {} changes", changes_max));
        list.each([&](const reading& one) { parts.push_back(read_part(one, around, every)); });
    };
    if (!schedule.value().is_object()) {
        read_list(schedule);
        return parts;
    }
    constexpr std::string_view again =
        R"({"every": "10s", "changes": [{"at": "2s", "cut": true}]})";
    schedule.check_object(again, {"every", "changes"});
    if (!schedule.has("every") || !schedule.has("changes")) schedule.expected(again);
    every = schedule.at("every").time();
    if (every == duration(0)) schedule.at("every").expected("a time above zero");
    parts.push_back({.says = {}, .every = every});
    schedule.with("changes", read_list);
    return parts;
}

// The least common multiple of all periods; nothing where it is too long for a clock.
std::optional<duration> common_period(const std::vector<part>& parts)
{
    std::int64_t all = 1;
    for (const part& one : parts) {
        if (!one.comes_for_ever()) continue;
        const std::int64_t every = one.every.count();
        const std::int64_t factor = every / std::gcd(all, every);
        if (all > holds_for_good.count() / 4 / factor) return {};
        all *= factor;
    }
    return duration(all);
}

// When nothing new happens any more but what comes again.
duration settled_at(const std::vector<part>& parts)
{
    duration last{0};
    for (const part& one : parts) {
        last = std::max(last, one.at);
        if (!one.comes_for_ever() && one.lasts != holds_for_good)
            last = std::max(last, one.at + one.lasts);
        if (one.every > duration(0) && one.until != holds_for_good)
            last = std::max(last, one.until);
    }
    return last;
}

// What happens before `horizon`, in order of time; of what begins at the same time, the entries' own.
std::vector<occurrence> occurrences_of(const std::vector<part>& parts, duration horizon,
                                       const reading& schedule)
{
    std::vector<occurrence> all;
    for (const part& one : parts) {
        const duration last = std::min(horizon, one.until);
        if (one.every == duration(0)) {
            all.push_back({&one, one.at, end_of(one, one.at)});
            continue;
        }
        if ((last - one.at) / one.every + static_cast<std::int64_t>(all.size()) >
            static_cast<std::int64_t>(changes_max))
            schedule.wrong(
                fmt::format("comes again in the same order only after {}, which takes more "
                            "than {} changes; expected times that divide one another",
                            format_duration(*common_period(parts)), changes_max));
        for (duration at = one.at; at < last; at += one.every)
            all.push_back({&one, at, end_of(one, at)});
    }
    std::ranges::stable_sort(all, {}, &occurrence::begin);
    return all;
}

class changes_made {
public:
    changes_made(const impairments& base, direction which, const surroundings& around)
        : base_(base), which_(which), around_(around)
    {
    }

    // What holds after each moment at which something begins or ends: first the changes for good,
    // then those for a while, which override them.
    std::vector<change> of(const std::vector<occurrence>& all, const std::set<duration>& moments)
    {
        std::vector<change> made;
        impairments held = base_;
        std::vector<const occurrence*> for_a_while; // that hold, in the order in which they began
        auto next = all.begin();
        for (const duration moment : moments) {
            std::erase_if(for_a_while, [&](const occurrence* one) { return one->end <= moment; });
            for (; next != all.end() && next->begin <= moment; ++next) {
                if (next->end == holds_for_good) held = over(held, *next->of);
                else if (next->end > moment) for_a_while.push_back(&*next);
            }
            if (for_a_while.size() > changes_at_once_max)
                for_a_while.back()->of->says->wrong(
                    fmt::format("more than {} changes hold at the same time", changes_at_once_max));
            impairments now = held;
            for (const occurrence* one : for_a_while) now = over(now, *one->of);
            made.push_back({moment, std::move(now)});
        }
        return made;
    }

private:
    impairments over(const impairments& before, const part& one)
    {
        if (!one.says) return base_;
        around_.begins = one.at;
        around_.again = one.every;
        return read_direction_over(before, *one.says, which_, around_);
    }

    const impairments& base_;
    direction which_;
    surroundings around_;
};

// The last changes from `begin` on come again; as few as possible stand before them.
repetition repeated(std::vector<change>& changes, duration begin, duration every)
{
    const auto first = std::ranges::lower_bound(changes, begin, {}, &change::at);
    auto place = static_cast<std::size_t>(first - changes.begin());
    const auto comes_later = [&] {
        return place > 0 && changes.back().at - every == changes[place - 1].at &&
               changes.back().now == changes[place - 1].now;
    };
    while (comes_later()) {
        changes.pop_back();
        --place;
    }
    return {place, changes.size(), every};
}

void write_changes(nlohmann::json& schedule, const char* key, const std::vector<change>& changes,
                   const repetition& again)
{
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const bool comes_again = again.every > duration(0) && i >= again.first && i < again.end;
        nlohmann::json one{{"at", format_duration(changes[i].at)},
                           {key, written_whole(changes[i].now)}};
        if (comes_again) one["every"] = format_duration(again.every);
        if (comes_again && again.end < changes.size())
            one["until"] = format_duration(changes[again.end].at);
        schedule.push_back(std::move(one));
    }
}

} // namespace

void read_schedule(const reading& at, link_options& into, const surroundings& around)
{
    const auto before = at.found().count();
    const auto parts = read_parts(at, around);
    if (at.found().count() > before) return; // the mistakes are noted
    const bool comes_again = std::ranges::any_of(parts, &part::comes_for_ever);
    const auto period = common_period(parts);
    if (!period)
        at.wrong("comes again in the same order only after more than a hundred years; "
                 "expected times that divide one another");
    const duration settled = settled_at(parts) + *period;
    const duration horizon = comes_again ? settled + *period : holds_for_good;
    const auto all = occurrences_of(parts, horizon, at);
    std::set<duration> moments;
    for (const occurrence& one : all) {
        moments.insert(one.begin);
        if (one.end != holds_for_good) moments.insert(one.end);
    }
    moments.erase(moments.lower_bound(horizon), moments.end());
    for (const auto which : {direction::up, direction::down}) {
        const bool up = which == direction::up;
        auto& changes = up ? into.up_changes : into.down_changes;
        changes = changes_made(up ? into.up : into.down, which, around).of(all, moments);
        if (comes_again)
            (up ? into.up_again : into.down_again) = repeated(changes, settled, *period);
    }
}

nlohmann::json write_schedule(const link_options& options)
{
    nlohmann::json schedule;
    write_changes(schedule, "up", options.up_changes, options.up_again);
    write_changes(schedule, "down", options.down_changes, options.down_again);
    return schedule;
}

} // namespace badwire::link
