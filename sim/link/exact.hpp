// exact.hpp: an exact rule, ready to be applied. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "sim/link/impairments.hpp"
#include "sim/link/segment.hpp"

namespace badwire::link {

class exact_matcher {
public:
    /// Throws mistake (at /match/regex) for an invalid regular expression.
    explicit exact_matcher(const exact_rule& rule);

    /// Whether the rule applies to this packet; counts it when it matches. A packet that is dropped
    /// already is counted, too, but nothing applies to it. `tcp`: the packet is this segment, and the
    /// payload its canonical bytes.
    bool applies(std::span<const std::byte> payload, std::string_view flow, bool dropped = false,
                 const segment* tcp = nullptr);

    const exact_rule& rule() const { return rule_; }
    /// Continues the count of the same rule.
    void resume(const exact_matcher& before)
    {
        matched_ = before.matched_;
        struck_ = before.struck_;
    }
    /// How many packets matched, and to how many of them the rule applied.
    std::uint64_t matched() const { return matched_; }
    std::uint64_t struck() const { return struck_; }

private:
    struct pattern; // the compiled regular expression

    bool matches(std::span<const std::byte> payload) const;

    exact_rule rule_;
    std::shared_ptr<const pattern> regex_;
    std::uint64_t matched_ = 0;
    std::uint64_t struck_ = 0;
};

} // namespace badwire::link
