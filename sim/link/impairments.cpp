#include "sim/link/impairments.hpp"

namespace badwire::link {

std::string_view to_string(direction which) { return which == direction::up ? "up" : "down"; }

loss_model loss_model::gilbert_elliott(double p, double r, double in_good, double in_bad)
{
    loss_model made;
    made.bursts = true;
    made.p = p;
    made.r = r;
    made.in_good = in_good;
    made.in_bad = in_bad;
    return made;
}

double loss_model::share() const
{
    if (!bursts) return probability;
    const double bad = p + r > 0 ? p / (p + r) : 0; // stationary
    return bad * in_bad + (1 - bad) * in_good;
}

delay_model::delay_model(duration least, duration most)
    : shape_of(most > least ? distribution::uniform : distribution::constant),
      first(least),
      second(most > least ? most : duration(0))
{
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

bool rate_model::operator==(const rate_model& other) const
{
    const bool same_trace =
        trace == other.trace || (trace && other.trace && *trace == *other.trace);
    return same_trace && bits_per_second == other.bits_per_second &&
           queue_packets == other.queue_packets && queue_bytes == other.queue_bytes &&
           overhead_bytes == other.overhead_bytes;
}

} // namespace badwire::link
