// What the operating system counts of this process, under the names that Prometheus's own client libraries use.
#pragma once

#include "metrics/metric.h"

namespace stp::net {

/// Appends `process_…`; what the system does not say is left out.
void append_process_metrics(metrics::List& list);

}  // namespace stp::net
