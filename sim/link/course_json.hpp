// course_json.hpp: numbers that go with the time, as options write them:
//   {"ramp": {"from": 0, "to": 0.3, "over": "10s"}}
//   {"trace": "delays.csv"}, {"trace": [["0s", "20ms"], ["5s", "80ms"]]}, {"trace": [0, 0.1], "step": "1s"}
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "impl/base/reading.hpp"
#include "sim/link/course.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

/// What the values of a course are.
struct course_values {
    /// Of one in JSON; throws mistake.
    double (*read)(const reading& at) = nullptr;
    /// Of one in a file: nothing where the text is none.
    std::optional<double> (*parse)(const std::string& text) = nullptr;
    nlohmann::json (*write)(double value) = nullptr;
    std::string_view what{}; // they are, for messages about files
};

/// A number of milliseconds, as in mahimahi's files, or a duration with its unit: in nanoseconds.
std::optional<double> milliseconds_or_duration(const std::string& text);

/// The ramp or trace of an object that has one of these keys.
course read_course(const reading& at, const course_values& values, const surroundings& around);

/// A ramp alone.
course read_ramp(const reading& at, const course_values& values, const surroundings& around);

/// Adds the keys that read_course() reads back as the same.
void write_course(const course& of, const course_values& values, nlohmann::json& into);

} // namespace badwire::link
