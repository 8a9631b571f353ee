// Fixed-size secrets that leave nothing behind: wiped when destroyed or overwritten, compared in constant time.
//
// A SecretBytes is a value like FixedBytes, but it has no ordering, no hex() and no stream operator, so it does not end
// up in a log, a map or a decision by accident.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "core/bytes.h"

namespace stp::crypto {

/// Overwrites `bytes` with zeros in a way that the compiler does not remove.
void wipe(MutableByteSpan bytes);

/// Equality whose time depends only on the sizes.
[[nodiscard]] bool equal_in_constant_time(ByteSpan a, ByteSpan b);

/// N secret bytes with a meaning.
template <class Tag, std::size_t N>
class SecretBytes {
 public:
  static constexpr std::size_t kSize = N;

  SecretBytes() = default;  // all zero
  explicit SecretBytes(const std::array<std::byte, N>& bytes) : bytes_(bytes) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes& operator=(const SecretBytes&) = default;
  ~SecretBytes() { wipe(bytes_); }

  /// The secret in `raw`; nullopt when its size is not N.
  [[nodiscard]] static std::optional<SecretBytes> from(ByteSpan raw) {
    if (raw.size() != N) return std::nullopt;
    SecretBytes secret;
    std::copy(raw.begin(), raw.end(), secret.bytes_.begin());
    return secret;
  }

  [[nodiscard]] ByteSpan span() const { return bytes_; }
  [[nodiscard]] MutableByteSpan mutable_span() { return bytes_; }

  bool operator==(const SecretBytes& other) const { return equal_in_constant_time(bytes_, other.bytes_); }

 private:
  std::array<std::byte, N> bytes_{};
};

/// A symmetric key of either AEAD, and a Noise chaining key.
using Key = SecretBytes<struct KeyTag, 32>;
/// Noise pre-shared key of a swarm.
using Psk = SecretBytes<struct PskTag, 32>;

}  // namespace stp::crypto
