// How far each share's makespan is from the Kumar–Ross bound (theory/bounds.h).
//
// The bound is computed over every peer that was ever there, as if all had come at once and stayed: so it holds for any
// arrivals, and a makespan below it is a bug in the simulator. It is tight only for a flash crowd that stays. Where hosts
// have several shares, only the bound of all shares together can be tight.
#pragma once

#include <optional>
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

/// The same of all shares together, for runs in which hosts have several: uplinks carry everything that was fetched, the
/// seeds' at least one copy of each share that was, and a downlink all shares of its host. nullopt where there are no
/// such hosts, nobody completed, or links change.
struct RunBound {
  double bound_seconds = 0;
  double makespan_seconds = 0;  // from the first leech's joining to the last completion of a share
  bool flash_crowd = false;

  [[nodiscard]] double ratio() const { return makespan_seconds / bound_seconds; }
};
[[nodiscard]] std::optional<RunBound> run_bound(const Scenario& scenario, const HostHistories& histories);

/// For each share that somebody completed. None at all if the scenario changes links during the run (Deed::set_link).
[[nodiscard]] std::vector<ShareBound> share_bounds(const Scenario& scenario, const HostHistories& histories);

}  // namespace stp::sim
