// The messages of BitTorrent's peer wire, as bytes: one encoder and one decoder for each, without any state.
//
//   u32 big-endian length │ u8 id │ payload                 length 0: keep-alive
//
// BEP 3 (ids 0 to 8), BEP 5 (9, port), BEP 6 (13 to 17, "fast"), BEP 10 (20, extended), BEP 52 (21 to 23, hashes). What
// has the same meaning on stp's wire is decoded to that type (wire/message.h); BitTorrent names a piece and bytes of
// it where stp names blocks, so these have types of their own. wire/bt_codec.h makes a conversation of them.
#pragma once

#include <cstdint>
#include <variant>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"
#include "wire/buffer_pool.h"
#include "wire/message.h"

namespace stp::wire {

enum class BtMessageId : std::uint8_t {
  choke = 0,
  unchoke = 1,
  interested = 2,
  not_interested = 3,
  have = 4,
  bitfield = 5,
  request = 6,
  piece = 7,
  cancel = 8,
  port = 9,
  suggest = 13,
  have_all = 14,
  have_none = 15,
  reject = 16,
  allowed_fast = 17,
  extended = 20,
  hash_request = 21,
  hashes = 22,
  hash_reject = 23,
};

inline constexpr std::size_t kBtPrefixBytes = 4;
/// A piece message up to its payload.
inline constexpr std::size_t kBtPieceHeaderBytes = kBtPrefixBytes + 1 + 4 + 4;
/// The longest message without its prefix; the longest that is of use is a bitfield of kChunksMax.
inline constexpr std::size_t kBtMessageBytesMax = 1 + kChunksMax / 8;
static_assert(kBtPrefixBytes + kBtMessageBytesMax <= kBufferBytes);

/// Bytes of a piece. The piece's number is the chunk's.
struct BtRange {
  ChunkIndex chunk;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
  bool operator==(const BtRange&) const = default;
};
struct BtRequest {
  BtRange range;
};
struct BtCancel {
  BtRange range;
};
struct BtReject {
  BtRange range;
};
/// The bytes themselves, borrowed from the message.
struct BtPiece {
  ChunkIndex chunk;
  std::uint32_t offset = 0;
  ByteSpan payload;
};
/// With the number of proof layers as the peer counts them (bt_proof_layers()), which the reply repeats.
struct BtHashRequest {
  HashRequest request;
  std::uint32_t proof_layers = 0;
};
struct BtHashes {
  Hashes hashes;
};
struct BtHashReject {
  HashRequest request;
};
/// An extension's message: 0 is the handshake, other ids are what we announced there. Borrowed.
struct BtExtended {
  std::uint8_t id = 0;
  ByteSpan payload;
};
/// Where the sender's DHT node listens (BEP 5).
struct BtPort {
  std::uint16_t port = 0;
};
/// Something that may be ignored: what may be requested while choked, or a message that we do not know.
struct BtIgnored {};

using BtMessage =
    std::variant<KeepAlive, Choke, Unchoke, Interested, Have, BitfieldMessage, HaveAll, HaveNone, Suggest, BtRequest,
                 BtCancel, BtReject, BtPiece, BtHashRequest, BtHashes, BtHashReject, BtExtended, BtPort, BtIgnored>;

/// Decodes a message without its length. Errors: malformed, naming the message.
[[nodiscard]] Result<BtMessage> decode_bt_message(ByteSpan body);

/// Appends the length and the message.
void append_bt(Bytes& out, BtMessageId id);  // one without payload
void append_bt(Bytes& out, BtMessageId id, ByteSpan payload);
void append_bt(Bytes& out, BtMessageId id, ChunkIndex chunk);      // have, suggest
void append_bt(Bytes& out, BtMessageId id, const BtRange& range);  // request, cancel, reject
void append_bt(Bytes& out, BtMessageId id, const HashRequest& request, std::uint32_t proof_layers,
               std::span<const Hash256> hashes = {});  // hash_request, hashes, hash_reject
void append_bt_extended(Bytes& out, std::uint8_t id, ByteSpan payload);
void append_bt_port(Bytes& out, std::uint16_t port);
inline void append_bt_keep_alive(Bytes& out) {
  out.resize(out.size() + kBtPrefixBytes);
}
/// The length and the message up to the payload, which must follow.
void store_bt_piece_header(std::byte* out, ChunkIndex chunk, std::uint32_t offset, std::uint32_t bytes);

/// How BEP 52 counts the layers of a proof: from the base layer up, although the lower ones, inside the requested
/// subtree, need no hashes. HashRequest counts only the uncles that are sent.
[[nodiscard]] std::uint32_t bt_proof_layers(const HashRequest& request);

}  // namespace stp::wire
