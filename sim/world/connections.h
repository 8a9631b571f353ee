// Connections between hosts, as TCP and the channel on top of it look to the swarm cores.
//
// A connection is two sides, 0 the dialler's and 1 the acceptor's, each with the handle that its core knows it by and a
// flow for what it sends. Opening takes the round trips that the real one takes (kOpenRoundTrips); a message takes one
// latency and overtakes data that still waits, except those that change what the data around them means (as
// net::PeerOutbox has it). A side that ends tells the other one latency later; one that vanishes does not.
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
/// A dialler gives up (net::PeerConnection::kOpenTimeout).
inline constexpr Duration kOpenTimeout = std::chrono::seconds(10);
/// A probe that nobody acknowledges (net::PeerConnection::kProbeTimeout).
inline constexpr Duration kProbeTimeout = std::chrono::seconds(10);
/// Headers that a message on its own costs: record, TCP, IP.
inline constexpr std::int64_t kMessageHeaderBytes = 20 + 40;
/// And a data frame: its own header and record, and TCP and IP headers a segment.
[[nodiscard]] constexpr std::int64_t bytes_on_the_wire(std::int64_t payload) {
  return payload + 50 + 40 * ((payload + Fluid::kSegmentBytes - 1) / Fluid::kSegmentBytes);
}

/// What the kernel takes of a connection's data before it leaves. To the core blocks are sent when they are in there,
/// so that it goes on to the next ones, and to the next peer, while these still wait for the link. Linux begins with
/// about this much; it grows with TCP's window, which stays small behind access links.
inline constexpr std::int64_t kSendBufferBytes = 64 * 1024;
/// How often a core hears of messages that have come in part. It looks for silent peers as often.
inline constexpr Duration kProgressInterval = std::chrono::seconds(5);

/// Blocks that wait for room in the send buffer.
struct Unwritten {
  std::int64_t end = 0;  // where they end in what its flow was given (Stream::given_total)
  BlockRun run;
};

struct ConnectionSide {
  std::uint32_t host = 0;
  std::uint32_t stay = 0;
  transfer::PeerHandle handle;
  std::uint32_t ordered : 30 = 0;  // messages that wait between data of the flow
  bool open : 1 = false;           // its core knows the connection
  bool has_flow : 1 = false;
  Instant last_arrival{};  // of what it sent: a stream does not overtake itself
};

/// The flow of a side that has one.
struct Stream {
  Fluid::Flow flow = 0;
  std::int64_t given_total = 0;  // bytes that it was given
  std::int64_t left_total = 0;   // of them, in items that have left whole
  std::vector<Unwritten> unwritten{};
  std::int64_t payload = 0;  // of what has left, not yet in the totals of the two hosts
};

struct alignas(64) Connection {
  // What every message looks at: one cache line.
  ConnectionSide side[2];
  Duration latency{};
  std::uint32_t generation = 0;
  bool established = false;
  bool severed = false;  // nothing passes any more, and nobody has been told

  Stream stream[2];
};
static_assert(offsetof(Connection, stream) == 64);

/// What waits in a flow: blocks, or a message that must not overtake them.
struct Outgoing {
  BlockRun run;
  std::optional<wire::Message> message;
  std::int64_t bytes = 0;  // in the flow
};

/// Blocks that arrive; bit i of `wrong` says that block i was tampered with (kDataBlocksMax bits).
struct ArrivingBlocks {
  BlockRun run;
  std::uint32_t wrong = 0;
};
static_assert(wire::kDataBlocksMax <= 32);

/// On its way to one side of a connection.
struct Packet {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint32_t side = 0;  // it goes to
  std::variant<wire::Message, ArrivingBlocks> content;
};

}  // namespace stp::sim
