// random.hpp: a program's random numbers. Seeded, so that the same seed is the same run.
#pragma once

#include <cstdint>
#include <limits>

namespace badwire::net {

/// A uniform random bit generator (SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014). Not for secrets. Standard distributions differ between
/// standard libraries, so draw with below() where a result must be repeatable.
class random_source {
public:
    using result_type = std::uint64_t;

    explicit random_source(std::uint64_t seed) : state_(seed) {}

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    result_type operator()()
    {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// Uniform in [0, bound), without modulo bias. bound must be positive.
    std::uint64_t below(std::uint64_t bound)
    {
        const std::uint64_t reject_under = (0 - bound) % bound; // 2^64 mod bound
        for (;;)
            if (std::uint64_t drawn = (*this)(); drawn >= reject_under) return drawn % bound;
    }

private:
    std::uint64_t state_;
};

} // namespace badwire::net
