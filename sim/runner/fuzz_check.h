// What must be true of every run, whatever the scenario; `stp-sim fuzz` looks for a scenario that violates it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/measure/run_result.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// What is impossible about `result`, in one line; nullopt if nothing is:
///   - a leech of groups_that_complete() (expectations.h) is left without its share, or takes more than 1.25 times what
///     its own link takes although sources suffice;
///   - a leech wastes more than 2 % of what it downloads although nobody sends wrong data;
///   - bytes come from nowhere: more is received than sent, or more than a link carries, or free riders upload;
///   - somebody is faster than the Kumar–Ross bound;
///   - times of one stay are out of order.
[[nodiscard]] std::optional<std::string> find_fault(const Scenario& scenario, const RunResult& result);

/// Plays the scenario twice: find_fault() of the first run, or that the second had a different trace. Assertions of the
/// cores and of check_invariants() end the process.
[[nodiscard]] std::optional<std::string> play_and_find_fault(const Scenario& scenario, std::uint64_t seed);

}  // namespace stp::sim
