// estimate.hpp: a mean with its 95 % confidence interval, from values of which neighbours are alike.
//
// Source: A. M. Law, Simulation Modeling and Analysis (2015), chapter 9: independent repetitions,
// and batch means. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace badwire::theory {

/// The confidence with which a theory is refused.
inline constexpr double surely = 0.999;

enum class method { repetitions, batch_means };
std::string_view to_string(method how);

struct estimate {
    double mean = 0;
    double half_width = 0; // infinite where there are too few values
    std::uint64_t values = 0;
    method how = method::repetitions;

    double low() const { return mean - half_width; }
    double high() const { return mean + half_width; }
    bool holds(double value) const { return low() <= value && value <= high(); }
};

/// Half the width of an interval, in standard errors: Student's t of so many degrees of freedom, at
/// least 1.
double standard_errors(double degrees_of_freedom, double confidence = 0.95);

/// Values that know nothing of each other. `confidence` is that of the interval.
estimate of_independent(std::span<const double> values, double confidence = 0.95);

/// Values in their order, of which neighbours are alike, such as the waiting times of clients that
/// came one after another: 20 batches, whose own likeness to the next (lag-1 autocorrelation) widens
/// the interval.
estimate of_series(std::span<const double> values, double confidence = 0.95);

} // namespace badwire::theory
