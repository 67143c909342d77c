#include "harness/theory/proportion.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/normal.hpp>

namespace badwire::theory {

proportion share_of(std::uint64_t successes, std::uint64_t trials, double confidence)
{
    if (trials == 0) return {};
    const double z =
        boost::math::quantile(boost::math::normal_distribution<double>(), (1 + confidence) / 2);
    const auto n = static_cast<double>(trials);
    const double share = static_cast<double>(successes) / n;
    const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
    const double half =
        z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return {share, successes == 0 ? 0 : std::max(0.0, middle - half),
            successes == trials ? 1 : std::min(1.0, middle + half)};
}

} // namespace badwire::theory
