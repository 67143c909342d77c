#include "sim/link/exact.hpp"

#include <algorithm>

#include <boost/regex.hpp>
#include <fmt/format.h>

#include "impl/base/mistake.hpp"

namespace badwire::link {
namespace {

bool holds(const match::number& asked, std::span<const std::byte> payload)
{
    if (asked.offset > payload.size() || payload.size() - asked.offset < asked.size) return false;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < asked.size; ++i) {
        const std::size_t from = asked.big_endian ? i : asked.size - 1 - i;
        found = found << 8 | std::to_integer<std::uint64_t>(payload[asked.offset + from]);
    }
    return found == asked.value;
}

} // namespace

struct exact_matcher::pattern {
    boost::regex compiled;
};

exact_matcher::exact_matcher(const exact_rule& rule) : rule_(rule)
{
    if (rule.match.regex.empty()) return;
    try {
        regex_ = std::make_shared<pattern>(pattern{boost::regex(rule.match.regex)});
    } catch (const boost::regex_error& error) {
        throw mistake("/match/regex",
                      fmt::format("expected a regular expression: {}", error.what()));
    }
}

bool exact_matcher::matches(std::span<const std::byte> payload) const
{
    const match& asked = rule_.match;
    if (payload.size() < asked.bytes_least || payload.size() > asked.bytes_most) return false;
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    for (const auto& one : asked.bytes)
        if (one.offset > text.size() || !text.substr(one.offset).starts_with(one.bytes))
            return false;
    for (const auto& one : asked.numbers)
        if (!holds(one, payload)) return false;
    if (!asked.text.empty() && text.find(asked.text) == std::string_view::npos) return false;
    if (!regex_) return true;
    try {
        return boost::regex_search(text.begin(), text.end(), regex_->compiled);
    } catch (const std::runtime_error&) {
        return false; // too much work for one packet: boost's bound against exponential time
    }
}

bool exact_matcher::applies(std::span<const std::byte> payload, std::string_view flow, bool dropped,
                            const segment* tcp)
{
    if (rule_.tcp.has_value() != (tcp != nullptr)) return false;
    if (!rule_.flow.empty() && rule_.flow != flow) return false;
    if (tcp != nullptr) {
        if (!rule_.tcp->holds(*tcp)) return false;
        payload = data_of(payload);
    }
    if (!matches(payload)) return false;
    const std::uint64_t n = ++matched_;
    if (dropped) return false;
    const bool meant = rule_.nth.empty()
                           ? n >= rule_.from && n <= rule_.to && (n - rule_.from) % rule_.every == 0
                           : std::ranges::binary_search(rule_.nth, n);
    if (meant) ++struck_;
    return meant;
}

} // namespace badwire::link
