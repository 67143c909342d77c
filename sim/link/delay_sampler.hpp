// delay_sampler.hpp: a delay model made ready to draw from: quantile functions, and correlated
// draws. Pure; the same on every machine except for the last bit of the maths library.
#pragma once

#include "sim/link/impairments.hpp"

namespace badwire::link {

class delay_sampler {
public:
    explicit delay_sampler(const delay_model& asked);

    /// The delay that a share of `quantile` (0 to 1) of the packets does not exceed.
    duration at(double quantile) const;

    /// The mean of the drawn delays, bounds included; infinite for a Pareto distribution with a
    /// shape of at most 1 and no bound.
    double mean_ns() const;

    /// Correlated delays: standard normal noise, filtered by z' = c z + sqrt(1 - c^2) noise, is
    /// put through the distribution, so that the distribution stays exact (a Gaussian copula). c is
    /// chosen such that neighbouring delays have the correlation that was asked for.
    double filter() const { return filter_; }
    /// How many times as large the variance of the mean of many neighbouring delays is as that of
    /// independent ones: 1 plus twice the sum of their correlations. At most 1e9.
    double variance_inflation() const { return variance_inflation_; }
    static double to_normal(double quantile);
    static double to_quantile(double normal);

private:
    double unbounded_ns(double quantile) const;
    void correlate(double correlation);

    delay_model asked_;
    double log_mean_ = 0, log_stddev_ = 0; // of the logarithm of a lognormal delay in ns
    double filter_ = 0;
    double variance_inflation_ = 1;
};

} // namespace badwire::link
