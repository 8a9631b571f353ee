// Random policies: settings of the production code drawn at random. Together they are valid (transfer::validate(),
// dht::validate()), though often foolish: a swarm with them may be slow, but must neither assert nor hang.
#pragma once

#include "core/rng.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

/// About one setting in eight is changed, evenly on a logarithmic scale between its bounds, or to one of these; in any
/// case by no more than the factor `spread`.
[[nodiscard]] SettingChanges random_transfer_policies(double spread, Rng& rng);
[[nodiscard]] SettingChanges random_dht_policies(double spread, Rng& rng);

}  // namespace stp::sim
