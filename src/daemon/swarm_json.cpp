#include "daemon/swarm_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/peer_json.h"

namespace stp::daemon {

using nlohmann::json;

namespace {

std::int64_t whole(double rate) {
  return static_cast<std::int64_t>(std::llround(rate));
}

}  // namespace

std::string reason_of(const net::ShareStatus& status) {
  if (status.syncing) return "writing to disk";
  return status.pause.empty() ? status.swarm.reason : status.pause;
}

bool is_idle(const net::ShareStatus& status) {
  const bool idle = status.swarm.down_rate < 1 || !status.pause.empty() || !status.swarm.reason.empty();
  return idle && !status.syncing;
}

void describe_swarm(json& out, const net::ShareStatus& status) {
  const transfer::SwarmStatus& swarm = status.swarm;
  out["down_rate"] = whole(swarm.down_rate);
  out["up_rate"] = whole(swarm.up_rate);
  out["peers"] = swarm.peers;
  out["web_seeds"] = swarm.web_seeds;
  out["seeds"] = swarm.seeds;
  out["connecting"] = swarm.connecting;
  out["trouble"] = status.trouble;
  out["discovery"] = status.discovery;
  out["reason"] = reason_of(status);
}

json peers_json(const net::Host& host, net::ShareId id, const content::Metainfo* metainfo) {
  json list = json::array();
  const std::uint32_t chunks = metainfo != nullptr ? metainfo->chunk_count() : 0;
  for (const transfer::PeerStatus& peer : host.peers(id)) {
    list.push_back(peer_json(peer, chunks));
  }
  return list;
}

json chunks_json(const net::Host& host, net::ShareId id, std::size_t cells) {
  const transfer::ChunkMap map = host.chunk_map(id, cells);
  json had = json::array();
  json availability = json::array();
  for (const transfer::ChunkMap::Cell& cell : map.cells) {
    // 100 only if nothing is missing, 0 only if nothing is there.
    const bool partly = cell.had > 0 && cell.had < 1;
    had.push_back(partly ? std::clamp(static_cast<int>(cell.had * 100), 1, 99) : static_cast<int>(cell.had) * 100);
    availability.push_back(cell.availability_min);
  }
  return {{"count", map.chunks}, {"had", std::move(had)}, {"availability", std::move(availability)}};
}

json no_chunks_json() {
  return {{"count", 0}, {"had", json::array()}, {"availability", json::array()}};
}

}  // namespace stp::daemon
