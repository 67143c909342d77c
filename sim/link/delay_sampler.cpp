#include "sim/link/delay_sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <boost/math/special_functions/erf.hpp>

namespace badwire::link {
namespace {

using kind = delay_model::distribution;

double ns(duration time) { return static_cast<double>(time.count()); }

} // namespace

delay_sampler::delay_sampler(const delay_model& asked) : asked_(asked)
{
    if (asked.shape_of == kind::lognormal) {
        const double ratio = ns(asked.second) / ns(asked.first);
        const double variance = std::log1p(ratio * ratio);
        log_mean_ = std::log(ns(asked.first)) - variance / 2;
        log_stddev_ = std::sqrt(variance);
    }
    if (asked.correlation > 0) correlate(asked.correlation);
}

double delay_sampler::to_normal(double quantile)
{
    // The ends are infinitely far away, but no draw is that unlikely.
    constexpr double least = 0x1p-54;
    const double inside = std::clamp(quantile, least, 1 - 0x1p-53);
    return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * inside);
}

double delay_sampler::to_quantile(double normal)
{
    return std::erfc(-normal / std::numbers::sqrt2) / 2;
}

double delay_sampler::unbounded_ns(double quantile) const
{
    switch (asked_.shape_of) {
    case kind::constant: return ns(asked_.first);
    case kind::uniform: {
        const auto span = (asked_.second - asked_.first).count();
        const auto above = static_cast<std::int64_t>(quantile * (static_cast<double>(span) + 1));
        return ns(asked_.first + duration(std::min(above, span)));
    }
    case kind::normal: return ns(asked_.first) + ns(asked_.second) * to_normal(quantile);
    case kind::lognormal: return std::exp(log_mean_ + log_stddev_ * to_normal(quantile));
    case kind::pareto:
        return ns(asked_.first) * std::pow(std::max(1 - quantile, 0x1p-53), -1 / asked_.shape);
    case kind::table: {
        const std::size_t size = asked_.values.size();
        const auto place = static_cast<std::size_t>(quantile * static_cast<double>(size));
        return ns(asked_.values[std::min(place, size - 1)]);
    }
    }
    return 0;
}

duration delay_sampler::at(double quantile) const
{
    constexpr double a_century = 3.2e18; // the longest time that durations can hold
    const double most = asked_.at_most ? ns(*asked_.at_most) : a_century;
    return duration(std::llround(std::clamp(unbounded_ns(quantile), 0.0, most)));
}

double delay_sampler::mean_ns() const
{
    const double first = ns(asked_.first);
    const double second = ns(asked_.second);
    if (!asked_.at_most) {
        switch (asked_.shape_of) {
        case kind::constant:
        case kind::lognormal: return first;
        case kind::uniform: return (first + second) / 2;
        case kind::pareto:
            return asked_.shape > 1 ? first * asked_.shape / (asked_.shape - 1)
                                    : std::numeric_limits<double>::infinity();
        case kind::normal: { // the mean of what is left when negative delays count as zero
            if (second <= 0) return first;
            const double z = first / second;
            const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
            return first * to_quantile(z) + second * density;
        }
        case kind::table:
            return ns(std::accumulate(asked_.values.begin(), asked_.values.end(), duration(0))) /
                   static_cast<double>(asked_.values.size());
        }
    }
    constexpr int steps = 20'000; // the midpoint rule over all quantiles
    double sum = 0;
    for (int i = 0; i < steps; ++i) sum += ns(at((i + 0.5) / steps));
    return sum / steps;
}

// With the delay as a series of Hermite polynomials of its normal variable, q = sum of a_k He_k(z),
// two delays whose variables have correlation c have covariance sum of a_k^2 k! c^k. Delays that are
// n packets apart have variables of correlation c^n, so all correlations add up to a sum of
// a_k^2 k! c^k / (1 - c^k).
void delay_sampler::correlate(double correlation)
{
    constexpr int steps = 4000;
    constexpr double edge = 8;
    constexpr std::size_t terms = 24;
    std::array<double, terms> weights{};
    double mean = 0;
    double square = 0;
    for (int i = 0; i < steps; ++i) {
        const double z = -edge + 2 * edge * (i + 0.5) / steps;
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
        const double mass = density * 2 * edge / steps;
        const double delay = ns(at(to_quantile(z)));
        mean += mass * delay;
        square += mass * delay * delay;
        // He_k / sqrt(k!), by its recurrence.
        double before = 0;
        double polynomial = 1;
        for (std::size_t k = 0; k < terms; ++k) {
            weights[k] += mass * delay * polynomial;
            const auto n = static_cast<double>(k);
            const double next = (z * polynomial - std::sqrt(n) * before) / std::sqrt(n + 1);
            before = polynomial;
            polynomial = next;
        }
    }
    const double variance = square - mean * mean;
    constexpr double inflation_max = 1e9;
    filter_ = std::min(correlation, 1.0);
    if (!(variance > 0)) return;
    variance_inflation_ = inflation_max;
    if (correlation >= 1) return;
    // The sum over all terms of what `of` makes of c^k, each by its share of the variance.
    const auto sum_over_terms = [&](double filter, auto of) {
        double sum = 0;
        double power = 1;
        for (std::size_t k = 1; k < terms; ++k)
            sum += weights[k] * weights[k] * of(power *= filter);
        return sum / variance;
    };
    const auto itself = [](double power) { return power; };
    double low = 0;
    double high = 1;
    for (int halving = 0; halving < 50; ++halving) {
        const double middle = (low + high) / 2;
        (sum_over_terms(middle, itself) < correlation ? low : high) = middle;
    }
    filter_ = (low + high) / 2;
    const auto all_later = [](double power) { return power / (1 - power); };
    variance_inflation_ = std::min(inflation_max, 1 + 2 * sum_over_terms(filter_, all_later));
}

} // namespace badwire::link
