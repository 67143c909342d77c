#include "sim/link/delay_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::link {
namespace {

constexpr std::uint64_t blocks_min = 32; // fewer say too little of their own variance

} // namespace

double delay_statistics::level_variance(std::size_t which) const
{
    const level& of = levels_[which];
    if (of.blocks < 2) return 0;
    const auto blocks = static_cast<double>(of.blocks);
    const double mean = of.sum_ns / blocks;
    return std::max(0.0, (of.sum_of_squares_ns2 - blocks * mean * mean) / (blocks - 1));
}

double delay_statistics::inflation() const
{
    const double single = level_variance(0);
    if (!(single > 0)) return 1;
    double inflation = 1;
    double block = 1; // samples in each block of the level
    for (std::size_t i = 0; i < levels_.size() && levels_[i].blocks >= blocks_min;
         ++i, block *= 2) {
        inflation = block * level_variance(i) / single;
        if (block * block * block > 2 * static_cast<double>(samples_) * inflation * inflation)
            break;
    }
    return std::max(1.0, inflation);
}

} // namespace badwire::link
