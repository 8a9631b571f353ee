// How far each share's makespan is from the Kumar–Ross bound (theory/bounds.h).
//
// The bound is computed over every peer that was ever there, as if all had come at once and stayed: so it holds for any
// arrivals, and a makespan below it is a bug in the simulator. It is tight only for a flash crowd that stays.
#pragma once

#include <vector>

#include "sim/measure/host_history.h"
#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

struct ShareBound {
  std::size_t share = 0;        // index into Scenario::shares
  double bound_seconds = 0;     // nobody can be faster
  double makespan_seconds = 0;  // from the first leech's joining to the last completion
  bool flash_crowd = false;     // all leeches came at the same moment

  [[nodiscard]] double ratio() const { return makespan_seconds / bound_seconds; }
};

/// For each share that somebody completed. None at all if the scenario changes links during the run (Deed::set_link).
[[nodiscard]] std::vector<ShareBound> share_bounds(const Scenario& scenario, const HostHistories& histories);

}  // namespace stp::sim
