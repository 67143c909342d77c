#include "harness/judge/load_summary.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <queue>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace badwire::harness {
namespace {

using times = std::vector<const waiting_time*>;

double mean_of(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

json distribution_json(std::vector<double> values)
{
    if (values.empty()) return nullptr;
    std::ranges::sort(values);
    const auto quantile = [&](double share) {
        const auto place =
            static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
        return values[std::max<std::size_t>(place, 1) - 1];
    };
    return {{"mean", mean_of(values)},
            {"p50", quantile(0.5)},
            {"p90", quantile(0.9)},
            {"p99", quantile(0.99)},
            {"max", values.back()}};
}

template <typename Value>
std::vector<double> values_of(const times& of, Value value)
{
    std::vector<double> all;
    all.reserve(of.size());
    for (const waiting_time* one : of)
        if (const std::optional<double> seen = value(*one)) all.push_back(*seen);
    return all;
}

std::optional<double> waiting(const waiting_time& one)
{
    if (!one.start_ms) return {};
    return *one.start_ms - one.arrival_ms;
}

std::optional<double> service(const waiting_time& one)
{
    if (!one.start_ms) return {};
    return one.end_ms - *one.start_ms;
}

// Clients that are a process each, or requests of a program that makes many.
json outcomes(const run_record& run, const std::string& family, std::size_t answered)
{
    std::uint64_t requests = 0, gave_up = 0, refused = 0, failed = 0;
    const bool many_each = run.what->family(family).front()->program == load_program;
    for (const process_record& process : run.processes) {
        if (process.family != family) continue;
        if (many_each) {
            const auto number = [&](const char* key) {
                return process.metrics.value(key, std::uint64_t{0});
            };
            requests += number("requests");
            gave_up += number("gave_up");
            refused += number("refused");
            failed += number("failed");
        } else if (process.exit) {
            ++requests;
            if (process.gave_up) ++gave_up;
            else if (*process.exit != 0) ++failed;
        }
    }
    return {{"requests", requests},
            {"answered", answered},
            {"gave_up", gave_up},
            {"refused", refused},
            {"failed", failed}};
}

double arrivals_per_s(const times& of)
{
    const double ms = of.size() < 2 ? 0 : of.back()->arrival_ms - of.front()->arrival_ms;
    return ms > 0 ? static_cast<double>(of.size() - 1) / ms * 1e3 : 0;
}

// How long a single server needs from one client to the next that waits already.
double gap_ms(const times& of)
{
    times in_turn;
    std::ranges::copy_if(of, std::back_inserter(in_turn),
                         [](const waiting_time* one) { return one->start_ms.has_value(); });
    std::ranges::sort(in_turn, {}, [](const waiting_time* one) { return *one->start_ms; });
    double sum = 0;
    std::size_t gaps = 0;
    for (std::size_t i = 1; i < in_turn.size(); ++i) {
        if (in_turn[i]->arrival_ms >= in_turn[i - 1]->end_ms) continue;
        sum += *in_turn[i]->start_ms - in_turn[i - 1]->end_ms;
        ++gaps;
    }
    return gaps == 0 ? 0 : sum / static_cast<double>(gaps);
}

// How long it takes until a server begins with a client where fewer than `servers` are there: what a
// connection costs, without any waiting.
double taking_ms(const times& of, std::uint64_t servers)
{
    std::priority_queue<double, std::vector<double>, std::greater<>> ends; // of those who are there
    std::vector<double> taken;
    for (const waiting_time* one : of) {
        while (!ends.empty() && ends.top() <= one->arrival_ms) ends.pop();
        if (ends.size() < servers)
            if (const auto waited = waiting(*one)) taken.push_back(*waited);
        ends.push(one->end_ms);
    }
    if (taken.empty()) return 0;
    std::ranges::nth_element(taken, taken.begin() + std::ssize(taken) / 2);
    return taken[taken.size() / 2];
}

theory_sample sample_of(const theory_spec& spec, const times& all, const json& load)
{
    theory_sample made;
    const auto skipped =
        static_cast<std::ptrdiff_t>(spec.warm_up * static_cast<double>(all.size()));
    const times of(all.begin() + skipped, all.end());
    const std::vector<double> waits = values_of(of, waiting);
    const std::vector<double> services = values_of(of, service);
    made.waiting = theory::of_series(waits);
    made.waiting_wide = theory::of_series(waits, theory::surely);
    made.unseen = of.size() - waits.size();
    if (!services.empty()) {
        made.service_mean_ms = mean_of(services);
        made.service_square_ms2 =
            std::transform_reduce(services.begin(), services.end(), 0.0, std::plus<>(),
                                  [](double x) { return x * x; }) /
            static_cast<double>(services.size());
    }
    made.gap_ms = gap_ms(of);
    made.taking_ms = taking_ms(of, spec.model.servers.value_or(UINT64_MAX));
    const auto requests = load["requests"].get<double>();
    made.turned_away = requests > 0 ? load["refused"].get<double>() / requests : 0;
    return made;
}

} // namespace

void summarize_load(run_record& run)
{
    std::unordered_map<std::string, std::string> family_of;
    std::set<std::string> loads;
    for (const process_spec& spec : run.what->processes)
        if (spec.load) family_of[spec.name] = spec.family, loads.insert(spec.family);
    std::map<std::string, times> seen;
    for (const waiting_time& one : run.waiting)
        if (const auto family = family_of.find(one.client); family != family_of.end())
            seen[family->second].push_back(&one);
    for (const std::string& family : loads) {
        const times& of = seen[family];
        json load = outcomes(run, family, of.size());
        load["arrivals_per_s"] = arrivals_per_s(of);
        load["waiting_ms"] = distribution_json(values_of(of, waiting));
        load["service_ms"] = distribution_json(values_of(of, service));
        load["response_ms"] = distribution_json(values_of(of, [](const waiting_time& one) {
            return std::optional(one.end_ms - one.arrival_ms);
        }));
        run.load[family] = std::move(load);
    }
    for (const theory_spec& spec : run.what->theory) {
        const std::string& family = run.what->family(spec.clients).front()->family;
        run.samples.push_back(sample_of(spec, seen[family], run.load[family]));
    }
}

std::string waiting_csv(const run_record& run)
{
    std::string text = "client,arrival_ms,start_ms,end_ms\n";
    for (const waiting_time& one : run.waiting)
        text += fmt::format("{},{},{},{}\n", one.client, one.arrival_ms,
                            one.start_ms ? fmt::format("{}", *one.start_ms) : "", one.end_ms);
    return text;
}

} // namespace badwire::harness
