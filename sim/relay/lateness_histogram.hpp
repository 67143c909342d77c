// lateness_histogram.hpp: durations in log-linear buckets: 16 for each power of two, so a quantile
// is at most 1/16 too high. Always takes 8 KiB. Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace badwire::relay {

class lateness_histogram {
public:
    /// Negative durations count as zero.
    void add(std::chrono::nanoseconds late)
    {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(late.count(), 0));
        ++buckets_[bucket_of(ns)];
        ++samples_;
        max_ns_ = std::max(max_ns_, ns);
    }

    std::uint64_t samples() const { return samples_; }
    std::chrono::nanoseconds max() const { return to_duration(max_ns_); }

    /// The least duration that at least a share of `portion` (0 to 1) of the samples does not
    /// exceed, rounded up to its bucket's end; nothing when there are no samples.
    std::chrono::nanoseconds quantile(double portion) const
    {
        const auto wanted =
            static_cast<std::uint64_t>(std::ceil(portion * static_cast<double>(samples_)));
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            below += buckets_[i];
            if (below >= wanted && below > 0) return to_duration(std::min(end_of(i), max_ns_));
        }
        return to_duration(0);
    }

private:
    static constexpr unsigned linear_bits = 4;
    static constexpr std::uint64_t linear = 1 << linear_bits;

    static std::size_t bucket_of(std::uint64_t ns)
    {
        if (ns < linear) return ns;
        const auto octave = static_cast<unsigned>(std::bit_width(ns)) - 1 - linear_bits;
        return linear * octave + (ns >> octave);
    }

    // The last duration that still belongs to the bucket.
    static std::uint64_t end_of(std::size_t bucket)
    {
        if (bucket < linear) return bucket;
        const auto octave = bucket / linear - 1;
        return ((bucket % linear + linear + 1) << octave) - 1;
    }

    static std::chrono::nanoseconds to_duration(std::uint64_t ns)
    {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
    }

    std::array<std::uint64_t, linear*(64 - linear_bits + 1)> buckets_{};
    std::uint64_t samples_ = 0;
    std::uint64_t max_ns_ = 0;
};

} // namespace badwire::relay
