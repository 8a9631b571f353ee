// The plots of one run, drawn from peers.csv, timeseries.csv and dht.csv.
#pragma once

#include <vector>

#include "sim/measure/run_result.h"
#include "sim/measure/summary.h"
#include "sim/report/plot.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Those for which the run has data: completion (one curve per group), peers, uplinks, groups, shares (availability),
/// copies, lookup_latency, lookup_hops.
[[nodiscard]] std::vector<PlotScript> run_plots(const Scenario& scenario, const RunResult& result,
                                                const Summary& summary);

}  // namespace stp::sim
