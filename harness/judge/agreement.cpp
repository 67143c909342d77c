#include "harness/judge/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "harness/judge/machine.hpp"

namespace badwire::harness {
namespace {

using samples = std::vector<std::pair<const run_record*, const theory_sample*>>;

// All but sure of what the mean is where nobody waited: at most 3 of n clients would have.
void widen_where_nobody_waited(theory::estimate& of, double clients, double service_ms)
{
    if (of.mean == 0 && of.half_width == 0 && clients > 0) of.half_width = 3 / clients * service_ms;
}

theory::estimate estimated(const samples& of, bool wide)
{
    if (of.size() == 1) return wide ? of[0].second->waiting_wide : of[0].second->waiting;
    std::vector<double> means;
    for (const auto& [run, sample] : of)
        if (sample->waiting.values > 0) means.push_back(sample->waiting.mean);
    return wide ? theory::of_independent(means, theory::surely) : theory::of_independent(means);
}

double mean_of(const samples& of, double theory_sample::*field)
{
    double sum = 0;
    for (const auto& [run, sample] : of) sum += sample->*field;
    return sum / static_cast<double>(of.size());
}

// The scenario says how long a unit of work takes; on real networks it takes as long as it was seen to.
theory::queue_load load_of(const agreement& about, const samples& of)
{
    const auto family = about.what->family(about.theory->clients);
    const process_load& asked = *family.front()->load;
    const double loads =
        family.front()->program == load_program ? static_cast<double>(family.size()) : 1;
    theory::queue_load load;
    load.arrival_rate = *asked.arrivals->poisson_rate() * loads / 1e3;
    if (!about.service_is_measured) {
        const double unit_ms = to_ms(*about.theory->service);
        const load::moments units = asked.work.value_or(load::constant{1}).of_whole();
        load.service_mean = units.mean * unit_ms;
        load.service_square = units.of_square * unit_ms * unit_ms;
        return load;
    }
    const double mean = mean_of(of, &theory_sample::service_mean_ms);
    const bool single = about.theory->model.servers == 1;
    const double gap = single ? std::max(0.0, mean_of(of, &theory_sample::gap_ms)) : 0;
    load.service_mean = mean + gap;
    load.service_square =
        mean_of(of, &theory_sample::service_square_ms2) + 2 * mean * gap + gap * gap;
    return load;
}

std::string in_words(const agreement& about)
{
    const std::string taking =
        about.taking_ms > 0
            ? fmt::format(", {:.2g} ms of them until a free server begins", about.taking_ms)
            : "";
    return fmt::format("{} waited {:.4g} ms on average (95 %: {:.4g} to {:.4g}, {}); {} at "
                       "utilisation {:.3g} says {:.4g} ms{}",
                       about.theory->clients, about.waiting.mean,
                       std::max(0.0, about.waiting.low()), about.waiting.high(),
                       to_string(about.waiting.how), to_string(about.theory->model),
                       about.predicted.utilisation, about.predicted.waiting_mean, taking);
}

bool machine_explains(const agreement& about, const samples& of)
{
    judgement judged;
    judged.missed_by =
        duration(std::llround(std::abs(about.waiting.mean - about.predicted.waiting_mean) * 1e6));
    return std::ranges::any_of(
        of, [&](const auto& one) { return machine_may_have_missed(*one.first, judged); });
}

void decide(agreement& about, const samples& of)
{
    const auto undecided = [&](const std::string& why) { about.message = why; };
    std::uint64_t seen = 0, unseen = 0;
    for (const auto& [run, sample] : of) seen += sample->waiting.values, unseen += sample->unseen;
    const auto bad = std::ranges::find_if(of, [](const auto& one) {
        return one.first->verdict == verdict::inconclusive || one.first->verdict == verdict::error;
    });
    if (bad != of.end())
        return undecided(fmt::format("a run of these was {}: {}", to_string(bad->first->verdict),
                                     bad->first->message));
    if (unseen > 0)
        return undecided(fmt::format("of {} of {} requests of {} nobody saw when the server began "
                                     "with them; a server says it in its "
                                     "metrics, as \"served\"",
                                     unseen, seen + unseen, about.theory->clients));
    if (std::isinf(about.predicted.waiting_mean))
        return undecided(fmt::format(
            "there is no steady state: more work comes than can be done (utilisation {:.3g})",
            about.predicted.utilisation));
    if (std::isinf(about.waiting.half_width))
        return undecided(
            fmt::format("{} requests in {} runs are too few for an interval", seen, of.size()));
    theory::estimate wide = estimated(of, true);
    widen_where_nobody_waited(about.waiting, static_cast<double>(seen), about.load.service_mean);
    widen_where_nobody_waited(wide, static_cast<double>(seen) / 2, about.load.service_mean);
    about.message = in_words(about);
    if (about.waiting.holds(about.predicted.waiting_mean))
        about.verdict = agreement_verdict::agrees;
    else if (wide.holds(about.predicted.waiting_mean))
        about.message += "; more repetitions would decide";
    else if (about.network != network_kind::virtual_time && machine_explains(about, of))
        about.message += "; this machine was too busy to tell";
    else about.verdict = agreement_verdict::differs;
}

} // namespace

std::string_view to_string(agreement_verdict which)
{
    switch (which) {
    case agreement_verdict::agrees: return "agrees";
    case agreement_verdict::differs: return "differs";
    case agreement_verdict::inconclusive: return "inconclusive";
    }
    return "";
}

std::vector<agreement> agreements(std::span<const run_record> runs)
{
    std::vector<agreement> all;
    std::map<std::pair<const scenario*, network_kind>, std::vector<const run_record*>> groups;
    std::vector<std::pair<const scenario*, network_kind>> order;
    for (const run_record& run : runs) {
        if (run.samples.empty()) continue;
        auto& group = groups[{run.what, run.network}];
        if (group.empty()) order.emplace_back(run.what, run.network);
        group.push_back(&run);
    }
    for (const auto& key : order)
        for (std::size_t i = 0; i < key.first->theory.size(); ++i) {
            samples of;
            for (const run_record* run : groups[key]) of.emplace_back(run, &run->samples[i]);
            agreement about;
            about.what = key.first;
            about.network = key.second;
            about.theory = &key.first->theory[i];
            about.runs = of.size();
            about.waiting = estimated(of, false);
            about.service_is_measured =
                !about.theory->service || key.second != network_kind::virtual_time;
            about.load = load_of(about, of);
            about.predicted = theory::predict(about.theory->model, about.load);
            if (key.second != network_kind::virtual_time)
                about.taking_ms = mean_of(of, &theory_sample::taking_ms);
            about.predicted.waiting_mean += about.taking_ms;
            about.turned_away = mean_of(of, &theory_sample::turned_away);
            decide(about, of);
            all.push_back(std::move(about));
        }
    return all;
}

json to_json(const agreement& one)
{
    const auto finite = [](double value) { return std::isfinite(value) ? json(value) : json(); };
    return {{"scenario", one.what->file},
            {"title", one.what->title},
            {"network", to_string(one.network)},
            {"matrix", one.what->matrix},
            {"clients", one.theory->clients},
            {"model", to_string(one.theory->model)},
            {"verdict", to_string(one.verdict)},
            {"message", one.message},
            {"runs", one.runs},
            {"method", to_string(one.waiting.how)},
            {"values", one.waiting.values},
            {"waiting_ms",
             {{"mean", one.waiting.mean},
              {"low", finite(one.waiting.low())},
              {"high", finite(one.waiting.high())}}},
            {"theory_ms", finite(one.predicted.waiting_mean)},
            {"taking_ms", one.taking_ms},
            {"utilisation", one.predicted.utilisation},
            {"arrivals_per_s", one.load.arrival_rate * 1e3},
            {"service_ms", one.load.service_mean},
            {"service_is_measured", one.service_is_measured},
            {"turned_away", one.turned_away},
            {"theory_turned_away", one.predicted.turned_away}};
}

} // namespace badwire::harness
