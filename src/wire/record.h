// Records: the units in which a channel is encrypted and authenticated (docs/protocol.md "Channel").
//
//   u32 big-endian size of the plaintext │ ciphertext │ 16-byte tag
//
// The size is the associated data, the nonce is the number of the record in its direction, counted from 0 and never
// sent. After kRecordsPerKey records both sides replace the key (Noise rev 34 §11.3), so the bytes of one connection
// are unlimited.
#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "core/result.h"
#include "crypto/aead.h"

namespace stp::wire {

inline constexpr std::size_t kRecordPrefixBytes = 4;
inline constexpr std::size_t kRecordPlaintextMax = 64 * 1024;
inline constexpr std::size_t kRecordOverheadBytes = kRecordPrefixBytes + crypto::kTagBytes;
inline constexpr std::size_t kRecordBytesMax = kRecordPlaintextMax + kRecordOverheadBytes;
/// 2²² records of 2¹² AES blocks are 2³⁴ blocks per key; TLS 1.3 allows AES-GCM 2³⁴·⁵ (RFC 8446 §5.5).
inline constexpr std::uint64_t kRecordsPerKey = std::uint64_t{1} << 22;

/// The sending side.
class RecordSealer {
 public:
  RecordSealer(crypto::Cipher cipher, const crypto::Key& key, std::uint64_t records_per_key = kRecordsPerKey);

  /// Writes the record of `plaintext` (1 to kRecordPlaintextMax bytes) into `out`, which has kRecordOverheadBytes more
  /// and does not overlap it.
  void seal(ByteSpan plaintext, MutableByteSpan out);

 private:
  crypto::Sealer sealer_;
  std::uint64_t records_per_key_;
  std::uint64_t counter_ = 0;
};

/// The receiving side.
class RecordOpener {
 public:
  RecordOpener(crypto::Cipher cipher, const crypto::Key& key, std::uint64_t records_per_key = kRecordsPerKey);

  /// Opens `record`, prefix and tag included, into `out`: as many bytes as its plaintext, and either no overlap or
  /// exactly the place of the ciphertext. An error (integrity) means that the connection is over.
  [[nodiscard]] Status open(ByteSpan record, MutableByteSpan out);

 private:
  crypto::Opener opener_;
  std::uint64_t records_per_key_;
  std::uint64_t counter_ = 0;
};

/// Size of the plaintext that `prefix` (kRecordPrefixBytes) announces. Errors: limit, malformed (empty record).
[[nodiscard]] Result<std::size_t> record_plaintext_bytes(ByteSpan prefix);

}  // namespace stp::wire
