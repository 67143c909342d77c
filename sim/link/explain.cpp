#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "impl/base/units.hpp"
#include "sim/link/fate.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

std::string value_of(const impairments& asked, const char* key)
{
    const auto all = to_json(asked);
    return all.contains(key) ? all.at(key).dump() : std::string("nothing");
}

// As wide as the numbers need: a drawn value next to a probability.
std::string drawn(double value) { return fmt::format("{:.6f}", value); }

std::string the_rule(const impairments& asked, const fate& decided)
{
    const std::size_t number = decided.exact;
    if (number == 0 || number > asked.exact.size()) return fmt::format("exact rule {}", number);
    return fmt::format("exact rule {} {}", number, asked.exact[number - 1].written);
}

std::string why_dropped(const impairments& asked, const fate& decided)
{
    switch (decided.why) {
    case cause::exact: return "dropped by " + the_rule(asked, decided);
    case cause::cut: return "dropped: the link is cut";
    case cause::mtu: return fmt::format("dropped: larger than the MTU of {} bytes", asked.mtu);
    case cause::queue:
        return fmt::format("dropped: the queue is full, rate {}", value_of(asked, "rate"));
    case cause::loss:
        if (asked.loss.bursts)
            return fmt::format("dropped by loss: gilbert-elliott, {} state, asked {}, drawn {}",
                               decided.in_bad_state ? "bad" : "good",
                               decided.in_bad_state ? asked.loss.in_bad : asked.loss.in_good,
                               drawn(decided.loss_drawn));
        return fmt::format("dropped by loss: asked {}, drawn {}", asked.loss.probability,
                           drawn(decided.loss_drawn));
    case cause::none: break;
    }
    return "dropped";
}

} // namespace

std::string_view to_string(cause why)
{
    constexpr std::array<std::string_view, causes> names{"none", "exact", "cut",
                                                         "mtu",  "queue", "loss"};
    return names[static_cast<std::size_t>(why)];
}

std::string explain(const impairments& asked, const fate& decided)
{
    if (decided.dropped) return why_dropped(asked, decided);
    std::vector<std::string> parts;
    if (decided.flip_bits > 0)
        parts.push_back(fmt::format("corrupted: {} bit{} flipped", decided.flip_bits,
                                    decided.flip_bits == 1 ? "" : "s") +
                        (decided.corrupt_drawn < asked.corrupt.probability
                             ? fmt::format(", asked {}, drawn {}", asked.corrupt.probability,
                                           drawn(decided.corrupt_drawn))
                             : std::string()));
    if (decided.copies > 0)
        parts.push_back(fmt::format("duplicated: {} cop{} more", decided.copies,
                                    decided.copies == 1 ? "y" : "ies") +
                        (decided.duplicate_drawn < asked.duplicate.probability
                             ? fmt::format(", asked {}, drawn {}", asked.duplicate.probability,
                                           drawn(decided.duplicate_drawn))
                             : std::string()));
    if (decided.delay > duration(0)) {
        std::string text = fmt::format("delayed by {}", format_duration(decided.delay));
        if (!asked.delay.is_zero()) text += ": asked " + value_of(asked, "delay");
        if (!asked.delay.is_constant()) text += ", drawn " + drawn(decided.delay_drawn);
        if (decided.queued > duration(0))
            text += fmt::format(", of it {} at the rate {}", format_duration(decided.queued),
                                value_of(asked, "rate"));
        parts.push_back(std::move(text));
    }
    if (decided.overtakers > 0)
        parts.push_back(
            fmt::format("reordered: held back for {} later packet{}, asked {}, drawn {}",
                        decided.overtakers, decided.overtakers == 1 ? "" : "s",
                        asked.reorder.probability, drawn(decided.reorder_drawn)));
    if (decided.exact > 0) parts.push_back("by " + the_rule(asked, decided));
    return fmt::format("{}", fmt::join(parts, "; "));
}

} // namespace badwire::link
