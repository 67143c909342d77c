// delay_statistics.hpp: mean and spread of measured delays, and how well they tell the mean although
// neighbouring delays may be alike. One pass, constant memory (2 KiB), about 10 ns a sample.
#pragma once

#include <array>
#include <cstdint>

#include "sim/link/impairments.hpp"

namespace badwire::link {

/// How long packets took that were asked to be delayed, and were neither copied nor held back for
/// others. Nanoseconds.
class delay_statistics {
public:
    /// `decided`: what the link decided on, waiting at the rate included.
    void add(duration took, duration decided)
    {
        if (samples_++ == 0) origin_ns_ = static_cast<double>(took.count());
        decided_sum_ns_ += static_cast<double>(decided.count());
        add_block(static_cast<double>(took.count()) - origin_ns_);
    }

    std::uint64_t samples() const { return samples_; }
    /// Of at least one sample.
    double mean_ns() const { return origin_ns_ + sum_ns_ / static_cast<double>(samples_); }
    double decided_mean_ns() const { return decided_sum_ns_ / static_cast<double>(samples_); }
    double variance_ns2() const { return level_variance(0); }

    /// How many times as large the variance of the mean is as that of equally many independent
    /// samples; at least 1. Found by blocking: means of blocks of 1, 2, 4, … neighbours, until
    /// longer blocks tell nothing new (H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91 (1989) 461;
    /// the length by R. M. Lee et al., Phys. Rev. E 83 (2011) 066706). What is alike over more than
    /// a thirtieth of all samples is not seen.
    double inflation() const;

private:
    struct level {
        double open = 0; // the first block of a pair
        bool is_open = false;
        std::uint64_t blocks = 0;
        double sum_ns = 0, sum_of_squares_ns2 = 0; // of the blocks' means
    };

    void add_block(double mean)
    {
        sum_ns_ += mean;
        for (level& one : levels_) {
            ++one.blocks;
            one.sum_ns += mean;
            one.sum_of_squares_ns2 += mean * mean;
            if (!one.is_open) {
                one.open = mean;
                one.is_open = true;
                return;
            }
            one.is_open = false;
            mean = (one.open + mean) / 2;
        }
    }
    double level_variance(std::size_t which) const; // of the blocks' means

    std::uint64_t samples_ = 0;
    double origin_ns_ = 0; // the sums are relative to it, so that nothing is lost to rounding
    double sum_ns_ = 0;
    double decided_sum_ns_ = 0;
    std::array<level, 40> levels_{};
};

} // namespace badwire::link
