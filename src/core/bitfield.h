// A set of chunk indexes of a fixed size, one bit each, chunk 0 in the high bit of byte 0 (BEP 3 "bitfield").
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp {

class Bitfield {
 public:
  Bitfield() = default;
  explicit Bitfield(std::uint32_t size, bool filled = false)
      : bytes_((size + 7) / 8, filled ? std::byte{0xff} : std::byte{0}), size_(size), count_(filled ? size : 0) {
    if (filled && size % 8 != 0) bytes_.back() = static_cast<std::byte>(0xff00U >> (size % 8));
  }

  /// Reads `raw` as a field of `size` bits; nullopt when its length is wrong or a spare bit is set.
  [[nodiscard]] static std::optional<Bitfield> from(ByteSpan raw, std::uint32_t size) {
    if (raw.size() != (size + 7) / 8) return std::nullopt;
    Bitfield field;
    field.bytes_ = to_bytes(raw);
    field.size_ = size;
    if (size % 8 != 0 && (raw.back() & static_cast<std::byte>(0xffU >> (size % 8))) != std::byte{0}) {
      return std::nullopt;
    }
    for (const std::byte b : raw)
      field.count_ += static_cast<std::uint32_t>(std::popcount(std::to_integer<unsigned>(b)));
    return field;
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] bool all() const { return count_ == size_; }
  [[nodiscard]] bool none() const { return count_ == 0; }
  [[nodiscard]] ByteSpan bytes() const { return bytes_; }

  [[nodiscard]] bool test(ChunkIndex chunk) const {
    STP_ASSERT(chunk.value < size_);
    return (bytes_[chunk.value / 8] & mask(chunk)) != std::byte{0};
  }
  /// Returns whether the bit changed.
  bool set(ChunkIndex chunk) {
    if (test(chunk)) return false;
    bytes_[chunk.value / 8] |= mask(chunk);
    ++count_;
    return true;
  }
  bool reset(ChunkIndex chunk) {
    if (!test(chunk)) return false;
    bytes_[chunk.value / 8] &= ~mask(chunk);
    --count_;
    return true;
  }

  bool operator==(const Bitfield&) const = default;

 private:
  [[nodiscard]] static std::byte mask(ChunkIndex chunk) { return static_cast<std::byte>(0x80U >> (chunk.value % 8)); }

  Bytes bytes_;
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace stp
