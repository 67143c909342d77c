#include "bindings/link_model.hpp"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/json_text.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::bindings {
namespace {

link::lane lane_of(const std::string& json, std::uint64_t seed, const std::string& name,
                   link::direction which)
{
    return {seed, name, link::parse_link_options(parse_json(json)), which};
}

} // namespace

link_model::link_model(const std::string& link, std::uint64_t seed, const std::string& name)
    : up_{lane_of(link, seed, name, link::direction::up)},
      down_{lane_of(link, seed, name, link::direction::down)}
{
}

link_model::decision link_model::decide(const std::string& direction, std::string payload,
                                        double at_s, const std::string& flow)
{
    if (direction != "up" && direction != "down")
        throw std::invalid_argument(
            fmt::format("direction: expected \"up\" or \"down\", found \"{}\"", direction));
    side& along = direction == "up" ? up_ : down_;
    constexpr double a_century_s = 3.2e9;
    if (!(at_s >= 0 && at_s <= a_century_s))
        throw std::invalid_argument(fmt::format("at_s: expected seconds from 0, found {}", at_s));
    const link::duration at(std::llround(at_s * 1e9));
    if (at < along.latest)
        throw std::invalid_argument(
            fmt::format("at_s: time does not fall: {} s, after {} s", at_s,
                        std::chrono::duration<double>(along.latest).count()));
    along.latest = at;
    link::flow& of = along.lane.open_flow(flow);
    const auto met = along.lane.decide(of, std::as_bytes(std::span(payload)), at);
    if (met.waits)
        throw std::invalid_argument(
            "aqm: a managed queue decides over a packet when it leaves, by what "
            "comes meanwhile; a LinkModel, which answers at once, cannot "
            "tell. Run it in a World, on a Relay or in a scenario");
    along.lane.corrupt(of, met, std::as_writable_bytes(std::span(payload)));
    return {met, link::explain(along.lane.asked(), met), std::move(payload)};
}

} // namespace badwire::bindings
