// distribution.hpp: quantities that differ from request to request: requested work, think times,
// patience. Drawn by inversion from numbers that depend on the seed, a purpose and the request's
// number alone, so that one client more changes nothing for the others.
//
// Pure; the numbers are the same on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "impl/base/reading.hpp"

namespace badwire::load {

using duration = std::chrono::nanoseconds;

/// Uniform numbers in (0, 1), one for each request.
class draws {
public:
    /// Draws for different purposes are independent.
    draws(std::uint64_t seed, std::string_view purpose);
    double at(std::uint64_t request) const;

private:
    std::uint64_t key_;
};

/// The first two moments of a distribution.
struct moments {
    double mean = 0;
    double of_square = 0;
};

struct constant {
    double value;
};
struct uniform {
    double least, most; // both can be drawn
};
struct exponential {
    double mean;
};
struct lognormal {
    double mean, stddev; // of the quantity, not of its logarithm
};
/// The ranks 1 to `most`, rank k with a probability proportional to k^-exponent.
struct zipf {
    std::vector<double> cumulative; // probability of each rank and those before it
};
/// Each with the same probability.
struct table {
    std::vector<double> values;
};

/// Not negative.
class distribution {
public:
    using shape = std::variant<constant, uniform, exponential, lognormal, zipf, table>;

    distribution(constant of) : shape_(of) {} // NOLINT(google-explicit-constructor)
    explicit distribution(shape of) : shape_(std::move(of)) {}

    /// The value below which the share `u` of all draws is, 0 < u < 1.
    double quantile(double u) const;
    /// The same in whole units: of a uniform quantity every whole number in its range is equally
    /// probable, others are rounded.
    std::uint64_t whole(double u) const;
    /// As a time, if the unit is a nanosecond.
    duration time(double u) const;

    /// Of what whole() gives, exactly.
    moments of_whole() const;
    bool is_constant() const { return std::holds_alternative<constant>(shape_); }

private:
    double probability_above(double value) const;

    shape shape_;
};

/// A number such as 5, or {"uniform": [1, 9]}, {"exponential": 5}, {"lognormal": {"mean", "stddev"}},
/// {"zipf": {"exponent", "most"}}, {"table": [1, 1, 8]}. Throws mistake.
distribution read_work(const reading& at);

/// A time such as "200ms", or the same shapes of times, without zipf. In nanoseconds. Throws mistake.
distribution read_times(const reading& at);

} // namespace badwire::load
