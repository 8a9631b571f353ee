// What can be expected of the run of a scenario before it is played. Conservative: anything uncertain is left out,
// since `stp-sim fuzz` reports a fault if an expectation is not met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Indices of the groups of leeches that must complete: an honest seed of their share is always on and can be found and
/// reached, no fault is left over, and there is enough time.
[[nodiscard]] std::vector<std::uint32_t> groups_that_complete(const Scenario& scenario);

/// How long the slowest downlink of a group of leeches takes for the share, if nothing else holds these leeches up:
/// honest, reachable seeds offer twice what all leeches of the share can take, and nobody waits for a connection or a
/// slot. Otherwise nullopt.
[[nodiscard]] std::optional<Duration> own_link_time(const Scenario& scenario, std::uint32_t group);

/// The maximum time from when everybody is there until the first peers of the group's discovery are met.
[[nodiscard]] Duration time_to_meet(const Scenario& scenario, std::uint32_t group);

/// The latest time of the last event and of the arrival of the last leech or seed; Poisson arrivals without an end are
/// not counted.
[[nodiscard]] Duration quiet_from(const Scenario& scenario);

/// Whether all policies are those that stp ships: with others little can be expected.
[[nodiscard]] bool has_usual_policies(const Scenario& scenario);

/// Whether no event of the scenario moves the group's hosts or changes their links.
[[nodiscard]] bool untouched(const Scenario& scenario, const Group& group);

/// Whether some peer of the share sends wrong blocks or claims chunks that it lacks: its victims waste what they get.
[[nodiscard]] bool sends_rubbish(const Scenario& scenario, std::size_t share);

}  // namespace stp::sim
