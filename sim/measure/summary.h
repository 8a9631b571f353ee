// Summary: the figures of one run, in the order and by the names of figure.h.
//
// A figure that has no meaning in a run is missing, rather than 0: a time to completion if nobody completed, lookups if
// the scenario asks for none, the bound of a flash crowd if leeches came one by one. Percentiles are linearly
// interpolated (statistics.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/measure/figure.h"
#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

struct Figure {
  std::string name;
  double value = 0;
  Unit unit = Unit::count;
  std::string_view meaning;
  std::string group;  // the group, or the share, of the figure; empty: the whole run
};

struct Summary {
  std::vector<Figure> figures;

  /// The figure called `name`, if this run has it.
  [[nodiscard]] std::optional<double> value(std::string_view name) const;
};

/// The figures of `result`, which came from `scenario`. Determined by these two alone; RunResult::cost plays no part.
[[nodiscard]] Summary summarize(const Scenario& scenario, const RunResult& result);

}  // namespace stp::sim
