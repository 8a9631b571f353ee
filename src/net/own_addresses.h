// Under which of its addresses others can reach this machine, as far as that can be known here.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace stp::net {

/// More addresses than these help nobody.
inline constexpr std::size_t kOwnIpv4Max = 3;
inline constexpr std::size_t kOwnIpv6Max = 1;

struct InterfaceAddress {
  std::string interface;
  IpAddress address;
};

/// Of `all`, those that mean something to another machine, the likeliest first: `preferred` (the source addresses of
/// the default routes), then IPv4, then IPv6. Left out are loopback and link-local addresses, the bridges that virtual
/// machines and containers hang on, and, beside IPv4, IPv6 addresses of a local network alone. With `only_ipv4` all of
/// IPv6 is left out.
[[nodiscard]] std::vector<IpAddress> choose_own_addresses(std::span<const InterfaceAddress> all,
                                                          std::span<const IpAddress> preferred, bool only_ipv4);

/// The addresses to name to others for a socket that listens on `listening`: that one alone, or, when it is
/// unspecified, choose_own_addresses() of this machine. Empty when it has none that mean anything to others.
[[nodiscard]] std::vector<IpAddress> own_addresses(const IpAddress& listening);

}  // namespace stp::net
