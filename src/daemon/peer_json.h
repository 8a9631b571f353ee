// A connected peer as the API and the events of commands describe it (docs/api.md "A peer").
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "transfer/swarm.h"

namespace stp::daemon {

/// `chunks`: of the whole share; 0 while that is not known.
[[nodiscard]] nlohmann::json peer_json(const transfer::PeerStatus& peer, std::uint32_t chunks);

}  // namespace stp::daemon
