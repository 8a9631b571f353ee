// The DHT node as the API shows it (docs/api.md "The DHT").
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/time.h"
#include "dht/lookup_view.h"
#include "net/host.h"

namespace stp::daemon {

/// Look-ups in one answer.
inline constexpr std::size_t kLookupsListedMax = 100;

/// Null without a node.
[[nodiscard]] nlohmann::json dht_json(const net::Host& host, Instant now);
/// One look-up. `share`: what the share that it is for is called; nullopt: it is for none that is still there.
[[nodiscard]] nlohmann::json lookup_json(const dht::LookupView& lookup, const std::optional<std::string>& share,
                                         Instant now);

}  // namespace stp::daemon
