// Zones of link-local addresses (RFC 4007): converts between the names of this machine's network interfaces and their
// numbers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host_port.h"
#include "core/result.h"

namespace stp::net {

/// `text` with the name of a zone replaced by its number, so that Endpoint::parse() and IpAddress::parse() accept it:
/// "[fe80::1%eth0]:80" becomes "[fe80::1%2]:80". Text without a zone is returned unchanged. Errors: not_found, which
/// names the interface that does not exist.
[[nodiscard]] Result<std::string> number_zone(std::string_view text);

/// Like Endpoint::to_string(), with the zone's name if it has one: "[fe80::1%eth0]:80".
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

/// A link-local address without a zone may be on any network: one address per interface that has link-local addresses
/// itself, at most kZonesTried. Any other address alone.
inline constexpr std::size_t kZonesTried = 8;
[[nodiscard]] std::vector<IpAddress> with_zones(const IpAddress& address);

}  // namespace stp::net
