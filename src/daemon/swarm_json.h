// What a host and one of its swarms do, as the API says it (docs/api.md "A share", "A peer", "The chunks"): for the shares of a
// daemon, and for those of a command with a dashboard.
#pragma once

#include <cstddef>

#include <nlohmann/json_fwd.hpp>

#include "content/metainfo.h"
#include "net/host.h"

namespace stp::daemon {

/// Adds the figures of a share, and why nothing moves.
void describe_swarm(nlohmann::json& out, const net::ShareStatus& status);
/// What is on its way in words; empty: nothing keeps it.
[[nodiscard]] std::string reason_of(const net::ShareStatus& status);
/// Whether a download that is not complete waits for something.
[[nodiscard]] bool is_idle(const net::ShareStatus& status);

/// Its connected peers. `metainfo`: null while unknown.
[[nodiscard]] nlohmann::json peers_json(const net::Host& host, net::ShareId id, const content::Metainfo* metainfo);
[[nodiscard]] nlohmann::json chunks_json(const net::Host& host, net::ShareId id, std::size_t cells);

/// Of what has no chunk map.
[[nodiscard]] nlohmann::json no_chunks_json();

}  // namespace stp::daemon
