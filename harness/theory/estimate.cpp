#include "harness/theory/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

namespace badwire::theory {
namespace {

constexpr std::size_t batches = 20;

double mean_of(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(std::span<const double> values, double mean)
{
    double sum = 0;
    for (const double one : values) sum += (one - mean) * (one - mean);
    return sum / static_cast<double>(values.size() - 1);
}

// The correlation of each with the next.
double autocorrelation(std::span<const double> values, double mean, double variance)
{
    if (variance <= 0) return 0;
    double sum = 0;
    for (std::size_t i = 1; i < values.size(); ++i)
        sum += (values[i] - mean) * (values[i - 1] - mean);
    return sum / static_cast<double>(values.size() - 1) / variance;
}

} // namespace

double standard_errors(double degrees_of_freedom, double confidence)
{
    const boost::math::students_t_distribution<> t(degrees_of_freedom);
    return boost::math::quantile(t, 0.5 + confidence / 2);
}

std::string_view to_string(method how)
{
    return how == method::repetitions ? "independent repetitions" : "batch means";
}

estimate of_independent(std::span<const double> values, double confidence)
{
    estimate found{.values = values.size(), .how = method::repetitions};
    found.half_width = std::numeric_limits<double>::infinity();
    if (values.empty()) return found;
    found.mean = mean_of(values);
    if (values.size() < 2) return found;
    const double variance = variance_of(values, found.mean);
    found.half_width = standard_errors(static_cast<double>(values.size() - 1), confidence) *
                       std::sqrt(variance / static_cast<double>(values.size()));
    return found;
}

estimate of_series(std::span<const double> values, double confidence)
{
    estimate found{.values = values.size(), .how = method::batch_means};
    found.half_width = std::numeric_limits<double>::infinity();
    if (values.empty()) return found;
    found.mean = mean_of(values);
    if (values.size() < 2 * batches) return found;
    std::vector<double> means;
    for (std::size_t i = 0; i < batches; ++i) {
        const std::size_t begin = values.size() * i / batches;
        const std::size_t end = values.size() * (i + 1) / batches;
        means.push_back(mean_of(values.subspan(begin, end - begin)));
    }
    const double mean = mean_of(means);
    const double variance = variance_of(means, mean);
    const double alike = std::clamp(autocorrelation(means, mean, variance), 0.0, 0.9);
    found.half_width = standard_errors(batches - 1, confidence) *
                       std::sqrt(variance / batches * (1 + alike) / (1 - alike));
    return found;
}

} // namespace badwire::theory
