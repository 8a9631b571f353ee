// The extensions of BitTorrent's peer wire that stp speaks: the extended handshake (BEP 10), the info dictionary from
// peers (BEP 9, ut_metadata), peer exchange (BEP 11, ut_pex), who wants nothing more (BEP 21, upload_only), and chunks
// that were lost (BEP 54, lt_donthave). Bytes to values and back, without any state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/result.h"
#include "wire/message.h"

namespace stp::wire {

/// Info dictionary bytes in one data message (the last may be shorter).
inline constexpr std::uint32_t kBtMetadataPieceBytes = 16 * 1024;
/// The longest message of each kind that is read.
inline constexpr std::size_t kBtExtendedHandshakeBytesMax = 16 * 1024;
inline constexpr std::size_t kBtMetadataBytesMax = kBtMetadataPieceBytes + 1024;
inline constexpr std::size_t kBtPexBytesMax = 64 * 1024;

/// Id 0. The ids are what the receiver of later messages wants them to be called; 0: not supported.
struct BtExtendedHandshake {
  std::uint8_t ut_metadata = 0;
  std::uint8_t ut_pex = 0;
  std::uint8_t upload_only_id = 0;   // a message of one byte (libtorrent), when it changes
  std::uint8_t dont_have = 0;        // "lt_donthave"
  std::optional<bool> upload_only;   // BEP 21; written only if it is true
  Port listen_port = 0;              // "p"; 0: not said
  std::uint32_t metainfo_bytes = 0;  // "metadata_size"; 0: not known
  std::uint32_t requests_max = 0;    // "reqq": requests that may be outstanding; 0: not said
  std::string agent;                 // "v", safe to show, at most kAgentBytesMax
  bool operator==(const BtExtendedHandshake&) const = default;
};

/// Numbers out of range count as not said. Errors: malformed.
[[nodiscard]] Result<BtExtendedHandshake> decode_bt_extended_handshake(ByteSpan payload);
[[nodiscard]] Bytes encode(const BtExtendedHandshake& handshake);

struct BtMetadataRequest {
  std::uint32_t piece = 0;
  bool operator==(const BtMetadataRequest&) const = default;
};
struct BtMetadataPiece {
  std::uint32_t piece = 0;
  std::uint32_t total_bytes = 0;
  ByteSpan bytes;  // borrowed
};
struct BtMetadataReject {
  std::uint32_t piece = 0;
  bool operator==(const BtMetadataReject&) const = default;
};
using BtMetadata = std::variant<BtMetadataRequest, BtMetadataPiece, BtMetadataReject>;

/// nullopt: of a type that we do not know, to be ignored (BEP 9). Errors: malformed.
[[nodiscard]] Result<std::optional<BtMetadata>> decode_bt_metadata(ByteSpan payload);
[[nodiscard]] Bytes encode(const BtMetadataRequest& request);
[[nodiscard]] Bytes encode(const BtMetadataPiece& piece);
[[nodiscard]] Bytes encode(const BtMetadataReject& reject);

/// Peers that came; the first kPeersMax of a longer list. Who left is ignored. Errors: malformed.
[[nodiscard]] Result<Peers> decode_bt_pex(ByteSpan payload);
[[nodiscard]] Bytes encode_bt_pex(const Peers& peers);

/// The chunk that the sender has no longer. Errors: malformed.
[[nodiscard]] Result<ChunkIndex> decode_bt_dont_have(ByteSpan payload);
[[nodiscard]] Bytes encode_bt_dont_have(ChunkIndex chunk);

}  // namespace stp::wire
