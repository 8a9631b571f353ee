// The address of each simulated host: public IPv4, no two hosts in one /24, so that the production code's rules for
// local addresses and crowded subnets work as on the Internet. Scattered over the whole range: BEP 42 makes DHT ids
// from a few bits of an address, and addresses that differ in even fewer bits would give ids that cluster.
#pragma once

#include <cstdint>
#include <optional>

#include "core/endpoint.h"

namespace stp::sim {

/// For TCP and UDP, on every host.
inline constexpr Port kListenPort = 64500;

/// For host numbers less than kAddressesMax.
[[nodiscard]] IpAddress address_of(std::uint32_t host);
/// The inverse; nullopt for an address that no host can have.
[[nodiscard]] std::optional<std::uint32_t> host_at(const IpAddress& address);

inline constexpr std::uint32_t kAddressesMax = 180U << 16;

}  // namespace stp::sim
