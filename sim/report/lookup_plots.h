// The plots of a workload of DHT lookups: how long they take, and how many hops.
#pragma once

#include <vector>

#include "sim/measure/run_result.h"
#include "sim/report/plot.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Those for which `result` has data.
[[nodiscard]] std::vector<PlotScript> lookup_plots(const Scenario& scenario, const RunResult& result);

}  // namespace stp::sim
