// What a scenario lets one expect of its run, before it is played. Careful: whatever is not certain is left out, since
// `stp-sim fuzz` calls it a fault when an expectation is not met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// Indices of the groups of leeches that cannot but complete: an honest seed of their share is always on and can be
/// found and reached, no fault is left over, and there is time enough.
[[nodiscard]] std::vector<std::uint32_t> groups_that_complete(const Scenario& scenario);

/// How long the slowest downlink of a group of leeches takes for the share, where nothing else holds these leeches up:
/// honest, reachable seeds offer twice what all leeches of the share can take, and nobody waits for a connection or a
/// slot. nullopt elsewhere.
[[nodiscard]] std::optional<Duration> own_link_time(const Scenario& scenario, std::uint32_t group);

/// From when everybody is there until the first peers of the group's discovery are met, at most.
[[nodiscard]] Duration time_to_meet(const Scenario& scenario, std::uint32_t group);

/// When the last event has happened and the last leech or seed has come, at most; Poisson arrivals without an end are
/// not counted.
[[nodiscard]] Duration quiet_from(const Scenario& scenario);

/// Whether no event of the scenario moves the group's hosts or changes their links.
[[nodiscard]] bool untouched(const Scenario& scenario, const Group& group);

/// Whether some peer of the share sends wrong blocks or claims chunks that it lacks: its victims waste what they get.
[[nodiscard]] bool sends_rubbish(const Scenario& scenario, std::size_t share);

}  // namespace stp::sim
