// strike_name.hpp: the name of something that a link may do, as expectations and results write it:
// "wan.loss", in one direction "wan.down.loss", one exact rule of several "wan.down.exact.2".
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "impl/base/reading.hpp"
#include "sim/link/impairments.hpp"

namespace badwire::harness {

struct scenario;

struct strike_name {
    std::string link;
    std::optional<badwire::link::direction> only; // nothing: both
    std::string impairment;                       // its key
    std::size_t rule = 0;                         // of exact: which, from 1; 0: all

    std::string text() const;
    bool concerns(badwire::link::direction which) const { return !only || *only == which; }
};

/// Throws mistake for a name of nothing that the links of `in` are asked for.
strike_name read_strike_name(const reading& at, const scenario& in);

/// The exact rule that is meant in that direction, as JSON; empty: that direction does not have it.
std::string rule_meant(const strike_name& name, badwire::link::direction which, const scenario& in);

/// Whether that is an exact rule about TCP segments.
bool means_segments(const strike_name& name, const scenario& in);

} // namespace badwire::harness
