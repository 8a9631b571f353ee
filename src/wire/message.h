// What two stp peers say to each other, as typed values without any encoding.
//
// The swarm core (src/transfer) uses these; wire/frame.h turns them into msgpack frames, another wire may turn them
// into something else, and the simulator passes them on as they are. The list follows docs/protocol.md "Frames".
//
// The bytes of chunk data do not travel in a Message: the host keeps them in its buffers and reports to the core which
// run arrived and what its blocks hash to. Everything else fits in a frame of kControlFrameBytesMax.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/bitfield.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"

namespace stp::wire {

inline constexpr std::uint32_t kProtocolVersion = 1;
/// The longest info dictionary that is accepted from a peer or file.
inline constexpr std::uint32_t kMetainfoBytesMax = 16 * 1024 * 1024;
/// Info dictionary bytes in one MetainfoPart (the last may be shorter).
inline constexpr std::uint32_t kMetainfoPartBytes = 64 * 1024;
/// Hashes in one HashRequest: the leaves of the largest chunk. And proof hashes in addition to them.
inline constexpr std::uint32_t kHashesMax = kBlocksPerChunkMax;
inline constexpr std::uint32_t kProofHashesMax = 64;
/// Endpoints in one Peers message; haves in one Have message; blocks of one Request.
inline constexpr std::uint32_t kPeersMax = 50;
inline constexpr std::uint32_t kHavesMax = 4096;
inline constexpr std::uint32_t kRequestBlocksMax = 64;
/// Chunks in one Suggest.
inline constexpr std::uint32_t kSuggestionsMax = 256;
/// Blocks in one data frame: 256 KiB stay in the second-level cache from decryption to hashing.
inline constexpr std::uint32_t kDataBlocksMax = 16;
inline constexpr std::uint32_t kAgentBytesMax = 64;
inline constexpr std::uint32_t kByeTextBytesMax = 200;

/// First message in each direction.
struct Hello {
  std::uint32_t version = kProtocolVersion;
  SessionId session;
  Port listen_port = 0;              // 0: does not accept connections
  std::uint32_t metainfo_bytes = 0;  // size of the info dictionary; 0: not yet known
  std::string agent;                 // "stp/0.1", at most kAgentBytesMax
  bool upload_only = false;          // wants nothing more (BEP 21); not on stp's wire
  bool operator==(const Hello&) const = default;
};

/// Which chunks the sender has. Once, after Hello and as soon as both sides know the metainfo. Raw bits as in BEP 3,
/// since the receiver may not know the number of chunks yet; at most kChunksMax / 8 bytes.
struct BitfieldMessage {
  Bytes bits;
  bool operator==(const BitfieldMessage&) const = default;
};
/// All bits, or none of them, without spelling them out (BEP 6 "Have All/Have None").
struct HaveAll {
  bool operator==(const HaveAll&) const = default;
};
struct HaveNone {
  bool operator==(const HaveNone&) const = default;
};

/// Chunks that the sender has now; at most kHavesMax.
struct Have {
  std::vector<ChunkIndex> chunks;
  bool operator==(const Have&) const = default;
};

/// Chunks that the sender had announced and has no longer (BEP 54); at most kHavesMax. Requests of them that it has not
/// answered come to nothing; it may reject them besides.
struct DontHave {
  std::vector<ChunkIndex> chunks;
  bool operator==(const DontHave&) const = default;
};

struct Interested {
  bool interested = true;
  bool operator==(const Interested&) const = default;
};
struct Choke {
  bool operator==(const Choke&) const = default;
};
struct Unchoke {
  bool operator==(const Unchoke&) const = default;
};

/// Asks for blocks; at most kRequestBlocksMax. Answered by one or more data frames or a Reject for each part, even if a
/// Choke comes in between.
struct Request {
  BlockRun run;
  bool operator==(const Request&) const = default;
};
/// Withdraws a request (or a part of one). Answered for each block by the data, if it is already on its way, or by a
/// Reject (cancelled): until then the block may still arrive.
struct Cancel {
  BlockRun run;
  bool operator==(const Cancel&) const = default;
};

enum class RejectReason : std::uint8_t {
  choked = 0,      // ask again after an unchoke
  not_there = 1,   // the sender does not have that chunk, or no longer
  overloaded = 2,  // too many requests are queued
  cancelled = 3,   // answers a Cancel: it will not be sent
};
struct Reject {
  BlockRun run;
  RejectReason reason = RejectReason::choked;
  bool operator==(const Reject&) const = default;
};

/// Merkle hashes of the file whose tree has root `file_root` (BEP 52 "hash request"): `count` nodes of layer `layer`
/// (0: the leaves) from `index` on, with `proof_layers` uncle hashes above them.
struct HashRequest {
  Hash256 file_root;
  std::uint32_t layer = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::uint32_t proof_layers = 0;
  bool operator==(const HashRequest&) const = default;
};
struct Hashes {
  HashRequest request;
  std::vector<Hash256> hashes;  // request.count, then the uncles from the bottom up
  bool operator==(const Hashes&) const = default;
};
struct HashReject {
  HashRequest request;
  bool operator==(const HashReject&) const = default;
};

/// Part `part` of the info dictionary, kMetainfoPartBytes each (BEP 9 in stp's frames).
struct MetainfoRequest {
  std::uint32_t part = 0;
  bool operator==(const MetainfoRequest&) const = default;
};
struct MetainfoPart {
  std::uint32_t part = 0;
  Bytes bytes;
  bool operator==(const MetainfoPart&) const = default;
};
struct MetainfoReject {
  std::uint32_t part = 0;
  bool operator==(const MetainfoReject&) const = default;
};

/// What the sender knows about a peer that it names.
struct PeerHint {
  bool seed = false;       // wants nothing more
  bool reachable = false;  // accepted a connection of the sender's
  bool operator==(const PeerHint&) const = default;
};
/// Peer exchange: where other members of this swarm listen.
struct Peers {
  std::vector<Endpoint> endpoints;
  std::vector<PeerHint> hints = {};  // one for each endpoint, or none; not on stp's wire
  bool operator==(const Peers&) const = default;
};

/// Nothing to say, still there.
struct KeepAlive {
  bool operator==(const KeepAlive&) const = default;
};

enum class ByeReason : std::uint8_t {
  done = 0,  // both have everything
  shutting_down = 1,
  banned = 2,
  full = 3,  // the sender has no seat for the receiver now; the Peers message before it names others to try
  protocol = 4,
  duplicate = 5,
  no_use = 6,  // neither has had anything for the other
};
/// Last message before the sender closes.
struct Bye {
  ByeReason reason = ByeReason::done;
  std::string text;  // for the log of the other side; at most kByeTextBytesMax
  bool operator==(const Bye&) const = default;
};

/// Chunks that the sender would prefer to be asked for, because nobody else has them yet (BEP 6 "Suggest Piece"); at
/// most kSuggestionsMax. Advice: a peer that ignores it is served all the same.
struct Suggest {
  std::vector<ChunkIndex> chunks;
  bool operator==(const Suggest&) const = default;
};

using Message = std::variant<Hello, BitfieldMessage, HaveAll, HaveNone, Have, Interested, Choke, Unchoke, Request,
                             Cancel, Reject, HashRequest, Hashes, HashReject, MetainfoRequest, MetainfoPart,
                             MetainfoReject, Peers, KeepAlive, Bye, Suggest, DontHave>;

}  // namespace stp::wire
