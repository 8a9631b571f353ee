// The tracker's replies in bencode: written by the server, read by the client.
//
// Spec: BEP 3 (announce reply), BEP 7 (peers6), BEP 21 (downloaders), BEP 23 (compact peers), BEP 24 (external ip), BEP
// 31 (retry in), BEP 48 (scrape reply). Deviation: dictionaries of peers contain a `peer id` only if it is known
// (peer_ids.h); clients treat it as optional.
//
// Decoding accepts bytes from any tracker in the world: sizes are bounded before memory is taken, unsorted dictionaries
// are accepted, peers that cannot be dialled are dropped, and text is kept as it came (escaped() before showing it).
// The first bencoded value counts: a byte order mark or blanks before it and anything after it are ignored.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/host_port.h"
#include "core/ids.h"
#include "core/result.h"
#include "tracker/registry.h"

namespace stp::tracker {

/// The longest reply that is read.
inline constexpr std::size_t kReplyBytesMax = 1 << 20;
/// Peers kept from one reply; any more are dropped.
inline constexpr std::size_t kReplyPeersMax = 200;
/// Bytes of a text (failure reason, warning) that are kept.
inline constexpr std::size_t kReplyTextBytesMax = 256;
/// Peers given by host name that are kept from one reply.
inline constexpr std::size_t kReplyNamesMax = 8;
/// The longest `tracker id` that is kept and sent back.
inline constexpr std::size_t kTrackerIdBytesMax = 128;

[[nodiscard]] Bytes encode_announce_reply(const AnnounceReply& reply, bool compact);
/// `swarms` sorted by key, each once.
[[nodiscard]] Bytes encode_scrape_reply(const std::vector<std::pair<SwarmKey, SwarmCounts>>& swarms);
[[nodiscard]] Bytes encode_failure(std::string_view reason);

/// An announce reply as a client sees it.
struct TrackerReply {
  std::optional<std::string> failure;  // then only `retry_*` counts as well
  bool retry_never = false;            // BEP 31 "never"
  std::optional<std::chrono::minutes> retry_in;
  std::string warning;  // empty: none
  std::optional<std::chrono::seconds> interval;
  std::optional<std::chrono::seconds> min_interval;
  std::optional<std::uint32_t> complete;
  std::optional<std::uint32_t> incomplete;
  Bytes tracker_id;             // to be sent back with the next announce; empty: none
  std::vector<Endpoint> peers;  // dialable, each once, in the order given, at most kReplyPeersMax
  std::vector<HostPort> names;  // BEP 3 allows a host name instead of an address; each once, at most kReplyNamesMax
};

/// Peers in compact form (6 bytes each, or 18 if `ipv6`): those that can be dialled, each once, at most kReplyPeersMax.
/// A truncated last one is dropped.
[[nodiscard]] std::vector<Endpoint> dialable_peers(ByteSpan compact, bool ipv6);

/// Reads an announce reply, compact or not. The error says so if it is an HTML page.
[[nodiscard]] Result<TrackerReply> decode_announce_reply(ByteSpan body);

}  // namespace stp::tracker
