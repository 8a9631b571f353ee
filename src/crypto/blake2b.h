// BLAKE2b (RFC 7693) with key and personalisation, for deriving secrets from secrets (libsodium).
//
// The personalisation says what the output is for, so that two derivations from one key never give related values; it
// is a parameter of the hash itself (RFC 7693 §2.5 leaves the field to the application) and not part of the data.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "core/bytes.h"

namespace stp::crypto {

inline constexpr std::size_t kBlake2bOutputBytesMax = 64;
inline constexpr std::size_t kBlake2bKeyBytesMax = 64;
inline constexpr std::size_t kBlake2bPurposeBytesMax = 16;

/// BLAKE2b of the concatenation of `parts` into `out`. `key` may be empty; `purpose` is the personalisation, padded
/// with zeros to 16 bytes. Sizes past the limits above are our own mistake and assert.
void blake2b_into(MutableByteSpan out, ByteSpan key, std::string_view purpose, std::initializer_list<ByteSpan> parts);

/// The same, by value: N bytes.
template <std::size_t N>
[[nodiscard]] std::array<std::byte, N> blake2b(ByteSpan key, std::string_view purpose,
                                               std::initializer_list<ByteSpan> parts) {
  static_assert(N >= 1 && N <= kBlake2bOutputBytesMax);
  std::array<std::byte, N> out{};
  blake2b_into(out, key, purpose, parts);
  return out;
}

}  // namespace stp::crypto
