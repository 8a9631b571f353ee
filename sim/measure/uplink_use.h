// Use of uplinks: payload uploaded ÷ what the uplinks could have carried while somebody wanted something.
//
// Uplinks without a limit count on neither side. A peer's uplink counts while it is online, a free rider's too: what it
// does not give is wasted.
#pragma once

#include <optional>
#include <span>

#include "sim/measure/host_history.h"
#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Over the whole run, from the records: exact, with the links that hosts joined with. Time counts while a leech still
/// wants the share that the peer is about. Nothing if there is no such time, or no limited uplink.
[[nodiscard]] std::optional<double> uplink_use(const Scenario& scenario, const RunResult& result,
                                               const HostHistories& histories);

/// Whether every peer's uplink has a limit. Only then do samples, which count all payload, show how uplinks are used.
[[nodiscard]] bool all_uplinks_limited(const Scenario& scenario, const RunResult& result);

/// Between the moments when 10 % and 90 % of all payload had been sent, from the samples: without the time in which a
/// swarm has nothing to give yet, and without its last stragglers. Nothing if no payload was sent.
[[nodiscard]] std::optional<double> uplink_use_middle(std::span<const Sample> samples);

}  // namespace stp::sim
