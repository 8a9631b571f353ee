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
#include "transfer/seed_plan.h"

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
  bool spreads = false;  // it suggests chunks, so it wants to hear of all that we get
  bool choked_by_us = true;
  bool held_back = false;  // in Swarm::Impl::held_back
  bool stalled = false;    // sends none of what it was asked for: not counted as a source
  bool interested_in_us = false;
  bool turned_away = false;       // it said "not now": asked again at the next upkeep
  std::uint32_t interesting = 0;  // wanted chunks that it has and we lack
  std::uint32_t outstanding_blocks = 0;
  Instant last_block;     // a whole one; or when it was first asked after being idle
  Instant last_progress;  // bytes of one that isn't complete yet
  Instant last_snub;
  Instant since;     // its hello
  Instant last_use;  // when it last asked for, got or gave something
  Bitfield has;

  // Download.
  std::vector<Outstanding> outstanding;
  Pipeline pipeline;
  std::vector<ChunkIndex> suggested;  // by it, not all requested yet
  std::uint32_t snubs = 0;
  std::int64_t unrequested_bytes = 0;
  RateMeter down;

  // Upload.
  std::vector<BlockRun> asked_of_us;
  std::int64_t uploading_bytes = 0;  // handed to the driver, not yet sent; nominal
  bool owed_us = false;              // when we became complete: had been sent a chunk and had returned nothing
  Instant unchoked_since;
  Instant last_taken;     // when it was unchoked, or was last sent something since
  Instant passed_until;   // it let its last turn with us as a seed pass: others come first until then; epoch: no
  ChunkIndex sent_chunk;  // the last chunk it was sent …
  std::uint32_t sent_blocks = 0;                 // … and how much of it; 0 between two chunks
  std::vector<ChunkIndex> promised;              // suggested to it, not yet sent
  std::optional<SeedPlan::Recipient> recipient;  // in the first seed's plan, once needed
  RateMeter up;

  Bytes raw_bits;  // its bitfield, kept until the metainfo is known and it can be checked
};

}  // namespace stp::transfer
