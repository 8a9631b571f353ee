#include "dht/keyed_hash.h"

#include <algorithm>

#include "core/result.h"
#include "crypto/sha256.h"

namespace stp::dht {

KeyedHash::KeyedHash(Rng& rng) {
  rng.fill(key_);
}

std::uint64_t KeyedHash::operator()(ByteSpan data) const {
  STP_ASSERT(data.size() <= kDataBytesMax);
  std::array<std::byte, kKeyBytes + kDataBytesMax> input{};
  std::copy(key_.begin(), key_.end(), input.begin());
  std::copy(data.begin(), data.end(), input.begin() + kKeyBytes);
  const Hash256 hash = crypto::sha256(ByteSpan(input).first(kKeyBytes + data.size()));
  return load_be<std::uint64_t>(hash.bytes.data());
}

}  // namespace stp::dht
