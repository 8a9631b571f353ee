// HostPort: where something listens, as people write it: a name that is still to be resolved, or an address.
//
// A link-local IPv6 address may carry the zone it is meant in (RFC 4007 §11), by name or number: "fe80::1%eth0". What
// number a name has is known to the machine alone (net/zone.h); here a zone is text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/endpoint.h"

namespace stp {

inline constexpr std::size_t kHostBytesMax = 253;
/// The longest name of a network interface (Linux's IFNAMSIZ without the zero).
inline constexpr std::size_t kZoneBytesMax = 15;

struct HostPort {
  std::string host;  // IPv6 addresses without brackets, with their zone if any
  Port port = 0;
  bool operator==(const HostPort&) const = default;

  /// "host:port", "1.2.3.4:port", "[::1]:port" or "[fe80::1%eth0]:port"; port not 0. nullopt for anything else.
  [[nodiscard]] static std::optional<HostPort> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

/// Letters, digits, '-', '.' and '_': what a host name or an IPv4 address consists of.
[[nodiscard]] bool is_host_name(std::string_view text);
/// An IPv6 address; a link-local one may have a zone.
[[nodiscard]] bool is_ipv6_literal(std::string_view text);
/// "fe80::1%eth0" as the address without zone, and "eth0"; nullopt when there is no zone, or none is allowed there.
[[nodiscard]] std::optional<std::pair<IpAddress, std::string_view>> split_zone(std::string_view text);

}  // namespace stp
