// HostPort: where something listens, as people write it: a name that is still to be resolved, or an address.
//
// The one parser of "host:port": endpoints, URLs, links and arguments are read with it. A link-local IPv6 address may
// carry its zone (RFC 4007 §11), by name or number: "fe80::1%eth0". Only the machine knows the number of a name
// (net/zone.h); here a zone is text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/endpoint.h"
#include "core/result.h"

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

/// A host and the port after it, if any: the authority of a URL without user names (RFC 3986 §3.2).
struct Authority {
  std::string host;  // as in HostPort
  std::optional<Port> port;
};
/// Like HostPort::parse(), but the port may be missing, even after a colon (RFC 3986 §3.2.3). The error, malformed,
/// only says what is wrong; the caller quotes the text.
[[nodiscard]] Result<Authority> parse_authority(std::string_view text);

/// The two parts of "host:port" as they are written, unchecked; borrowed.
struct SplitHostPort {
  std::string_view host;  // without its brackets
  bool bracketed = false;
  std::string_view port;  // empty: none
};
/// Without brackets, text with more than one colon is only a host. Errors as for parse_authority().
[[nodiscard]] Result<SplitHostPort> split_host_port(std::string_view text);

/// 0 to 65535 in decimal digits; nullopt for anything else.
[[nodiscard]] std::optional<Port> parse_port(std::string_view digits);

/// `host` as it is written before a port: an IPv6 address in brackets.
[[nodiscard]] std::string bracketed_host(std::string_view host);

/// A host name: letters, digits, '-', '.' and '_', with 1 to 63 characters between dots (RFC 1035 §2.3.4); or an IPv4
/// address.
[[nodiscard]] bool is_host_name(std::string_view text);
/// An IPv6 address; a link-local one may have a zone.
[[nodiscard]] bool is_ipv6_literal(std::string_view text);
/// "fe80::1%eth0" as the address without zone, and "eth0"; nullopt when there is no zone, or no zone is allowed.
[[nodiscard]] std::optional<std::pair<IpAddress, std::string_view>> split_zone(std::string_view text);

}  // namespace stp
