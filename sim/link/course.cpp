#include "sim/link/course.hpp"

#include <algorithm>
#include <iterator>

namespace badwire::link {

using duration = std::chrono::nanoseconds;

double course::at(duration now) const
{
    const auto& points = along->points;
    duration passed = std::max(now - since, duration(0));
    if (every > duration(0)) passed %= every;
    const auto next = std::ranges::upper_bound(points, passed, {}, &course_points::point::at);
    if (next == points.begin()) return next->value;
    const auto before = std::prev(next);
    if (!along->straight || next == points.end()) return before->value;
    const double share = static_cast<double>((passed - before->at).count()) /
                         static_cast<double>((next->at - before->at).count());
    return before->value + share * (next->value - before->value);
}

bool course::operator==(const course& other) const
{
    const bool same_values =
        along == other.along || (along && other.along && *along == *other.along);
    return same_values && since == other.since && every == other.every;
}

course ramp(double from, double to, duration over, duration since, duration every)
{
    const std::vector<course_points::point> points{{duration(0), from}, {over, to}};
    return {std::make_shared<const course_points>(course_points{"", points, true}), since, every};
}

} // namespace badwire::link
