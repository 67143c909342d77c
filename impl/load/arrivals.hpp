// arrivals.hpp: when clients come. Open loop: at times of their own, however long the others wait.
// Closed loop: a number of users, each of whom thinks after an answer before it asks again.
//
// Pure; times count from the moment when clients may come. The k-th arrival depends on the seed and
// on k alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "impl/load/distribution.hpp"

namespace badwire::load {

/// The first at once, the next ones at equal distances, `burst` of them each time.
struct regular_arrivals {
    duration every{0};
    std::uint64_t burst = 1;
};

/// A Poisson process; its rate may change.
struct poisson_arrivals {
    struct rate_from {
        duration at;
        double per_second; // 0: nobody comes
    };
    std::vector<rate_from> rates; // the first from 0 on, then in their order
    std::uint64_t burst = 1;      // that come together, each time
};

/// At exactly these times, in their order.
struct listed_arrivals {
    std::vector<duration> times;
};

struct closed_loop {
    std::uint64_t users = 1;
    distribution think = constant{0};
};

class arrivals {
public:
    using kind = std::variant<regular_arrivals, poisson_arrivals, listed_arrivals, closed_loop>;

    arrivals() = default; // one after the other, at once
    template <typename Kind>
    requires std::is_constructible_v<kind, Kind>
    explicit arrivals(Kind of) : kind_(std::move(of)) {}

    /// The first `count` arrivals, in their order. Fewer where no more come: a list has an end, and
    /// so has a process whose last rate is 0. Not of a closed loop.
    std::vector<duration> times(std::uint64_t count, const draws& drawn) const;

    const closed_loop* closed() const { return std::get_if<closed_loop>(&kind_); }
    /// Arrivals a second, where they are a Poisson process with one rate and no bursts.
    std::optional<double> poisson_rate() const;
    /// How many a list has.
    std::optional<std::size_t> listed() const;

private:
    kind kind_;
};

/// What a file of arrivals contains: a time on each line, as "1.5s" or in seconds; what follows a #
/// is a comment. Throws failure of what is wrong, with its line.
std::vector<duration> parse_times(std::string_view text);

/// {"every": "50ms"}, {"poisson": "20/s"}, both with "burst": 10; {"poisson": "20/s", "changes":
/// [{"at": "10s", "poisson": "100/s"}]}; {"times": ["0s", "1.5s"]}; {"file": NAME}, which
/// `contents_of` reads; {"users": 5, "think": "1s"}. Throws mistake.
arrivals read_arrivals(const reading& at,
                       const std::function<std::string(const reading& name)>& contents_of);

} // namespace badwire::load
