// The addresses under which others can reach this machine, as far as they can be known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace stp::net {

/// More addresses than this help nobody.
inline constexpr std::size_t kOwnIpv4Max = 3;
inline constexpr std::size_t kOwnIpv6Max = 1;

struct InterfaceAddress {
  std::string interface;
  IpAddress address;
  bool running = true;  // the cable is in, the network is joined
  std::uint32_t index = 0;
  unsigned network_bits = 0;  // that the addresses of its network begin with
  bool multicast = false;
};

/// Of all interfaces that are up; nullopt if the system does not say.
[[nodiscard]] std::optional<std::vector<InterfaceAddress>> interface_addresses();

/// Of `all`, those that are running and mean something to another machine, the most likely first: `preferred` (the
/// source addresses of the default routes), then IPv4, then IPv6. Loopback and link-local addresses, the bridges of
/// virtual machines and containers, and, if there is IPv4, IPv6 addresses that are valid only in a local network are
/// left out. With `only_ipv4` all of IPv6 is left out.
[[nodiscard]] std::vector<IpAddress> choose_own_addresses(std::span<const InterfaceAddress> all,
                                                          std::span<const IpAddress> preferred, bool only_ipv4);

/// The addresses to give to others for a socket that listens on `listening`: only that one, or, if it is unspecified,
/// choose_own_addresses() of this machine. Empty if none means anything to others.
[[nodiscard]] std::vector<IpAddress> own_addresses(const IpAddress& listening);

}  // namespace stp::net
