// The DHT node as the API shows it (docs/api.md "The DHT").
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/time.h"
#include "dht/node.h"

namespace stp::daemon {

/// Null without a node.
[[nodiscard]] nlohmann::json dht_json(const dht::Node* node, Instant now);

}  // namespace stp::daemon
