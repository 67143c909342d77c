#include "impl/base/share.hpp"

#include <algorithm>
#include <cmath>

namespace badwire {

interval wilson(double successes, double trials)
{
    constexpr double z = 1.959963984540054; // of 95 %
    const double share = successes / trials;
    const double weight = 1 / (1 + z * z / trials);
    const double middle = weight * (share + z * z / (2 * trials));
    const double margin =
        weight * z * std::sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
    // Of none and of all the bound is exact, which rounding would miss.
    return {successes == 0 ? 0 : std::max(0.0, middle - margin),
            successes == trials ? 1 : std::min(1.0, middle + margin)};
}

} // namespace badwire
