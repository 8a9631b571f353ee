// The seam of the swarm core: what it asks its driver to do (Action) and what it reports (SwarmEvent).
//
// The driver is the Asio host (src/net) or the simulator. It drains Swarm::poll_action() and poll_event() after every
// call into the core. Payload never passes through here: an action names a run of blocks, the driver moves the bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "content/metainfo.h"
#include "content/web_seed.h"
#include "core/blocks.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/key_set.h"
#include "core/result.h"
#include "core/time.h"
#include "wire/message.h"

namespace stp::transfer {

/// A connection, numbered by the core; never reused within one Swarm.
using PeerHandle = Index<struct PeerHandleTag>;

using content::WebSeedFailure;

/// Open a connection and a channel to `endpoint`, under the first of `keys` (empty: of all keys of the swarm) that the
/// peer knows; answer with handle_connected() or handle_disconnected().
struct Connect {
  PeerHandle peer;
  Endpoint endpoint;
  KeySet keys = {};
};

/// Fetch from this web seed what is requested of it: `Send` with Request and Cancel, and no other message that matters,
/// follows. Answer with data, Reject, and handle_web_seed_failed().
struct OpenWebSeed {
  PeerHandle peer;
  content::WebSeed seed;
};

/// Close once everything queued for the peer has been written (or cannot be). The core has already forgotten the peer:
/// no answer is expected, and later calls with this handle are ignored.
struct Close {
  PeerHandle peer;
  std::string reason;
};

/// Send a message, after everything queued for this peer before it.
struct Send {
  PeerHandle peer;
  wire::Message message;
};

/// Read these blocks (at most wire::kDataBlocksMax) and send them as chunk data; answer with handle_blocks_sent() when
/// the transport has accepted them, or with handle_read_failed(). The answers bound what the core has outstanding.
struct SendBlocks {
  PeerHandle peer;
  BlockRun run;
};

/// Read the chunk and send the hashes of its blocks as `Hashes` for `request` (layer 0, inside one chunk, padded with
/// zero hashes up to request.count); answer with handle_leaves_sent() or handle_leaves_failed().
struct SendLeaves {
  PeerHandle peer;
  BlockRun run;  // the blocks that exist; the rest of request.count is padding
  wire::HashRequest request;
};

/// All blocks of the chunk are written, and only their bytes in a row can show whether they are right (SHA-1 of the
/// whole, BEP 3): hash them; answer with handle_hashed() or handle_hash_failed(). Until then the chunk stays as it is.
struct HashChunk {
  ChunkIndex chunk;
};

/// The peer is silent although it should not be: find out whether it is still there (e.g. by a message that its machine
/// has to acknowledge). If it is not, handle_disconnected() says so within seconds rather than minutes.
struct Probe {
  PeerHandle peer;
};

using Action = std::variant<Connect, OpenWebSeed, Close, Send, SendBlocks, SendLeaves, HashChunk, Probe>;

/// What the driver does with blocks that arrived.
enum class DataVerdict : std::uint8_t {
  keep,  // write them to their place, then call handle_written()
  drop,  // we already have them, or never asked
};

/// The metainfo of a link arrived and its hash is correct: prepare storage, then call start_content().
struct MetainfoKnown {
  std::shared_ptr<const content::Metainfo> metainfo;
};
/// All chunk hashes are known and proven.
struct HashesKnown {};
/// The chunk's hash is correct and its bytes have been written: it may be marked as had.
struct ChunkCompleted {
  ChunkIndex chunk;
};
/// We have every wanted chunk.
struct Completed {};
/// A peer sent wrong bytes and is banned.
struct PeerBanned {
  Endpoint endpoint;
  std::string reason;
};
/// Something a person may want to know when nothing moves: a peer refused, vanished, or broke the protocol.
struct PeerTrouble {
  Endpoint endpoint;
  std::string reason;
};
/// A chunk that we had can no longer be read and is no longer offered: for good, because its file changed, or for now,
/// because its file vanished or the disk failed.
struct ChunkLost {
  ChunkIndex chunk;
  std::string reason;
  bool for_now = false;
};
/// A chunk that was lost for now can be read and is offered again.
struct ChunkBack {
  ChunkIndex chunk;
};

/// All seats are taken, and a newcomer was told to try others. Not reported for each newcomer: only again when that has
/// not happened for seats.full_event_pause.
struct Full {
  std::uint32_t seats = 0;  // maximum number of connections
};

/// A web seed failed. It is tried again in `retry_in`; nullopt: never.
struct WebSeedTrouble {
  std::string server;  // fit to be shown
  std::string reason;
  bool banned = false;  // it sent wrong data
  std::optional<Duration> retry_in;
};

/// The info dictionary has the link's hash but can't be used (unsafe paths, past a limit): no peer can help.
struct ShareUnusable {
  Error error;
};

using SwarmEvent = std::variant<MetainfoKnown, ShareUnusable, HashesKnown, ChunkCompleted, Completed, PeerBanned,
                                PeerTrouble, WebSeedTrouble, ChunkLost, ChunkBack, Full>;

}  // namespace stp::transfer
