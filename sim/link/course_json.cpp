#include "sim/link/course_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "impl/base/units.hpp"
#include "sim/link/impairment/named_file.hpp"

namespace badwire::link {
namespace {

using duration = std::chrono::nanoseconds;
using course_point = course_points::point;

constexpr std::size_t points_max = 1'000'000;
constexpr duration usual_step = std::chrono::seconds(1); // as ping measures

std::string trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

// The lines of a trace: a time and a value, or a value alone. The first may name the columns.
class trace_file {
public:
    trace_file(const reading& at, const std::filesystem::path& file, const course_values& values,
               duration step)
        : at_(at), name_(file.string()), values_(values), step_(step)
    {
    }

    std::vector<course_point> read(const std::string& contents)
    {
        std::istringstream lines(contents);
        for (std::string line; std::getline(lines, line);) {
            ++number_;
            const std::string text = trimmed(line);
            if (text.empty() || text.front() == '#') continue;
            take(text);
        }
        if (points_.empty()) at_.wrong(fmt::format("{} has no values", name_));
        return std::move(points_);
    }

private:
    void take(const std::string& line)
    {
        const auto comma = line.find(',');
        const bool timed = comma != std::string::npos;
        const std::string text = trimmed(timed ? line.substr(comma + 1) : line);
        const auto value = values_.parse(text);
        const auto time = timed ? milliseconds_or_duration(trimmed(line.substr(0, comma)))
                                : static_cast<double>(step_.count() * lines_);
        const bool names_columns = lines_++ == 0 && !value && !(timed && time);
        if (names_columns) {
            lines_ = 0;
            if (std::exchange(headed_, true)) refuse(values_.what, text);
            return;
        }
        if (!time) refuse("a time in milliseconds, or with a unit", line.substr(0, comma));
        if (!value) refuse(values_.what, text);
        if (points_.empty()) timed_ = timed;
        if (timed != timed_) refuse("a time and a value in each line, or a value alone", line);
        add(*time, *value);
    }
    void add(double time, double value)
    {
        if (points_.size() >= points_max)
            at_.wrong(fmt::format("{} has more than {} values", name_, points_max));
        const duration at(std::llround(time));
        if (points_.empty()) first_ = at;
        if (!points_.empty() && at - first_ <= points_.back().at)
            refuse("a later time than in the line before", format_duration(at));
        points_.push_back({at - first_, value});
    }
    [[noreturn]] void refuse(std::string_view what, const std::string& found) const
    {
        at_.wrong(fmt::format("{}, line {}: expected {}, found \"{}\"", name_, number_, what,
                              found.substr(0, 40)));
    }

    const reading& at_;
    std::string name_;
    const course_values& values_;
    duration step_;
    std::vector<course_point> points_;
    std::size_t number_ = 0; // of the line
    std::int64_t lines_ = 0; // with values
    bool headed_ = false;    // a line has named the columns
    bool timed_ = false;
    duration first_{0};
};

std::vector<course_point> read_list(const reading& at, const course_values& values, duration step)
{
    at.check_array(R"(a file, or its values such as [["0s", …], ["5s", …]])", 1);
    std::vector<course_point> read;
    at.each([&](const reading& one) {
        if (!one.value().is_array()) {
            read.push_back({step * static_cast<std::int64_t>(read.size()), values.read(one)});
            return;
        }
        if (one.size() != 2) one.expected("a time and a value");
        read.push_back({one.at(std::size_t{0}).time(), values.read(one.at(std::size_t{1}))});
    });
    if (read.size() < at.size()) return {}; // the mistakes are noted
    if (read.front().at != duration(0)) at.wrong("expected a first time of 0");
    const auto later = [](const course_point& a, const course_point& b) { return a.at >= b.at; };
    if (std::ranges::adjacent_find(read, later) != read.end()) at.wrong("expected rising times");
    return read;
}

// The last value holds as long as the one before it.
duration length_of(const std::vector<course_point>& points, duration step)
{
    if (points.size() < 2) return step;
    return points.back().at + (points.back().at - points[points.size() - 2].at);
}

course read_trace(const reading& at, const course_values& values, const surroundings& around,
                  duration step)
{
    course_points read;
    if (at.value().is_string()) {
        const auto file = named_file(at, around);
        read.file = file.string();
        read.points = trace_file(at, file, values, step).read(contents_of(at, file));
    } else {
        read.points = read_list(at, values, step);
    }
    if (read.points.empty()) return {};
    const duration length = length_of(read.points, step);
    return {std::make_shared<const course_points>(std::move(read)), duration(0), length};
}

} // namespace

std::optional<double> milliseconds_or_duration(const std::string& text)
{
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number);
    constexpr double a_century_ms = 3.1e12;
    if (failed == std::errc{} && rest == end) {
        if (!(number >= 0 && number <= a_century_ms)) return {};
        return number * 1e6;
    }
    const auto parsed = parse_duration(text);
    return parsed ? std::optional(static_cast<double>(parsed->count())) : std::nullopt;
}

course read_ramp(const reading& at, const course_values& values, const surroundings& around)
{
    constexpr std::string_view what = R"(a ramp such as {"from": …, "to": …, "over": "10s"})";
    at.check_object(what, {"from", "to", "over", "since", "every"});
    double from = 0;
    double to = 0;
    duration over{1};
    at.need("from", "the value it begins with",
            [&](const reading& one) { from = values.read(one); });
    at.need("to", "the value it ends with", [&](const reading& one) { to = values.read(one); });
    at.need("over", "the time it takes, such as \"10s\"", [&](const reading& time) {
        over = time.time();
        if (over == duration(0)) time.expected("a time above zero");
    });
    duration since = around.begins;
    duration every = around.again;
    at.with("since", [&](const reading& time) {
        since = time.time();
        every = duration(0);
    });
    at.with("every", [&](const reading& time) { every = time.time(); });
    return ramp(from, to, over, since, every);
}

course read_course(const reading& at, const course_values& values, const surroundings& around)
{
    course read;
    duration step = usual_step;
    at.with("step", [&](const reading& time) {
        step = time.time();
        if (step == duration(0)) time.expected("a time above zero");
        if (!at.has("trace")) time.wrong("\"step\" also needs a key \"trace\"");
    });
    at.with("ramp", [&](const reading& one) { read = read_ramp(one, values, around); });
    at.with("trace", [&](const reading& one) { read = read_trace(one, values, around, step); });
    return read;
}

void write_course(const course& of, const course_values& values, nlohmann::json& into)
{
    const auto& points = of.along->points;
    if (of.is_ramp()) {
        into["ramp"] = {{"from", values.write(points.front().value)},
                        {"to", values.write(points.back().value)},
                        {"over", format_duration(points.back().at)},
                        {"since", format_duration(of.since)}};
        if (of.every > duration(0)) into["ramp"]["every"] = format_duration(of.every);
        return;
    }
    if (!of.along->file.empty()) into["trace"] = of.along->file;
    else
        for (const course_point& one : points)
            into["trace"].push_back({format_duration(one.at), values.write(one.value)});
    if (points.size() == 1) into["step"] = format_duration(of.every);
    else if (!of.along->file.empty()) into["step"] = format_duration(points[1].at);
}

} // namespace badwire::link
