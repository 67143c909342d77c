// metrics.hpp: what running relays counted, in the text format of OpenMetrics 1.0, which Prometheus
// reads. docs/control.md lists the metrics. The relays' thread.
#pragma once

#include <string>
#include <string_view>

#include "sim/control/fleet.hpp"

namespace badwire::control {

inline constexpr std::string_view metrics_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string open_metrics(const fleet& links, std::string_view version);

/// A label's value between its quotes.
std::string escaped_label(std::string_view value);

} // namespace badwire::control
