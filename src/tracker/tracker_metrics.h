// What a tracker counts, as metrics (docs/metrics.md). Nothing of a single swarm or peer; an announce costs no more.
#pragma once

#include "metrics/metric.h"
#include "tracker/responder.h"

namespace stp::tracker {

/// Appends them. `catalogue`: null, if there is none.
void append_metrics(metrics::List& list, const Registry& registry, const Catalogue* catalogue,
                    const ResponderCounters& counters);

}  // namespace stp::tracker
