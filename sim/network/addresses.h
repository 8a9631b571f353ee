// The address of each simulated host: public IPv4, no two hosts in one /24, so that what the production code does about
// local addresses and crowded subnets behaves as on the Internet. Scattered over all the range: BEP 42 makes DHT ids of
// few bits of an address, and from addresses that differ in still fewer it would make ids that crowd together.
#pragma once

#include <cstdint>
#include <optional>

#include "core/endpoint.h"

namespace stp::sim {

/// TCP and UDP, on every host.
inline constexpr Port kListenPort = 64500;

/// For host numbers below kAddressesMax.
[[nodiscard]] IpAddress address_of(std::uint32_t host);
/// The inverse; nullopt for an address that no host can have.
[[nodiscard]] std::optional<std::uint32_t> host_at(const IpAddress& address);

inline constexpr std::uint32_t kAddressesMax = 180U << 16;

}  // namespace stp::sim
