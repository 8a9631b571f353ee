// What an announce says, whatever carries it: as the query of an HTTP request (BEP 3), or in a datagram
// (udp_message.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "tracker/registry.h"

namespace stp::tracker {

struct AnnounceRequest {
  SwarmKey swarm;
  SessionId peer_id;  // BEP 20 style
  Port port = 0;
  std::int64_t uploaded = 0;
  std::int64_t downloaded = 0;
  std::int64_t left = 0;
  AnnounceEvent event = AnnounceEvent::none;
  std::uint32_t key = 0;  // the same for all announces of a process
  std::uint32_t numwant = 0;
  Bytes tracker_id;  // empty: none
};

/// "info_hash=…&peer_id=…": what follows the '?'. ASCII without spaces.
[[nodiscard]] std::string announce_query(const AnnounceRequest& request);

/// `target` followed by the query. If `target` is a redirect that already contains such a query, its parameters are
/// replaced.
[[nodiscard]] std::string announce_target(std::string_view target, const AnnounceRequest& request);

/// `target` without the parameters that announce_query() writes. The tracker's own parameters stay, even one called
/// `key`.
[[nodiscard]] std::string without_announce(std::string_view target);

}  // namespace stp::tracker
