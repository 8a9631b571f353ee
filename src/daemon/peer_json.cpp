#include "daemon/peer_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "discovery/peer_discovery.h"
#include "net/zone.h"

namespace stp::daemon {

nlohmann::json peer_json(const transfer::PeerStatus& peer, std::uint32_t chunks) {
  return {{"address", net::to_text(peer.endpoint)},
          {"client", peer.agent},
          {"wire", transfer::to_string(peer.wire.protocol)},
          {"wire_version", peer.wire.v2 ? 2 : 1},
          {"encrypted", peer.wire.encrypted},
          {"found_by", discovery::to_string(peer.source)},
          {"incoming", peer.incoming},
          {"chunks", peer.has_all ? chunks : peer.chunks},
          {"of_chunks", chunks},
          {"down_rate", std::llround(peer.down_rate)},
          {"up_rate", std::llround(peer.up_rate)},
          {"wanted", peer.interested_in_it},
          {"serves_us", !peer.choking_us},
          {"served", !peer.choked_by_us},
          {"requested", peer.outstanding_blocks}};
}

}  // namespace stp::daemon
