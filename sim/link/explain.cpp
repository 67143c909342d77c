#include "sim/link/explainer.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "impl/base/units.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

// ", asked 0.05": a chance as one writes it.
std::string asked_for(double probability) { return fmt::format(", asked {}", probability); }

// ", drawn 0.012345". As wide as numbers need that are compared with a probability; by hand,
// because a capture explains a million packets a second.
void add_drawn(std::string& text, double value)
{
    std::array<char, 8> digits{'0', '.', '0', '0', '0', '0', '0', '0'};
    auto millionths = static_cast<unsigned>(value * 1e6);
    if (millionths >= 1'000'000) {
        digits[0] = '1';
        millionths = 0;
    }
    for (std::size_t i = digits.size(); i-- > 2; millionths /= 10)
        digits[i] = static_cast<char>('0' + millionths % 10);
    text.append(", drawn ").append(digits.data(), digits.size());
}

void add_number(std::string& text, std::uint64_t number)
{
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

// The next part of the text begins.
void begin(std::string& text, std::string_view part)
{
    if (!text.empty()) text += "; ";
    text += part;
}

} // namespace

explainer::explainer(const impairments& asked)
    : asked_(asked),
      loss_(asked_for(asked.loss.probability)),
      corrupt_(asked_for(asked.corrupt.probability)),
      duplicate_(asked_for(asked.duplicate.probability)),
      reorder_(asked_for(asked.reorder.probability))
{
    const auto all = to_json(asked);
    if (!asked.delay.is_zero()) delay_ = ": asked " + all.at("delay").dump();
    if (asked.rate.limited()) rate_ = all.at("rate").dump();
}

std::string explainer::the_rule(const fate& decided) const
{
    const std::size_t number = decided.exact;
    if (number == 0 || number > asked_.exact.size()) return fmt::format("exact rule {}", number);
    return fmt::format("exact rule {} {}", number, asked_.exact[number - 1].written);
}

std::string explainer::why_dropped(const fate& decided) const
{
    std::string text;
    switch (decided.why) {
    case cause::exact: return "dropped by " + the_rule(decided);
    case cause::cut: return "dropped: the link is cut";
    case cause::mtu: return fmt::format("dropped: larger than the MTU of {} bytes", asked_.mtu);
    case cause::queue: return "dropped: the queue is full, rate " + rate_;
    case cause::loss:
        text = "dropped by loss";
        if (asked_.loss.bursts)
            text += fmt::format(": gilbert-elliott, {} state, asked {}",
                                decided.in_bad_state ? "bad" : "good",
                                decided.in_bad_state ? asked_.loss.in_bad : asked_.loss.in_good);
        else text.append(":").append(loss_, 1);
        add_drawn(text, decided.loss_drawn);
        return text;
    case cause::none: break;
    }
    return "dropped";
}

std::string explainer::operator()(const fate& decided) const
{
    if (decided.dropped) return why_dropped(decided);
    std::string text;
    if (decided.flip_bits > 0) {
        begin(text, "corrupted: ");
        add_number(text, decided.flip_bits);
        text += decided.flip_bits == 1 ? " bit flipped" : " bits flipped";
        if (decided.corrupt_drawn < asked_.corrupt.probability)
            add_drawn(text += corrupt_, decided.corrupt_drawn);
    }
    if (decided.copies > 0) {
        begin(text, "duplicated: ");
        add_number(text, decided.copies);
        text += decided.copies == 1 ? " copy more" : " copies more";
        if (decided.duplicate_drawn < asked_.duplicate.probability)
            add_drawn(text += duplicate_, decided.duplicate_drawn);
    }
    if (decided.delay > duration(0)) {
        begin(text, "delayed by ");
        text += format_duration(decided.delay);
        text += delay_;
        if (!asked_.delay.is_constant()) add_drawn(text, decided.delay_drawn);
        if (decided.queued > duration(0))
            text.append(", of it ")
                .append(format_duration(decided.queued))
                .append(" at the rate ")
                .append(rate_);
    }
    if (decided.overtakers > 0) {
        begin(text, "reordered: held back for ");
        add_number(text, decided.overtakers);
        text += decided.overtakers == 1 ? " later packet" : " later packets";
        add_drawn(text += reorder_, decided.reorder_drawn);
    }
    if (decided.exact > 0) {
        begin(text, "by ");
        text += the_rule(decided);
    }
    return text;
}

std::string explain(const impairments& asked, const fate& decided)
{
    return explainer(asked)(decided);
}

std::string_view to_string(cause why)
{
    constexpr std::array<std::string_view, causes> names{"none", "exact", "cut",
                                                         "mtu",  "queue", "loss"};
    return names[static_cast<std::size_t>(why)];
}

} // namespace badwire::link
