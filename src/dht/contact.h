// A DHT node as others know it: id and endpoint; its compact form (BEP 5 "Contact Encoding", BEP 32); and which
// addresses count as neighbours. Values only; thread-safe.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/ids.h"

namespace stp::dht {

/// The two networks of BEP 32. Also an index.
enum class Family : std::uint8_t { v4 = 0, v6 = 1 };
inline constexpr std::array<Family, 2> kFamilies = {Family::v4, Family::v6};

[[nodiscard]] inline Family family_of(const IpAddress& address) {
  return address.is_v4() ? Family::v4 : Family::v6;
}
[[nodiscard]] inline Family family_of(const Endpoint& endpoint) {
  return family_of(endpoint.address);
}
[[nodiscard]] inline std::size_t index_of(Family family) {
  return static_cast<std::size_t>(family);
}

struct NodeContact {
  NodeId id;
  Endpoint endpoint;
  auto operator<=>(const NodeContact&) const = default;
};

/// Bytes of one compact node: 26 (IPv4) or 38 (IPv6).
[[nodiscard]] constexpr std::size_t compact_node_bytes(Family family) {
  return family == Family::v4 ? 26 : 38;
}

/// Appends id, address and port.
void append_compact(Bytes& out, const NodeContact& contact);

/// The first `max` dialable contacts of a "nodes" or "nodes6" string. Contacts nobody could dial (port 0, multicast,
/// 0/8, an IPv4-mapped IPv6 address) are left out. nullopt when the length is not a multiple of a contact.
[[nodiscard]] std::optional<std::vector<NodeContact>> parse_compact_nodes(ByteSpan raw, Family family, std::size_t max);

/// The /24 (IPv4) or /64 (IPv6) of the address as a number: likely one owner.
[[nodiscard]] std::uint64_t neighbourhood(const IpAddress& address);
/// Whether both addresses are in one /24 (IPv4) or /64 (IPv6). Never true for local addresses, where a whole cluster
/// shares one host.
[[nodiscard]] bool same_neighbourhood(const IpAddress& a, const IpAddress& b);

/// Whether `told` may be passed on to, or be believed from, a node at `other`: a local address means nothing outside,
/// and a stranger naming one would make us contact hosts in our own network.
[[nodiscard]] inline bool may_tell(const IpAddress& told, const IpAddress& other) {
  return !told.is_local() || other.is_local();
}

}  // namespace stp::dht
