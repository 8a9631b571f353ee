// What a DHT node counts, as metrics (docs/metrics.md).
#pragma once

#include "dht/node.h"
#include "metrics/metric.h"

namespace stp::dht {

/// Appends them. Always as many, whatever the node holds.
void append_metrics(metrics::List& list, const NodeStatus& status);

}  // namespace stp::dht
