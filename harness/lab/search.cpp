#include "harness/lab/search.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

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
        const seen_packet& last = all[i];
        const link::fate& met = last.met;
        told += fmt::format("{}{} {} {}", told.empty() ? "" : ", ", last.link,
                            link::to_string(last.which),
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
    // So many runs at a time as take about a second: what was found does not depend on it.
    constexpr std::uint64_t fewest = 16, most = 512;
    constexpr std::chrono::seconds a_while(1);
    laboratory lab(options.cancelled);
    const auto cancelled = [&] { return options.cancelled && *options.cancelled; };
    const std::uint64_t all = options.seeds * combinations.size() * options.interleavings;
    for (std::uint64_t chunk = fewest; state.next < all && !cancelled();) {
        const auto begin = state.next;
        const auto runs = std::min(chunk, all - begin);
        const auto since = std::chrono::steady_clock::now();
        std::mutex noting;
        std::vector<found> failed;
        std::set<std::size_t> unfinished;
        for (std::size_t i = 0; i < runs; ++i) unfinished.insert(i);
        in_parallel(options.jobs, runs, [&](std::size_t i) {
            if (cancelled()) return;
            const std::uint64_t number = begin + i;
            const std::uint64_t order = number % options.interleavings;
            const std::uint64_t place = number / options.interleavings;
            const std::size_t combination = place % combinations.size();
            const std::uint64_t seed = options.first_seed + place / combinations.size();
            const scenario& what = *combinations[combination];
            const std::uint64_t interleaving = what.interleaving + order;
            const run_record made = lab.run(what, seed, interleaving);
            if (cancelled()) return; // it may have ended early
            std::optional<found> failure;
            if (made.verdict != verdict::pass) {
                const trial again = lab.observe(what, seed, interleaving);
                if (cancelled()) return;
                failure = {number,
                           {failure_kind(made), end_of(again), 1, seed, interleaving, combination}};
            }
            const std::lock_guard lock(noting);
            unfinished.erase(i);
            if (failure) failed.push_back(*std::move(failure));
        });
        // A search that goes on later begins with the first that was not finished.
        state.next += unfinished.empty() ? runs : *unfinished.begin();
        std::ranges::sort(failed, {}, &found::run);
        for (const found& one : failed)
            if (one.run < state.next) count(state, one.what);
        if (options.progress) options.progress(state);
        const auto took = std::chrono::steady_clock::now() - since;
        const auto fitting = static_cast<std::uint64_t>(
            static_cast<double>(runs) * (a_while / std::chrono::duration<double>(took)));
        chunk = std::clamp(fitting, fewest, most);
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
