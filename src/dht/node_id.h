// Node ids: the XOR metric (Kademlia, BEP 5) and ids bound to an address (BEP 42 "DHT Security extension").
//
// Free functions on values; thread-safe.
#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/rng.h"

namespace stp::dht {

inline constexpr std::size_t kIdBits = NodeId::kSize * 8;

/// A swarm key as a place in the id space.
[[nodiscard]] inline NodeId id_of(const SwarmKey& key) {
  return NodeId{key.bytes};
}

/// a XOR b.
[[nodiscard]] NodeId distance(const NodeId& a, const NodeId& b);

/// Whether `a` is closer to `target` than `b` is.
[[nodiscard]] bool closer(const NodeId& a, const NodeId& b, const NodeId& target);

/// Leading bits that `a` and `b` share: 0 to kIdBits.
[[nodiscard]] std::size_t common_prefix(const NodeId& a, const NodeId& b);

[[nodiscard]] NodeId random_id(Rng& rng);

/// A random id that shares exactly `prefix` (< kIdBits) leading bits with `base`.
[[nodiscard]] NodeId random_id_at(const NodeId& base, std::size_t prefix, Rng& rng);

/// CRC-32C (Castagnoli, RFC 3720 §12.1).
[[nodiscard]] std::uint32_t crc32c(ByteSpan data);

/// A random id that BEP 42 accepts from `address`.
[[nodiscard]] NodeId secure_id(const IpAddress& address, Rng& rng);

/// Whether BEP 42 accepts `id` from `address`. Local addresses are exempt: always true.
[[nodiscard]] bool is_secure_id(const NodeId& id, const IpAddress& address);

}  // namespace stp::dht
