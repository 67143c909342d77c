#include "harness/lab/shrink.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

// All but those from `begin` to `end`.
std::vector<fault> without(const std::vector<fault>& all, std::size_t begin, std::size_t end)
{
    std::vector<fault> rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(begin));
    rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(end), all.end());
    return rest;
}

} // namespace

std::vector<fault> fewest(std::vector<fault> all,
                          const std::function<bool(const std::vector<fault>&)>& fails)
{
    if (all.empty() || fails({})) return {};
    for (std::size_t parts = 2; all.size() > 1;) {
        bool reduced = false;
        const auto bound = [&](std::size_t part) { return part * all.size() / parts; };
        for (std::size_t part = 0; part < parts && !reduced; ++part) {
            std::vector<fault> rest = without(all, bound(part), bound(part + 1));
            if (!fails(rest)) continue;
            all = std::move(rest);
            parts = std::max<std::size_t>(2, parts - 1);
            reduced = true;
        }
        if (reduced) continue;
        if (parts >= all.size()) break;
        parts = std::min(2 * parts, all.size());
    }
    return all;
}

namespace {

bool is_delay(const fault& one)
{
    const json& action = one.rule["action"];
    return action.is_object() && action.contains("delay");
}

// The scenario with links that take up to `most` longer, each packet differently.
scenario shaken(scenario of, duration most)
{
    for (auto& [name, options] : of.links)
        for (const link::direction which : {link::direction::up, link::direction::down})
            each_state(options, which, [&](link::impairments& state) {
                if (!state.delay.course)
                    state.delay = {state.delay.first, state.delay.first + most};
            });
    heal_links(of);
    return of;
}

// The same fault, to be felt by anybody: a delay becomes a loss, or ten times as long.
std::vector<fault> stronger(const fault& weak)
{
    const auto& delay = weak.rule["action"]["delay"].get_ref<const std::string&>();
    const std::string longer = format_duration(10 * *parse_duration(delay));
    std::vector<fault> found(2, weak);
    found[0].rule["action"] = "drop";
    found[1].rule["action"] = {{"delay", longer}};
    const std::string before = weak.told.substr(0, weak.told.find(" comes "));
    found[0].told = before + " is dropped; it was held up";
    found[1].told = fmt::format("{} comes {} later; it was held up", before, longer);
    return found;
}

class shrinker {
public:
    shrinker(laboratory& lab, shrunk& made, std::uint64_t seed)
        : lab_(lab), made_(made), seed_(seed)
    {
        using namespace std::chrono_literals;
        for (const duration most : {300us, 1000us, 3000us})
            shaken_.push_back(shaken(made.base, most));
    }

    bool fails(const std::vector<fault>& some) { return fails_in(made_.base, some); }
    bool fails_surely(const std::vector<fault>& some)
    {
        return fails(some) && std::ranges::all_of(shaken_, [&](const scenario& one) {
                   return fails_in(one, some);
               });
    }

    void shrink(std::vector<fault> all)
    {
        std::vector<fault> firm = all;
        std::erase_if(firm, is_delay);
        if (firm.size() < all.size() && fails(firm)) all = std::move(firm);
        made_.robust = fails_surely(all);
        const auto still = [this](const std::vector<fault>& some) {
            return made_.robust ? fails_surely(some) : fails(some);
        };
        made_.faults = fewest(std::move(all), still);
        for (std::size_t i = 0; i < made_.faults.size(); ++i) strengthen(i, still);
        made_.robust = made_.robust || fails_surely(made_.faults);
    }

private:
    bool fails_in(const scenario& base, const std::vector<fault>& some)
    {
        ++made_.runs;
        return failure_kind(lab_.run(with_faults(base, some), seed_)) == made_.kind;
    }

    template <typename Still>
    void strengthen(std::size_t place, Still still)
    {
        if (!is_delay(made_.faults[place])) return;
        for (fault& one : stronger(made_.faults[place])) {
            std::vector<fault> tried = made_.faults;
            tried[place] = std::move(one);
            if (!still(tried)) continue;
            made_.faults = std::move(tried);
            return;
        }
    }

    laboratory& lab_;
    shrunk& made_;
    std::uint64_t seed_;
    std::vector<scenario> shaken_;
};

} // namespace

shrunk shrink(const scenario& what, std::uint64_t seed, laboratory& lab)
{
    const trial first = lab.observe(what, seed);
    shrunk made{.kind = failure_kind(first.record), .base = without_chance(what, 0)};
    made.runs = 1;
    if (made.kind.empty())
        throw not_shrinkable(
            fmt::format("with seed {} it passes: there is nothing to shrink", seed));
    if (first.record.verdict == verdict::error)
        throw not_shrinkable("the run could not be made: " + first.record.message);

    shrinker at_work(lab, made, seed);
    std::vector<fault> all = faults_of(first, made.base);
    made.at_first = all.size();
    if (!at_work.fails(all))
        throw not_shrinkable(
            fmt::format("with seed {} it fails, but not through what befell single packets: the {} "
                        "faults of the run do not make it fail by themselves",
                        seed, all.size()));
    at_work.shrink(std::move(all));
    return made;
}

} // namespace badwire::harness
