#include "core/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>

#include "core/digits.h"
#include "core/host_port.h"

namespace stp {
namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// `text` as inet_pton() reads it: an IPv4 address into 4 bytes, an IPv6 address (RFC 4291 §2.2) into 16.
template <std::size_t kBytes>
std::optional<std::array<std::byte, kBytes>> parse_bytes(std::string_view text) {
  static_assert(kBytes == 4 || kBytes == 16);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::byte, kBytes> bytes{};
  if (::inet_pton(kBytes == 4 ? AF_INET : AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::byte, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
  std::array<std::byte, 4> bytes{};
  store_be(bytes.data(), host_order);
  return v4(bytes);
}

IpAddress IpAddress::v6(std::array<std::byte, 16> bytes, std::uint32_t zone) {
  const bool mapped = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin(),
                                 [](unsigned char a, std::byte b) { return std::byte{a} == b; });
  if (mapped) return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  IpAddress address;
  address.bytes_ = bytes;
  address.is_v4_ = 0;
  if (address.is_link_local_v6() && zone <= kZoneMax) address.zone_ = zone & kZoneMax;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (const auto bytes = parse_bytes<4>(text)) return v4(*bytes);
  const std::size_t percent = std::min(text.find('%'), text.size());
  const auto bytes = parse_bytes<16>(text.substr(0, percent));
  if (!bytes) return std::nullopt;
  if (percent == text.size()) return v6(*bytes);
  const IpAddress address = v6(*bytes, parse_digits<std::uint32_t>(text.substr(percent + 1)).value_or(0));
  return address.zone_ != 0 ? std::optional(address) : std::nullopt;
}

IpAddress IpAddress::without_zone() const {
  IpAddress address = *this;
  address.zone_ = 0;
  return address;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4()) return ::inet_ntop(AF_INET, bytes_.data(), text.data(), text.size());
  // RFC 5952 §4: the longest run of two or more zero groups (the first of equals) becomes "::".
  // inet_ntop() writes all of ::/96 with an IPv4 tail.
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = load_be<std::uint16_t>(bytes_.data() + 2 * i);
  std::size_t best_start = 8;
  std::size_t best_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best_start = i;
      best_length = length;
    }
  }
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == best_start) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::snprintf(text.data(), text.size(), "%x", groups[i]);
    out += text.data();
  }
  if (zone_ != 0) out += "%" + std::to_string(zone_);
  return out;
}

bool IpAddress::is_unspecified() const {
  return *this == IpAddress{} || *this == v6({});
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == std::byte{127};
  std::array<std::byte, 16> one{};
  one[15] = std::byte{1};
  return bytes_ == one;
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (bytes_[0] & std::byte{0xf0}) == std::byte{0xe0} : bytes_[0] == std::byte{0xff};
}

bool IpAddress::is_link_local_v6() const {
  return is_v6() && bytes_[0] == std::byte{0xfe} && (bytes_[1] & std::byte{0xc0}) == std::byte{0x80};
}

bool IpAddress::is_link_local() const {
  return is_link_local_v6() || (is_v4() && bytes_[0] == std::byte{169} && bytes_[1] == std::byte{254});
}

bool IpAddress::is_local() const {
  if (is_loopback() || is_link_local()) return true;
  const auto a = std::to_integer<unsigned>(bytes_[0]);
  const auto b = std::to_integer<unsigned>(bytes_[1]);
  return is_v4() ? a == 10 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) : (a & 0xfe) == 0xfc;
}

IpAddress IpAddress::origin() const {
  IpAddress origin = *this;
  if (is_v6()) std::fill(origin.bytes_.begin() + 8, origin.bytes_.end(), std::byte{0});
  return origin;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const Result<SplitHostPort> parts = split_host_port(text);
  if (!parts) return std::nullopt;
  const std::optional<IpAddress> address = IpAddress::parse(parts->host);
  const std::optional<Port> port = parse_port(parts->port);
  // Brackets only around IPv6 notation, which IPv4-mapped addresses also use.
  if (!address || !port || parts->bracketed != (parts->host.find(':') != std::string_view::npos)) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string Endpoint::to_string() const {
  return bracketed_host(address.to_string()) + ":" + std::to_string(port);
}

void Endpoint::append_compact(Bytes& out) const {
  append(out, address.bytes());
  std::array<std::byte, 2> raw{};
  store_be(raw.data(), port);
  append(out, raw);
}

std::optional<Endpoint> Endpoint::from_compact(ByteSpan compact) {
  Endpoint endpoint;
  if (compact.size() == 6) {
    std::array<std::byte, 4> raw{};
    std::copy_n(compact.begin(), 4, raw.begin());
    endpoint.address = IpAddress::v4(raw);
  } else if (compact.size() == 18) {
    std::array<std::byte, 16> raw{};
    std::copy_n(compact.begin(), 16, raw.begin());
    endpoint.address = IpAddress::v6(raw);
  } else {
    return std::nullopt;
  }
  endpoint.port = load_be<Port>(compact.data() + compact.size() - 2);
  return endpoint;
}

bool Endpoint::is_dialable() const {
  if (port == 0 || address.is_unspecified() || address.is_multicast()) return false;
  if (address.is_v6()) return true;
  const std::byte first = address.bytes()[0];
  return first != std::byte{0} && first < std::byte{240};
}

std::size_t EndpointHash::operator()(const IpAddress& address) const {
  const std::byte* const bytes = address.bytes().data();
  std::uint64_t hash = (load_be<std::uint64_t>(bytes) + address.zone()) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 32) ^ load_be<std::uint64_t>(bytes + 8)) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

std::size_t EndpointHash::operator()(const Endpoint& endpoint) const {
  const std::uint64_t hash = ((*this)(endpoint.address) ^ endpoint.port) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

}  // namespace stp
