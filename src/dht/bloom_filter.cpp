#include "dht/bloom_filter.h"

#include <algorithm>

#include "crypto/sha1.h"

namespace stp::dht {

std::optional<BloomFilter> BloomFilter::from(ByteSpan raw) {
  if (raw.size() != kBytes) return std::nullopt;
  BloomFilter filter;
  std::ranges::copy(raw, filter.bits_.begin());
  return filter;
}

void BloomFilter::insert(const IpAddress& address) {
  const crypto::Sha1Digest digest = crypto::sha1(address.bytes());
  for (const std::size_t at : {0U, 2U}) {
    const auto index =
        (std::to_integer<std::size_t>(digest[at]) | std::to_integer<std::size_t>(digest[at + 1]) << 8U) % (kBytes * 8);
    bits_[index / 8] |= static_cast<std::byte>(1U << (index % 8));
  }
}

}  // namespace stp::dht
