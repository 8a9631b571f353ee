// Where a peer or node can be reached: an IP address and a port. No sockets here.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace stp {

using Port = std::uint16_t;

/// An IPv4 or IPv6 address; a link-local IPv6 address also knows its zone (RFC 4007), which is part of its identity:
/// the same bytes on another network are another machine. No wire carries zones. An IPv4-mapped IPv6 address
/// (::ffff:a.b.c.d) is stored as IPv4, so a dual-stack socket and a compact IPv4 list give equal addresses.
class IpAddress {
 public:
  static constexpr std::uint32_t kZoneMax = 0x7fff;

  IpAddress() = default;  // 0.0.0.0
  [[nodiscard]] static IpAddress v4(std::array<std::byte, 4> bytes);
  [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
  /// 127.0.0.1.
  [[nodiscard]] static IpAddress loopback_v4() { return v4(0x7f000001); }
  /// `zone`: the number of the network interface; 0: unknown. Kept only for link-local addresses, up to kZoneMax.
  [[nodiscard]] static IpAddress v6(std::array<std::byte, 16> bytes, std::uint32_t zone = 0);
  /// Dotted quad or RFC 4291 text without brackets. A link-local address may have the number of its zone: "fe80::1%2".
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  auto operator<=>(const IpAddress&) const = default;

  [[nodiscard]] bool is_v4() const { return is_v4_ != 0; }
  [[nodiscard]] bool is_v6() const { return is_v4_ == 0; }
  /// 4 or 16 bytes, network order; borrows.
  [[nodiscard]] ByteSpan bytes() const { return ByteSpan(bytes_).first(is_v4() ? 4 : 16); }
  /// The same without the zone, for sending to others: this machine's zone numbers mean nothing to them.
  [[nodiscard]] IpAddress without_zone() const;
  /// 0: none, or unknown.
  [[nodiscard]] std::uint32_t zone() const { return zone_; }
  /// RFC 5952 for IPv6, followed by its zone if any: "%2".
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_multicast() const;
  /// fe80::/10.
  [[nodiscard]] bool is_link_local_v6() const;
  /// The same, or 169.254.0.0/16 (RFC 3927).
  [[nodiscard]] bool is_link_local() const;
  /// Loopback, private (RFC 1918), link-local or unique local (RFC 4193).
  [[nodiscard]] bool is_local() const;
  /// What one party is assigned as a whole, so its addresses count as one: an IPv4 address itself, or the /64 of an
  /// IPv6 address (lower half zero).
  [[nodiscard]] IpAddress origin() const;

 private:
  std::array<std::byte, 16> bytes_{};  // IPv4 in the first four, the rest zero
  // Two bytes together: addresses are most of a node's or tracker's memory.
  std::uint16_t is_v4_ : 1 = 1;
  std::uint16_t zone_ : 15 = 0;
};

/// Address and port. "1.2.3.4:80" or "[::1]:80".
struct Endpoint {
  IpAddress address;
  Port port = 0;

  auto operator<=>(const Endpoint&) const = default;

  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  /// BEP 5/7 compact form: 6 bytes (IPv4) or 18 (IPv6), port big-endian.
  void append_compact(Bytes& out) const;
  /// Reads 6 or 18 bytes; nullopt for any other size.
  [[nodiscard]] static std::optional<Endpoint> from_compact(ByteSpan compact);

  /// Whether it can be dialled: it has a port, and its address is not unspecified, multicast or broadcast.
  [[nodiscard]] bool is_dialable() const;
};

/// For unordered lookup only.
struct EndpointHash {
  std::size_t operator()(const IpAddress& address) const;
  std::size_t operator()(const Endpoint& endpoint) const;
};

}  // namespace stp
