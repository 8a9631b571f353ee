// Bytes as the whole project passes them: spans in, vectors out.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace stp {

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

/// The bytes of `text`; borrows, so `text` must outlive the span.
[[nodiscard]] inline ByteSpan as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

/// The bytes seen as text, unchecked; borrows.
[[nodiscard]] inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteSpan bytes) {
  return {bytes.begin(), bytes.end()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

inline void append(Bytes& out, ByteSpan bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Lower-case hex, two digits per byte.
[[nodiscard]] std::string to_hex(ByteSpan bytes);

/// The bytes that `hex` stands for (either case); nullopt for an odd length or a character that is not a hex digit.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view hex);

/// Big-endian integers, the byte order of every number that stp itself puts on a wire. Swapped as a whole: GCC 12 does
/// not optimize a loop over the bytes.
template <class Unsigned>
[[nodiscard]] constexpr Unsigned from_or_to_be(Unsigned value) {
  static_assert(std::is_unsigned_v<Unsigned> && sizeof(Unsigned) <= 8);
  if constexpr (std::endian::native == std::endian::big || sizeof(Unsigned) == 1) return value;
  if constexpr (sizeof(Unsigned) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Unsigned) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Unsigned) == 8) return __builtin_bswap64(value);
}
template <class Unsigned>
void store_be(std::byte* out, Unsigned value) {
  value = from_or_to_be(value);
  std::memcpy(out, &value, sizeof value);
}
template <class Unsigned>
[[nodiscard]] Unsigned load_be(const std::byte* in) {
  Unsigned value = 0;
  std::memcpy(&value, in, sizeof value);
  return from_or_to_be(value);
}

}  // namespace stp
