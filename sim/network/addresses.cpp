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

}  // namespace

IpAddress address_of(std::uint32_t host) {
  const auto first = kFirstOctets[host % kFirstOctets.size()];
  const auto rest = static_cast<std::uint32_t>(host / kFirstOctets.size());
  return IpAddress::v4((std::uint32_t{first} << 24) | (rest << 8) | 1);
}

std::optional<std::uint32_t> host_at(const IpAddress& address) {
  if (!address.is_v4()) return std::nullopt;
  const ByteSpan bytes = address.bytes();
  const auto place = kPlaceOfOctet[std::to_integer<std::size_t>(bytes[0])];
  if (place == 255 || bytes[3] != std::byte{1}) return std::nullopt;
  const auto rest = (std::to_integer<std::uint32_t>(bytes[1]) << 8) | std::to_integer<std::uint32_t>(bytes[2]);
  return rest * static_cast<std::uint32_t>(kFirstOctets.size()) + place;
}

}  // namespace stp::sim
