#include "sim/link/impairments.hpp"

#include <algorithm>
#include <cmath>

namespace badwire::link {

std::string_view to_string(direction which) { return which == direction::up ? "up" : "down"; }

loss_model loss_model::by_mean(double average, double burst)
{
    loss_model made;
    made.bursts = true;
    made.r = 1 / burst;
    made.p = std::min(1.0, made.r * average / (1 - average)); // but for rounding
    return made;
}

std::optional<double> loss_model::share() const
{
    if (course) return {};
    if (bursts) {
        if (at_most_in_a_row > 0) return {};
        const double bad = p + r > 0 ? p / (p + r) : 0; // stationary
        return bad * in_bad + (1 - bad) * in_good;
    }
    if (at_most_in_a_row == 0) return probability;
    // The length of the current run of losses is a Markov chain: length k has a probability
    // proportional to probability^k, and after the longest run no packet is lost.
    if (probability >= 1) return at_most_in_a_row / (at_most_in_a_row + 1.0);
    return probability * (1 - std::pow(probability, at_most_in_a_row)) /
           (1 - std::pow(probability, at_most_in_a_row + 1.0));
}

delay_model::delay_model(duration least, duration most)
    : shape_of(most > least ? distribution::uniform : distribution::constant),
      first(least),
      second(most > least ? most : duration(0))
{
}

duration delay_model::constant_at(duration now) const
{
    return course ? duration(std::llround(course.at(now))) : first;
}

delay_model delay_model::normal(duration mean, duration stddev)
{
    delay_model made;
    made.shape_of = distribution::normal;
    made.first = mean;
    made.second = stddev;
    return made;
}

delay_model delay_model::lognormal(duration mean, duration stddev)
{
    delay_model made = normal(mean, stddev);
    made.shape_of = distribution::lognormal;
    return made;
}

delay_model delay_model::pareto(duration scale, double shape)
{
    delay_model made;
    made.shape_of = distribution::pareto;
    made.first = scale;
    made.shape = shape;
    return made;
}

delay_model delay_model::table(std::vector<duration> values)
{
    delay_model made;
    made.shape_of = distribution::table;
    made.values = std::move(values);
    return made;
}

aqm_model aqm_model::codel()
{
    using namespace std::chrono_literals;
    return {.is = discipline::codel, .target = 5ms, .interval = 100ms};
}

aqm_model aqm_model::fq_codel()
{
    aqm_model made = codel();
    made.is = discipline::fq_codel;
    made.quantum_bytes = 1514;
    return made;
}

aqm_model aqm_model::pie()
{
    using namespace std::chrono_literals;
    return {.is = discipline::pie, .target = 15ms, .interval = 15ms, .burst = 150ms};
}

bool rebind_model::forgets(duration used, duration now) const
{
    if (after_idle && now - used >= *after_idle) return true;
    const auto next = std::ranges::upper_bound(at, used);
    return next != at.end() && *next <= now;
}

namespace {

void heal_changes(std::vector<change>& changes, repetition& again, duration at)
{
    if (again.every > duration(0) && changes[again.end - 1].at >= at) again = {};
    std::erase_if(changes, [&](const change& one) { return one.at >= at; });
    changes.push_back({at, {}});
}

} // namespace

void heal(link_options& link, duration at)
{
    heal_changes(link.up_changes, link.up_again, at);
    heal_changes(link.down_changes, link.down_again, at);
    std::erase_if(link.partitions, [&](const partition& one) { return one.from >= at; });
    for (partition& one : link.partitions) one.until = std::min(one.until, at);
}

bool rate_model::operator==(const rate_model& other) const
{
    const bool same_trace =
        trace == other.trace || (trace && other.trace && *trace == *other.trace);
    return same_trace && bits_per_second == other.bits_per_second && course == other.course &&
           queue_packets == other.queue_packets && queue_bytes == other.queue_bytes &&
           overhead_bytes == other.overhead_bytes && burst_bytes == other.burst_bytes;
}

} // namespace badwire::link
