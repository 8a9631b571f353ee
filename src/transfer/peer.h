// One connected (or connecting) peer as the swarm core sees it. A record without behaviour; Swarm::Impl works on it.
#pragma once

#include <cstdint>
#include <deque>
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

/// What we asked a peer for and have not got yet.
struct Outstanding {
  BlockRun run;
  Instant asked;
};

struct Peer {
  enum class State : std::uint8_t {
    connecting,  // a Connect is out
    greeting,    // the channel is up, their Hello is awaited
    ready        // Hello came
  };

  PeerHandle handle;
  State state = State::connecting;
  bool incoming = false;
  Endpoint remote;                 // as connected
  std::optional<Endpoint> listen;  // where others can dial it
  SessionId session;
  std::string agent;
  Instant since;  // of the state
  Instant last_received;
  Instant last_sent;

  // What it has. Until the metainfo is known the raw bits are kept and judged later.
  bool said_chunks = false;  // Bitfield, HaveAll or HaveNone came
  bool has_all = false;
  Bytes raw_bits;
  Bitfield has;
  bool counted_as_seed = false;   // in the picker: once for all chunks
  std::uint32_t interesting = 0;  // wanted chunks it has and we lack
  bool bitfield_sent = false;

  // Download.
  bool choking_us = true;
  bool interested_in_it = false;
  std::deque<Outstanding> outstanding;
  std::uint32_t outstanding_blocks = 0;
  Pipeline pipeline;
  RateMeter down;
  std::vector<ChunkIndex> suggested;  // by it, not all asked for yet
  bool spreads = false;               // it suggests chunks, so it wants to hear of all that we get
  Instant last_block;                 // or when it was first asked after being idle
  std::uint32_t snubs = 0;
  std::int64_t unrequested_bytes = 0;

  // Upload.
  bool choked_by_us = true;
  bool interested_in_us = false;
  Instant unchoked_since;
  std::deque<BlockRun> asked_of_us;
  std::int64_t uploading_bytes = 0;  // handed to the driver, not sent yet; nominal
  ChunkIndex sent_chunk;             // what it was sent last …
  std::uint32_t sent_blocks = 0;     // … and how much of it; 0 between two chunks
  std::vector<ChunkIndex> promised;  // suggested to it, and not sent yet
  std::vector<ChunkIndex> kept;      // promised and sent; it has not said yet that it has them
  std::uint32_t leaf_requests = 0;
  RateMeter up;

  Instant next_exchange;
  Instant last_exchange_received;
};

}  // namespace stp::transfer
