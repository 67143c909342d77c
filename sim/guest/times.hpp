// times.hpp: durations as system calls have them.
#pragma once

#include <algorithm>
#include <chrono>

#include <sys/time.h>
#include <time.h>

namespace badwire::guest {

inline timespec timespec_of(std::chrono::nanoseconds time)
{
    constexpr long nanos = 1'000'000'000;
    return {time.count() / nanos, time.count() % nanos};
}

inline timeval timeval_of(std::chrono::nanoseconds time)
{
    const timespec exact = timespec_of(time);
    return {exact.tv_sec, exact.tv_nsec / 1000};
}

/// A century at most, which is as good as for ever: programs ask for the longest time there is.
inline std::chrono::nanoseconds duration_of(const timespec& given)
{
    constexpr time_t century = 3'155'760'000;
    constexpr long second = 1'000'000'000;
    return std::chrono::seconds(std::clamp(given.tv_sec, -century, century)) +
           std::chrono::nanoseconds(std::clamp(given.tv_nsec, -second, second));
}

inline std::chrono::nanoseconds duration_of(const timeval& given)
{
    constexpr suseconds_t second = 1'000'000;
    return duration_of(timespec{given.tv_sec, std::clamp(given.tv_usec, -second, second) * 1000});
}

} // namespace badwire::guest
