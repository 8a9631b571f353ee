// Shrinking a scenario that breaks something to one that a person can think about.
//
// Greedy: from a list of simpler variants, boldest first, the first that still fails is taken, until none does. The
// caller defines "fails"; a variant that is not a valid scenario must not count as failing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace stp::sim {

/// One way of making a scenario simpler, and what it did: "without group leeches".
struct SimplerScenario {
  std::string how;
  Scenario scenario;
};

/// Everything that is one step simpler than `scenario`: fewer events and groups, halves of counts, chunks and times,
/// habits and network replaced by plain ones. Never `scenario` itself; finite descent: repeated steps end.
[[nodiscard]] std::vector<SimplerScenario> simpler_scenarios(const Scenario& scenario);

struct Shrunk {
  Scenario scenario;
  std::size_t attempts = 0;
  std::size_t steps = 0;  // that were made
};

/// `fails(scenario)` is true. Calls `fails` at most `attempts_max` times; `fails` may also return false from some point
/// on when time is up.
[[nodiscard]] Shrunk shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails,
                            std::size_t attempts_max);

}  // namespace stp::sim
