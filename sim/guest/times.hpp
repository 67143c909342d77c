// times.hpp: durations as system calls have them.
#pragma once

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

inline std::chrono::nanoseconds duration_of(const timespec& given)
{
    return std::chrono::seconds(given.tv_sec) + std::chrono::nanoseconds(given.tv_nsec);
}

inline std::chrono::nanoseconds duration_of(const timeval& given)
{
    return std::chrono::seconds(given.tv_sec) + std::chrono::microseconds(given.tv_usec);
}

} // namespace badwire::guest
