#include "sim/network/addresses.h"

#include <array>

namespace stp::sim {
namespace {

// First octets without a special meaning (RFC 6890), 180 of them.
constexpr auto kFirstOctets = [] {
  std::array<std::uint8_t, 180> octets{};
  std::size_t count = 0;
  for (unsigned octet = 1; octet < 224 && count < octets.size(); ++octet) {
    if (octet == 10 || octet == 100 || octet == 127 || octet == 169 || octet == 172 || octet == 192) continue;
    octets[count++] = static_cast<std::uint8_t>(octet);
  }
  return octets;
}();
static_assert(kFirstOctets.back() != 0);

constexpr auto kPlaceOfOctet = [] {
  std::array<std::uint8_t, 256> places{};
  places.fill(255);
  for (std::size_t i = 0; i < kFirstOctets.size(); ++i) places[kFirstOctets[i]] = static_cast<std::uint8_t>(i);
  return places;
}();

// Hosts are scattered over the range: place = host × kStride modulo kAddressesMax, which kStrideInverse undoes. The
// stride is near the golden section of the range, so that the places of few hosts are far apart too.
constexpr std::uint64_t kStride = 7'290'629;
constexpr std::uint64_t kStrideInverse = 11'056'589;
static_assert(kStride * kStrideInverse % kAddressesMax == 1);

// 1 to 254, by Fibonacci hashing.
constexpr std::uint32_t last_octet(std::uint32_t place) {
  return 1 + ((place * 0x9e3779b1U) >> 16) % 254;
}

}  // namespace

IpAddress address_of(std::uint32_t host) {
  const auto place = static_cast<std::uint32_t>(host * kStride % kAddressesMax);
  return IpAddress::v4((std::uint32_t{kFirstOctets[place >> 16]} << 24) | ((place & 0xffff) << 8) | last_octet(place));
}

std::optional<std::uint32_t> host_at(const IpAddress& address) {
  if (!address.is_v4()) return std::nullopt;
  const ByteSpan bytes = address.bytes();
  const auto first = kPlaceOfOctet[std::to_integer<std::size_t>(bytes[0])];
  if (first == 255) return std::nullopt;
  const std::uint32_t place = (std::uint32_t{first} << 16) | ((load_be<std::uint32_t>(bytes.data()) >> 8) & 0xffff);
  if (std::to_integer<std::uint32_t>(bytes[3]) != last_octet(place)) return std::nullopt;
  return static_cast<std::uint32_t>(place * kStrideInverse % kAddressesMax);
}

}  // namespace stp::sim
