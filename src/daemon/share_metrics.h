// What the shares of a daemon do, as metrics (docs/metrics.md).
#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "metrics/metric.h"

namespace stp::daemon {

/// Shares that have figures of their own; those with the lowest numbers.
inline constexpr std::size_t kMetricSharesMax = 1000;

/// Appends them. `shares`: each as Share::to_json(), in the order of their numbers.
void append_metrics(metrics::List& list, const std::vector<nlohmann::json>& shares);

}  // namespace stp::daemon
