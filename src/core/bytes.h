// Bytes as the whole project passes them: spans in, vectors out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// Lower-case hex, two digits a byte.
[[nodiscard]] std::string to_hex(ByteSpan bytes);

/// The bytes that `hex` writes (either case); nullopt for an odd length or a digit that is none.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view hex);

/// Big-endian integers, the byte order of every number stp puts on a wire itself.
template <class Unsigned>
void store_be(std::byte* out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    out[i] = static_cast<std::byte>(value >> (8 * (sizeof(Unsigned) - 1 - i)));
  }
}
template <class Unsigned>
[[nodiscard]] Unsigned load_be(const std::byte* in) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value = static_cast<Unsigned>((value << 8) | static_cast<Unsigned>(in[i]));
  }
  return value;
}

}  // namespace stp
