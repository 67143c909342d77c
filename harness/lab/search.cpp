#include "harness/lab/search.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/lab/parallel.hpp"
#include "impl/base/reading.hpp"

namespace badwire::harness {
namespace {

// What became of the last packets, without their contents.
std::string end_of(const trial& one)
{
    constexpr std::size_t looked_at = 3;
    std::string told;
    const auto& all = one.packets;
    for (std::size_t i = all.size() - std::min(all.size(), looked_at); i < all.size(); ++i) {
        const auto& [link, which, flow, nth, at, payload, met, why, left] = all[i];
        told += fmt::format("{}{} {} {}", told.empty() ? "" : ", ", link, link::to_string(which),
                            met.dropped ? fmt::format("dropped by {}", link::to_string(met.why))
                            : met.flip_bits > 0 ? "damaged"
                            : met.copies > 0    ? "duplicated"
                                                : "passed");
    }
    return told;
}

struct found {
    std::size_t run; // its number
    failures what;
};

void count(search_state& state, const failures& one)
{
    ++state.failed;
    const auto known = std::ranges::find_if(state.kinds, [&](const failures& other) {
        return other.kind == one.kind && other.last_packets == one.last_packets;
    });
    if (known != state.kinds.end()) {
        ++known->count; // runs are counted in their order: the known one was first
    } else if (state.kinds.size() < failure_kinds_max) {
        state.kinds.push_back(one);
    } else {
        ++state.kinds.back().count;
    }
}

} // namespace

void search(const std::vector<const scenario*>& combinations, const search_options& options,
            search_state& state)
{
    constexpr std::size_t chunk = 512;
    laboratory lab(options.cancelled);
    const std::uint64_t all = options.seeds * combinations.size() * options.interleavings;
    while (state.next < all && !(options.cancelled && *options.cancelled)) {
        const auto begin = state.next;
        const auto runs = std::min<std::uint64_t>(chunk, all - begin);
        std::mutex noting;
        std::vector<found> failed;
        in_parallel(options.jobs, runs, [&](std::size_t i) {
            const std::uint64_t number = begin + i;
            const std::uint64_t order = number % options.interleavings;
            const std::uint64_t place = number / options.interleavings;
            const std::size_t combination = place % combinations.size();
            const std::uint64_t seed = options.first_seed + place / combinations.size();
            const scenario& what = *combinations[combination];
            const std::uint64_t interleaving = what.interleaving + order;
            const run_record made = lab.run(what, seed, interleaving);
            if (made.verdict == verdict::pass || (options.cancelled && *options.cancelled)) return;
            const trial again = lab.observe(what, seed, interleaving);
            const std::lock_guard lock(noting);
            failed.push_back(
                {number, {failure_kind(made), end_of(again), 1, seed, interleaving, combination}});
        });
        if (options.cancelled && *options.cancelled) break; // some may have ended early
        std::ranges::sort(failed, {}, &found::run);
        for (const found& one : failed) count(state, one.what);
        state.next += runs;
        if (options.progress) options.progress(state);
    }
}

json to_json(const search_state& state)
{
    json kinds = json::array();
    for (const failures& one : state.kinds)
        kinds.push_back({{"expected", one.kind},
                         {"last_packets", one.last_packets},
                         {"count", one.count},
                         {"seed", one.seed},
                         {"interleaving", one.interleaving},
                         {"combination", one.combination}});
    return {{"runs", state.next}, {"failed", state.failed}, {"kinds", std::move(kinds)}};
}

search_state read_search_state(const json& from)
{
    return read_document(from, [](const reading& at) {
        constexpr std::string_view number = "a whole number";
        const auto whole = [&](const reading& in, const char* key, std::uint64_t& into) {
            in.need(key, number,
                    [&](const reading& one) { into = one.whole(number, 0, UINT64_MAX); });
        };
        search_state read;
        whole(at, "runs", read.next);
        whole(at, "failed", read.failed);
        at.need("kinds", "kinds of failures", [&](const reading& kinds) {
            kinds.check_array("kinds of failures");
            kinds.each([&](const reading& one) {
                failures& kind = read.kinds.emplace_back();
                std::uint64_t combination = 0;
                one.with("expected", [&](const reading& text) { kind.kind = text.text("a text"); });
                one.with("last_packets",
                         [&](const reading& text) { kind.last_packets = text.text("a text"); });
                whole(one, "count", kind.count);
                whole(one, "seed", kind.seed);
                whole(one, "interleaving", kind.interleaving);
                whole(one, "combination", combination);
                kind.combination = combination;
            });
        });
        return read;
    });
}

} // namespace badwire::harness
