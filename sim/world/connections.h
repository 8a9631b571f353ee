// Connections between hosts, as the swarm cores see TCP and the channel on top of it.
//
// A connection has two sides, 0 the dialler's and 1 the acceptor's, each with the handle by which its core knows it and
// a flow for what it sends. Opening takes as many round trips as a real one (kOpenRoundTrips); a message takes one
// latency and overtakes data that still waits, except messages that change the meaning of the data around them (as in
// net::PeerOutbox). When a side ends, the other learns of it one latency later; when it vanishes, it does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/blocks.h"
#include "core/time.h"
#include "sim/network/fluid.h"
#include "transfer/actions.h"
#include "wire/message.h"

namespace stp::sim {

/// SYN, the 68-byte handshake, Noise: until the dialler may speak. The acceptor may half a round trip earlier.
inline constexpr std::int64_t kOpenRoundTrips = 3;
/// The same of a private share: no handshake in the clear.
inline constexpr std::int64_t kPrivateOpenRoundTrips = 2;
/// The same with BitTorrent: SYN and the two handshakes, without encryption.
inline constexpr std::int64_t kBtOpenRoundTrips = 2;
/// After this time a dialler gives up (net::PeerConnection::kOpenTimeout).
inline constexpr Duration kOpenTimeout = std::chrono::seconds(10);
/// After this time an unacknowledged probe has failed (net::PeerConnection::kProbeTimeout).
inline constexpr Duration kProbeTimeout = std::chrono::seconds(10);
/// TCP and IP, of a segment.
inline constexpr std::int64_t kSegmentHeaderBytes = 40;
/// What stp's channel adds to a single message: a record.
inline constexpr std::int64_t kRecordBytes = 20;
/// What it adds to blocks: the header and the record of a data frame.
inline constexpr std::int64_t kDataFrameBytes = 50;
/// The size of blocks that have `framing` bytes of their wire around them.
[[nodiscard]] constexpr std::int64_t bytes_on_the_wire(std::int64_t payload, std::int64_t framing = kDataFrameBytes) {
  const std::int64_t segments = (payload + Fluid::kSegmentBytes - 1) / Fluid::kSegmentBytes;
  return payload + framing + kSegmentHeaderBytes * segments;
}

/// How much of a connection's data the kernel accepts before it is sent. For the core, blocks in there have been sent,
/// so that it continues with the next ones, and with the next peer, while these still wait for the link. Linux begins
/// with about this much; it grows with TCP's window, which stays small behind access links.
inline constexpr std::int64_t kSendBufferBytes = 64 * 1024;
/// How often a core is notified of partly received messages. It checks for silent peers as often.
inline constexpr Duration kProgressInterval = std::chrono::seconds(5);

/// Blocks that wait for room in the send buffer.
struct Unwritten {
  std::int64_t end = 0;  // where they end in the data of their flow (Stream::given_total)
  BlockRun run;
};

struct ConnectionSide {
  std::uint32_t host = 0;
  std::uint32_t stay = 0;
  transfer::PeerHandle handle;
  std::uint32_t ordered : 29 = 0;  // messages that wait between the flow's data
  bool choked : 1 = true;          // by the other side, as far as it has heard; only with BitTorrent
  bool open : 1 = false;           // its core knows the connection
  bool has_flow : 1 = false;
  Instant last_arrival{};  // of its packets: a stream does not overtake itself
};

/// The flow of a side that has one.
struct Stream {
  Fluid::Flow flow = 0;
  std::int64_t given_total = 0;  // bytes given to it
  std::int64_t left_total = 0;   // of these, in items that have been sent completely
  std::vector<Unwritten> unwritten{};
  std::int64_t payload = 0;  // of what was sent, not yet in the totals of the two hosts
};

struct alignas(64) Connection {
  // What every message accesses: one cache line.
  ConnectionSide side[2];
  Duration latency{};
  std::uint32_t generation = 0;
  std::uint16_t share = 0;  // of the scenario's
  bool established : 1 = false;
  bool severed : 1 = false;     // nothing passes any more, and neither side has been notified
  bool bittorrent : 1 = false;  // not stp's channel

  Stream stream[2];
};
static_assert(offsetof(Connection, stream) == 64);

/// An item waiting in a flow: blocks, or a message that must not overtake them.
struct Outgoing {
  BlockRun run;
  std::optional<wire::Message> message;
  std::int64_t bytes = 0;  // in the flow
};

/// Arriving blocks; bit i of `wrong` says that block i was tampered with (kDataBlocksMax bits).
struct ArrivingBlocks {
  BlockRun run;
  std::uint32_t wrong = 0;
};
static_assert(wire::kDataBlocksMax <= 32);

/// On its way to one side of a connection.
struct Packet {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint32_t side = 0;  // the side it goes to
  std::variant<wire::Message, ArrivingBlocks> content;
};

}  // namespace stp::sim
