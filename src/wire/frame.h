// Frames: how messages are encoded on stp's own wire (docs/protocol.md "Frames").
//
//   u32 big-endian length of the body │ body: one msgpack array [type, field…]
//
// Every body is flat: integers, booleans, texts and byte strings, no nesting. A table in frame_rules.h says what each
// frame type may contain; a body is checked against it while it is parsed, before anything is allocated for it. Lists
// travel as byte strings: haves as 4-byte big-endian chunk indexes, hashes as 32 bytes each, peers as 18 bytes each
// (IPv4 mapped into IPv6).
//
// Integers may be encoded in any msgpack width. A frame of an unknown type is not an error: later versions may send
// more. A known type with the wrong number of fields is.
//
// The two directions are frame_encode.cpp and frame_decode.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "core/blocks.h"
#include "core/bytes.h"
#include "core/result.h"
#include "wire/message.h"

namespace stp::wire {

enum class FrameType : std::uint8_t {
  hello = 0,
  bitfield = 1,
  have_all = 2,
  have_none = 3,
  have = 4,
  interested = 5,
  choke = 6,
  unchoke = 7,
  request = 8,
  data = 9,
  cancel = 10,
  reject = 11,
  hash_request = 12,
  hashes = 13,
  hash_reject = 14,
  metainfo_request = 15,
  metainfo_part = 16,
  metainfo_reject = 17,
  peers = 18,
  keep_alive = 19,
  bye = 20,
  suggest = 21,
  dont_have = 22,
};

inline constexpr std::size_t kFramePrefixBytes = 4;
inline constexpr std::uint32_t kDataPayloadBytesMax = kDataBlocksMax * kBlockBytes;
/// What encode_data_header() gives: the length and the body up to the payload, in fixed widths.
inline constexpr std::size_t kDataHeaderBytes = kFramePrefixBytes + 1 + 1 + 3 * 5 + 5;
/// Longest bodies. The longest control frame is a bitfield of kChunksMax.
inline constexpr std::size_t kControlFrameBytesMax = kChunksMax / 8 + 16;
inline constexpr std::size_t kDataFrameBytesMax = kDataPayloadBytesMax + 64;
inline constexpr std::size_t kFrameBytesMax =
    kControlFrameBytesMax > kDataFrameBytesMax ? kControlFrameBytesMax : kDataFrameBytesMax;

static_assert(kDataHeaderBytes - kFramePrefixBytes + kDataPayloadBytesMax <= kDataFrameBytesMax);

/// Chunk data in a frame's body; `payload` borrows from it. Checked: 1 to kDataBlocksMax blocks, and the payload fills
/// them (only the last block may be short).
struct DataView {
  BlockRun run;
  ByteSpan payload;
};

/// A frame of a type that this version does not know; to be ignored.
struct UnknownFrame {
  std::uint64_t type = 0;
};

using DecodedFrame = std::variant<Message, DataView, UnknownFrame>;

/// Decodes a frame's body (without its length). Texts come out safe to display (core/shown_text.h). Errors: malformed
/// and limit, naming the frame and field.
[[nodiscard]] Result<DecodedFrame> decode_frame(ByteSpan body);

/// Appends length and body of `message`. Texts are made safe to display (core/shown_text.h) and cut at their bounds;
/// any other value past the bounds of message.h is our own mistake and asserts.
void append_frame(Bytes& out, const Message& message);

/// How many bytes append_frame() appends.
[[nodiscard]] std::size_t frame_bytes(const Message& message);

/// Length and body of a data frame up to its payload, which must follow: `payload_bytes` bytes that fill `run`.
[[nodiscard]] std::array<std::byte, kDataHeaderBytes> encode_data_header(const BlockRun& run,
                                                                         std::size_t payload_bytes);

}  // namespace stp::wire
