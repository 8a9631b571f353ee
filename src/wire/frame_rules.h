// What each frame may contain: the table that the decoder follows and docs/protocol.md "Frames" shows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/frame.h"

namespace stp::wire {

enum class FieldKind : std::uint8_t { integer, boolean, text, binary };

/// One field after the type. `max` is the largest integer, or the most bytes; binary fields are a multiple of `unit`
/// bytes.
struct FieldRule {
  const char* name;
  FieldKind kind;
  std::uint64_t max = 0;
  std::uint32_t unit = 1;
};

inline constexpr std::size_t kFieldsMax = 6;

struct FrameRule {
  FrameType type;
  const char* name;
  std::size_t field_count = 0;
  std::array<FieldRule, kFieldsMax> fields{};
};

inline constexpr std::size_t kHaveBytes = 4;
inline constexpr std::size_t kPeerBytes = 18;
inline constexpr std::uint32_t kMetainfoPartsMax = kMetainfoBytesMax / kMetainfoPartBytes;
/// A tree over kChunksMax chunks of kChunkBytesMax has 2³¹ leaves.
inline constexpr std::uint32_t kHashLayerMax = 31;

namespace detail {
inline constexpr std::uint64_t kU32 = 0xffffffff;
inline constexpr FieldRule kChunk{"chunk", FieldKind::integer, kChunksMax - 1};
inline constexpr FieldRule kFirst{"first block", FieldKind::integer, kBlocksPerChunkMax - 1};
inline constexpr FieldRule kCount{"block count", FieldKind::integer, kRequestBlocksMax};
inline constexpr FieldRule kFileRoot{"file root", FieldKind::binary, Hash256::kSize, Hash256::kSize};
inline constexpr FieldRule kLayer{"layer", FieldKind::integer, kHashLayerMax};
inline constexpr FieldRule kIndex{"index", FieldKind::integer, kU32};
inline constexpr FieldRule kHashCount{"hash count", FieldKind::integer, kHashesMax};
inline constexpr FieldRule kProofLayers{"proof layers", FieldKind::integer, kProofHashesMax};
inline constexpr FieldRule kPart{"part", FieldKind::integer, kMetainfoPartsMax - 1};
}  // namespace detail

/// In the order of FrameType.
inline constexpr std::array<FrameRule, 23> kFrameRules = {{
    {FrameType::hello,
     "hello",
     5,
     {{{"version", FieldKind::integer, detail::kU32},
       {"session", FieldKind::binary, SessionId::kSize, SessionId::kSize},
       {"listen port", FieldKind::integer, 0xffff},
       {"metainfo size", FieldKind::integer, kMetainfoBytesMax},
       {"agent", FieldKind::text, kAgentBytesMax}}}},
    {FrameType::bitfield, "bitfield", 1, {{{"bits", FieldKind::binary, kChunksMax / 8}}}},
    {FrameType::have_all, "have all"},
    {FrameType::have_none, "have none"},
    {FrameType::have, "have", 1, {{{"chunks", FieldKind::binary, kHavesMax* kHaveBytes, kHaveBytes}}}},
    {FrameType::interested, "interested", 1, {{{"interested", FieldKind::boolean}}}},
    {FrameType::choke, "choke"},
    {FrameType::unchoke, "unchoke"},
    {FrameType::request, "request", 3, {{detail::kChunk, detail::kFirst, detail::kCount}}},
    {FrameType::data,
     "data",
     4,
     {{detail::kChunk,
       detail::kFirst,
       {"block count", FieldKind::integer, kDataBlocksMax},
       {"payload", FieldKind::binary, kDataPayloadBytesMax}}}},
    {FrameType::cancel, "cancel", 3, {{detail::kChunk, detail::kFirst, detail::kCount}}},
    {FrameType::reject,
     "reject",
     4,
     {{detail::kChunk, detail::kFirst, detail::kCount, {"reason", FieldKind::integer, 3}}}},
    {FrameType::hash_request,
     "hash request",
     5,
     {{detail::kFileRoot, detail::kLayer, detail::kIndex, detail::kHashCount, detail::kProofLayers}}},
    {FrameType::hashes,
     "hashes",
     6,
     {{detail::kFileRoot,
       detail::kLayer,
       detail::kIndex,
       detail::kHashCount,
       detail::kProofLayers,
       {"hashes", FieldKind::binary, (kHashesMax + kProofHashesMax) * Hash256::kSize, Hash256::kSize}}}},
    {FrameType::hash_reject,
     "hash reject",
     5,
     {{detail::kFileRoot, detail::kLayer, detail::kIndex, detail::kHashCount, detail::kProofLayers}}},
    {FrameType::metainfo_request, "metainfo request", 1, {{detail::kPart}}},
    {FrameType::metainfo_part, "metainfo part", 2, {{detail::kPart, {"bytes", FieldKind::binary, kMetainfoPartBytes}}}},
    {FrameType::metainfo_reject, "metainfo reject", 1, {{detail::kPart}}},
    {FrameType::peers, "peers", 1, {{{"endpoints", FieldKind::binary, kPeersMax* kPeerBytes, kPeerBytes}}}},
    {FrameType::keep_alive, "keep-alive"},
    {FrameType::bye, "bye", 2, {{{"reason", FieldKind::integer, 6}, {"text", FieldKind::text, kByeTextBytesMax}}}},
    {FrameType::suggest, "suggest", 1, {{{"chunks", FieldKind::binary, kSuggestionsMax* kHaveBytes, kHaveBytes}}}},
    {FrameType::dont_have, "don't have", 1, {{{"chunks", FieldKind::binary, kHavesMax* kHaveBytes, kHaveBytes}}}},
}};

}  // namespace stp::wire
