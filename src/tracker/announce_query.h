// What a client asks the tracker: the target of an HTTP request line, parsed strictly and within bounds.
//
// Spec: BEP 3 (announce), BEP 7 (IPv6), BEP 21 (paused), BEP 23 (compact), BEP 48 (scrape), BEP 52 (version 2
// info-hashes are truncated). Deviations, all because the query comes from a stranger:
//   - `ip`, `ipv4` and `ipv6` are ignored (BEP 7 warns that they aim strangers at third parties);
//   - `key`, `uploaded` and `downloaded` are ignored: peers are identified by address and port, and a peer id is only
//     passed on;
//   - a 32-byte info_hash is truncated to 20 bytes instead of being refused;
//   - a parameter that only helps us to answer well is never a reason to refuse: a `left` that is missing or not a
//     number means a leech, an unknown `event` the periodic one, a `numwant` that is negative or not a number the
//     default, a peer id of the wrong length none: real clients send all of these;
//   - names may be escaped like values, and '+' is itself (RFC 3986), not a space: info-hashes are bytes, not a form.
//
// Nothing is allocated for an announce.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/result.h"
#include "tracker/registry.h"

namespace stp::tracker {

/// Swarms in one scrape, as many as BEP 15 allows.
inline constexpr std::size_t kScrapeKeysMax = 74;

/// The query of `/announce?...`.
struct AnnounceQuery {
  SwarmKey key;
  Port port = 0;
  bool seed = false;  // left=0
  AnnounceEvent event = AnnounceEvent::none;
  std::optional<std::uint32_t> numwant;
  bool compact = true;  // BEP 23: compact unless the client asks for compact=0
  std::optional<SessionId> peer_id = std::nullopt;
  bool no_peer_id = false;  // leave them out of dictionaries
  bool operator==(const AnnounceQuery&) const = default;
};

/// Parses what follows the '?' of an announce. The error's message is fit for a `failure reason`.
[[nodiscard]] Result<AnnounceQuery> parse_announce_query(std::string_view query);

/// Parses what follows the '?' of a scrape: 1 to kScrapeKeysMax different info-hashes, returned sorted, as the reply
/// needs them.
[[nodiscard]] Result<std::vector<SwarmKey>> parse_scrape_query(std::string_view query);

}  // namespace stp::tracker
