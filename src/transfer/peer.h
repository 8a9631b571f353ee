// One connected (or connecting) peer as the swarm core sees it. A record without behaviour; Swarm::Impl works on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bitfield.h"
#include "core/blocks.h"
#include "core/endpoint.h"
#include "core/time.h"
#include "transfer/actions.h"
#include "transfer/pipeline.h"
#include "transfer/rate_meter.h"

namespace stp::transfer {

/// What we asked a peer for, until it is received, rejected (also when choked, and after a cancel), or lost with the
/// connection.
struct Outstanding {
  BlockRun run;
  Instant asked;
  Instant cancelled = kNever;  // when we cancelled it or were choked; it may still arrive until the peer answers
};

struct Peer {
  explicit Peer(const TransferConfig& policy) : pipeline(policy.requests) {}

  // All peers are visited every few seconds, and many for each chunk that arrives. The members used for that come
  // first, in as few cache lines as possible (PeerTable aligns them).
  PeerHandle handle;
  bool said_chunks = false;  // Bitfield, HaveAll or HaveNone came
  bool has_all = false;
  bool counted_as_seed = false;  // in the picker: once for all chunks
  bool bitfield_sent = false;
  bool choking_us = true;
  bool interested_in_it = false;
  bool spreads = false;           // it suggests chunks, so it wants to hear of all that we get
  bool held_back = false;         // in Swarm::Impl::held_back
  bool stalled = false;           // sends none of what it was asked for: not counted as a source
  bool turned_away = false;       // it said "not now": asked again at the next upkeep
  std::uint32_t interesting = 0;  // wanted chunks that it has and we lack
  std::uint32_t outstanding_blocks = 0;
  Instant last_block;     // a whole one; or when it was first asked after being idle
  Instant last_progress;  // bytes of one that isn't complete yet
  Instant last_snub;
  Bitfield has;

  // Download.
  std::vector<Outstanding> outstanding;
  Pipeline pipeline;
  std::vector<ChunkIndex> suggested;  // by it, not all requested yet
  std::uint32_t snubs = 0;
  std::int64_t unrequested_bytes = 0;
  RateMeter down;

  Bytes raw_bits;  // its bitfield, kept until the metainfo is known and it can be checked
};

}  // namespace stp::transfer
