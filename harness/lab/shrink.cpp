#include "harness/lab/shrink.hpp"

#include <algorithm>

#include <fmt/format.h>

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

    const auto fails = [&](const std::vector<fault>& some) {
        ++made.runs;
        return failure_kind(lab.run(with_faults(made.base, some), seed)) == made.kind;
    };
    std::vector<fault> all = faults_of(first, made.base);
    made.at_first = all.size();
    if (!fails(all))
        throw not_shrinkable(
            fmt::format("with seed {} it fails, but not through what befell single packets: the {} "
                        "faults of the run do not make it fail by themselves",
                        seed, all.size()));
    made.faults = fewest(std::move(all), fails);
    return made;
}

} // namespace badwire::harness
