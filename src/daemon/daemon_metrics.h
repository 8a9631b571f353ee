// The answer to `GET /metrics` of a process with shares (docs/metrics.md).
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "http/message.h"
#include "metrics/exposition.h"
#include "net/host.h"

namespace stp::daemon {

/// `shares`: as append_metrics() takes them.
[[nodiscard]] http::Response metrics_response(const net::Host& host, const std::vector<nlohmann::json>& shares,
                                              metrics::Form form);

}  // namespace stp::daemon
