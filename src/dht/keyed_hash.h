// A short keyed hash for what strangers must not predict: tokens and transaction ids.
//
// SHA-256 over key ‖ data, truncated: truncation prevents length extension, and with the processor's SHA instructions
// one block is cheaper than a keyed BLAKE2b. Thread-safe.
#pragma once

#include <array>
#include <cstdint>

#include "core/bytes.h"
#include "core/rng.h"

namespace stp::dht {

class KeyedHash {
 public:
  static constexpr std::size_t kKeyBytes = 16;
  static constexpr std::size_t kDataBytesMax = 64;

  /// Draws the key.
  explicit KeyedHash(Rng& rng);
  /// 64 bits that only the holder of the key can distinguish from random; data.size() <= kDataBytesMax.
  [[nodiscard]] std::uint64_t operator()(ByteSpan data) const;

 private:
  std::array<std::byte, kKeyBytes> key_{};
};

}  // namespace stp::dht
