// Peers, keys and times for the tracker's tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/time.h"

namespace stp::tracker::test {

inline Instant at(Duration since_start) {
  return Instant(std::chrono::hours(1)) + since_start;
}

/// 10.x.y.z with `number` in the last three bytes.
inline Endpoint peer4(std::uint32_t number, Port port = 6881) {
  return {IpAddress::v4((std::uint32_t{10} << 24) | number), port};
}

/// 2001:db8::/64 with `number` in the last four bytes.
inline Endpoint peer6(std::uint32_t number, Port port = 6881) {
  std::array<std::byte, 16> bytes{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d}, std::byte{0xb8}};
  store_be(bytes.data() + 12, number);
  return {IpAddress::v6(bytes), port};
}

inline SwarmKey key(std::uint32_t number) {
  SwarmKey key;
  store_be(key.bytes.data(), number);
  return key;
}

/// The endpoints of a compact list of `stride` bytes each.
inline std::vector<Endpoint> endpoints(ByteSpan compact, std::size_t stride) {
  std::vector<Endpoint> list;
  for (; compact.size() >= stride; compact = compact.subspan(stride)) {
    list.push_back(*Endpoint::from_compact(compact.first(stride)));
  }
  return list;
}

}  // namespace stp::tracker::test
