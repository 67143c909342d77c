// course.hpp: a number that goes with the time: a ramp from one value to another, or a trace of what
// was measured. Pure: the time says the value.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace badwire::link {

/// The values themselves, shared by all who ask for them.
struct course_points {
    struct point {
        std::chrono::nanoseconds at{0}; // rising, the first is 0
        double value = 0;
        bool operator==(const point&) const = default;
    };
    std::string file{}; // where they were read; empty: nowhere
    std::vector<point> points{};
    bool straight = false; // lines between the points; else each value holds until the next
    bool operator==(const course_points&) const = default;
};

struct course {
    std::shared_ptr<const course_points> along{}; // null: none
    std::chrono::nanoseconds since{0};            // when it begins, on the link's clock
    std::chrono::nanoseconds every{0};            // it begins again; 0: its last value stays

    explicit operator bool() const { return along != nullptr; }
    bool is_ramp() const { return along && along->straight; }
    /// The value that holds at `now`; before its beginning the first.
    double at(std::chrono::nanoseconds now) const;
    bool operator==(const course& other) const;
};

/// In a straight line from one value to another, over that time.
course ramp(double from, double to, std::chrono::nanoseconds over, std::chrono::nanoseconds since,
            std::chrono::nanoseconds every = std::chrono::nanoseconds(0));

} // namespace badwire::link
