// impairments_json.hpp: each impairment from JSON; docs/impairments has a page for each. They throw
// or note mistakes.
#pragma once

#include "impl/base/reading.hpp"
#include "sim/link/impairments.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

loss_model parse_loss(const reading& at);
delay_model parse_delay(const reading& at);
duplicate_model parse_duplicate(const reading& at);
reorder_model parse_reorder(const reading& at);
corrupt_model parse_corrupt(const reading& at);
rate_model parse_rate(const reading& at, const surroundings& around);
stream_faults parse_tcp(const reading& at);

} // namespace badwire::link
