// The values of a scenario that may be written in several ways: by name, as one number, or as a family with its
// parameters. Links, latencies, distributions, arrivals, discovery.
//
// Internal to sim/scenario.
#pragma once

#include <vector>

#include "sim/scenario/field.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// A name, {"up", "down"}, or a list of such objects with their "weight"; at least one.
[[nodiscard]] Kind<std::vector<LinkClass>> links();
/// A name of one link, or {"up", "down"}.
[[nodiscard]] Kind<AccessLink> one_link();
/// A name, one time, or the times of the six quantiles.
[[nodiscard]] Kind<LatencyProfile> latency();
/// Times in seconds: a name, one time, or {FAMILY: {parameters}}.
[[nodiscard]] Kind<Distribution> times();
/// "at-once", or {HOW: {parameters}}.
[[nodiscard]] Kind<Arrivals> arrivals();
/// A list of "dht", "tracker" and "given", or one of them.
[[nodiscard]] Kind<DiscoveryUse> discovery();

/// The tables behind those objects, for the reference: heading and keys.
struct KeySection {
  std::string heading;
  std::vector<KeyInfo> keys;
};
[[nodiscard]] std::vector<KeySection> profile_sections();

}  // namespace stp::sim
