// The Bloom filter of BEP 33: a set of IP addresses in 256 bytes whose size can be estimated and whose union is an OR.
// Spec: BEP 33 "Bloom Filters": two bits per address, taken from its SHA-1. Values only; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "core/bytes.h"
#include "core/endpoint.h"

namespace stp::dht {

class BloomFilter {
 public:
  static constexpr std::size_t kBytes = 256;

  /// nullopt unless `raw` has kBytes bytes.
  [[nodiscard]] static std::optional<BloomFilter> from(ByteSpan raw);

  /// Adds an address; its 4 or 16 bytes are hashed.
  void insert(const IpAddress& address);

  [[nodiscard]] ByteSpan span() const { return bits_; }
  bool operator==(const BloomFilter&) const = default;

 private:
  std::array<std::byte, kBytes> bits_{};
};

/// All peers stored under an info-hash (BEP 33): `BFsd` and `BFpe`.
struct Scrape {
  BloomFilter seeds;
  BloomFilter leeches;
  bool operator==(const Scrape&) const = default;
};

}  // namespace stp::dht
