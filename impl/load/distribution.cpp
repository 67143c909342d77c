#include "impl/load/distribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <xxhash.h>

namespace badwire::load {
namespace {

constexpr double most_work = 1e9;

template <typename... Cases>
struct overloaded : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
overloaded(Cases...) -> overloaded<Cases...>; // clang 16 does not deduce it

boost::math::lognormal_distribution<> standard(const lognormal& of)
{
    const double ratio = of.stddev / of.mean;
    const double variance = std::log1p(ratio * ratio);
    return {std::log(of.mean) - variance / 2, std::sqrt(variance)};
}

std::size_t place_of(double u, std::size_t size)
{
    return std::min(static_cast<std::size_t>(u * static_cast<double>(size)), size - 1);
}

// Reads one value of a distribution.
using value_reader = std::function<double(const reading&)>;

zipf read_zipf(const reading& at)
{
    at.check_object(R"(ranks such as {"exponent": 1.1, "most": 1000})", {"exponent", "most"});
    double exponent = 1;
    std::uint64_t most = 1;
    at.need("exponent", "a number from 0 to 10",
            [&](const reading& one) { exponent = one.number("a number from 0 to 10", 0, 10); });
    at.need("most", "the last rank, a number from 1 to 1000000", [&](const reading& one) {
        most = one.whole("the last rank, a number from 1 to 1000000", 1, 1'000'000);
    });
    zipf made;
    double sum = 0;
    for (std::uint64_t rank = 1; rank <= most; ++rank)
        made.cumulative.push_back(sum += std::pow(static_cast<double>(rank), -exponent));
    for (double& share : made.cumulative) share /= sum;
    return made;
}

uniform read_uniform(const reading& at, const value_reader& value)
{
    at.check_array("two values [LEAST, MOST]", 2);
    if (at.size() != 2) at.expected("two values [LEAST, MOST]");
    const uniform range{value(at.at(std::size_t{0})), value(at.at(1))};
    if (range.least > range.most) at.wrong("the first value is above the second");
    return range;
}

lognormal read_lognormal(const reading& at, const value_reader& value)
{
    at.check_object(R"(an object such as {"mean": …, "stddev": …})", {"mean", "stddev"});
    lognormal made{1, 1};
    at.need("mean", "the mean", [&](const reading& one) { made.mean = value(one); });
    at.need("stddev", "the standard deviation",
            [&](const reading& one) { made.stddev = value(one); });
    if (made.mean <= 0 || made.stddev <= 0) at.wrong("mean and stddev must be above 0");
    return made;
}

distribution::shape read_shape(const reading& at, const value_reader& value, bool ranks)
{
    if (!at.value().is_object()) return constant{value(at)};
    const std::string_view all =
        ranks ? "one of constant, uniform, exponential, lognormal, zipf, table"
              : "one of constant, uniform, exponential, lognormal, table";
    std::vector<std::string_view> keys{"constant", "uniform", "exponential", "lognormal", "table"};
    if (ranks) keys.emplace_back("zipf");
    const auto before = at.found().count();
    at.check_object(all, keys);
    if (at.size() != 1) at.expected(all);
    if (at.found().count() != before) return constant{0};
    distribution::shape made = constant{0};
    at.with("constant", [&](const reading& one) { made = constant{value(one)}; });
    at.with("uniform", [&](const reading& one) { made = read_uniform(one, value); });
    at.with("exponential", [&](const reading& mean) { made = exponential{value(mean)}; });
    at.with("lognormal", [&](const reading& one) { made = read_lognormal(one, value); });
    at.with("zipf", [&](const reading& one) { made = read_zipf(one); });
    at.with("table", [&](const reading& values) {
        values.check_array("values such as [1, 1, 8]", 1);
        table drawn;
        values.each([&](const reading& one) { drawn.values.push_back(value(one)); });
        if (!drawn.values.empty()) made = std::move(drawn);
    });
    return made;
}

} // namespace

draws::draws(std::uint64_t seed, std::string_view purpose)
    : key_(XXH3_64bits_withSeed(purpose.data(), purpose.size(), seed))
{
}

double draws::at(std::uint64_t request) const
{
    std::array<unsigned char, 8> packed;
    for (unsigned i = 0; i < 8; ++i) packed[i] = static_cast<unsigned char>(request >> (8 * i));
    const auto bits = XXH3_64bits_withSeed(packed.data(), packed.size(), key_) >> 12;
    return (static_cast<double>(bits) + 0.5) * 0x1p-52; // neither 0 nor 1
}

double distribution::quantile(double u) const
{
    return std::visit(
        overloaded{[](const constant& of) { return of.value; },
                   [&](const uniform& of) { return of.least + u * (of.most - of.least); },
                   [&](const exponential& of) { return -of.mean * std::log1p(-u); },
                   [&](const lognormal& of) { return boost::math::quantile(standard(of), u); },
                   [&](const zipf& of) {
                       const auto at = std::ranges::upper_bound(of.cumulative, u);
                       const auto rank = std::min<std::ptrdiff_t>(at - of.cumulative.begin() + 1,
                                                                  std::ssize(of.cumulative));
                       return static_cast<double>(rank);
                   },
                   [&](const table& of) { return of.values[place_of(u, of.values.size())]; }},
        shape_);
}

std::uint64_t distribution::whole(double u) const
{
    if (const auto* const range = std::get_if<uniform>(&shape_)) {
        const double least = std::ceil(range->least);
        const double numbers = std::floor(range->most) - least + 1;
        return static_cast<std::uint64_t>(least + std::min(std::floor(u * numbers), numbers - 1));
    }
    return static_cast<std::uint64_t>(std::llround(std::min(quantile(u), most_work)));
}

duration distribution::time(double u) const
{
    constexpr double a_century_ns = 3.1536e18;
    return duration(std::llround(std::min(quantile(u), a_century_ns)));
}

double distribution::probability_above(double value) const
{
    return std::visit(overloaded{[&](const exponential& of) { return std::exp(-value / of.mean); },
                                 [&](const lognormal& of) {
                                     return boost::math::cdf(
                                         boost::math::complement(standard(of), value));
                                 },
                                 [](const auto&) { return 0.0; }},
                      shape_);
}

moments distribution::of_whole() const
{
    const auto all_of = [](std::size_t count, const auto& value) {
        moments sum;
        for (std::size_t i = 0; i < count; ++i) {
            const double one = value(i);
            sum.mean += one / static_cast<double>(count);
            sum.of_square += one * one / static_cast<double>(count);
        }
        return sum;
    };
    if (const auto* const of = std::get_if<constant>(&shape_))
        return all_of(1, [&](std::size_t) { return std::round(of->value); });
    if (const auto* const of = std::get_if<table>(&shape_))
        return all_of(of->values.size(), [&](std::size_t i) { return std::round(of->values[i]); });
    if (const auto* const of = std::get_if<uniform>(&shape_)) {
        const double least = std::ceil(of->least);
        const double most = std::floor(of->most);
        const double numbers = most - least + 1;
        const double mean = (least + most) / 2;
        return {mean, mean * mean + (numbers * numbers - 1) / 12};
    }
    moments sum;
    if (const auto* const of = std::get_if<zipf>(&shape_)) {
        for (std::size_t i = 0; i < of->cumulative.size(); ++i) {
            const double rank = static_cast<double>(i) + 1;
            const double share = of->cumulative[i] - (i == 0 ? 0 : of->cumulative[i - 1]);
            sum.mean += share * rank;
            sum.of_square += share * rank * rank;
        }
        return sum;
    }
    // E N = sum P(N >= k), E N^2 = sum (2k - 1) P(N >= k), and N >= k where the quantity is at least
    // k - 1/2. Where k is large, the sums are integrals.
    constexpr double summed = 100'000;
    for (double k = 1; k <= summed; ++k) {
        const double share = probability_above(k - 0.5);
        sum.mean += share;
        sum.of_square += (2 * k - 1) * share;
    }
    if (probability_above(summed) == 0) return sum;
    boost::math::quadrature::exp_sinh<double> integrator;
    const auto beyond = [&](auto weight) {
        return integrator.integrate([&](double x) { return weight(x) * probability_above(x); },
                                    summed, std::numeric_limits<double>::infinity());
    };
    sum.mean += beyond([](double) { return 1.0; });
    sum.of_square += beyond([](double x) { return 2 * x; });
    return sum;
}

distribution read_work(const reading& at)
{
    const auto value = [](const reading& one) {
        return one.number("an amount of work, a number from 0 to 1000000000", 0, most_work);
    };
    distribution::shape made = read_shape(at, value, true);
    if (const auto* const range = std::get_if<uniform>(&made))
        if (std::ceil(range->least) > std::floor(range->most))
            at.wrong("there is no whole number between the two");
    return distribution(std::move(made));
}

distribution read_times(const reading& at)
{
    return distribution(read_shape(
        at, [](const reading& one) { return static_cast<double>(one.time().count()); }, false));
}

} // namespace badwire::load
