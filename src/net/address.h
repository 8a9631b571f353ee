// Conversions between our addresses and those of Asio and the system.
//
// A dual-stack IPv6 socket shows IPv4 peers as ::ffff:a.b.c.d; IpAddress::v6() converts these back, so the cores never
// see one.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/basic_endpoint.hpp>
#include <cstddef>
#include <cstring>
#include <optional>

#include "core/endpoint.h"

namespace stp::net {

[[nodiscard]] inline boost::asio::ip::address to_asio(const IpAddress& address) {
  if (address.is_v4()) {
    boost::asio::ip::address_v4::bytes_type raw;
    std::memcpy(raw.data(), address.bytes().data(), raw.size());
    return boost::asio::ip::address_v4(raw);
  }
  boost::asio::ip::address_v6::bytes_type raw;
  std::memcpy(raw.data(), address.bytes().data(), raw.size());
  return boost::asio::ip::address_v6(raw, address.zone());
}

[[nodiscard]] inline IpAddress from_asio(const boost::asio::ip::address& address) {
  if (address.is_v4()) {
    std::array<std::byte, 4> raw{};
    const auto bytes = address.to_v4().to_bytes();
    std::memcpy(raw.data(), bytes.data(), raw.size());
    return IpAddress::v4(raw);
  }
  std::array<std::byte, 16> raw{};
  const auto bytes = address.to_v6().to_bytes();
  std::memcpy(raw.data(), bytes.data(), raw.size());
  return IpAddress::v6(raw, static_cast<std::uint32_t>(address.to_v6().scope_id()));
}

/// Protocol: boost::asio::ip::tcp or udp.
template <class Protocol>
[[nodiscard]] typename Protocol::endpoint to_asio(const Endpoint& endpoint) {
  return {to_asio(endpoint.address), endpoint.port};
}

template <class Protocol>
[[nodiscard]] Endpoint from_asio(const boost::asio::ip::basic_endpoint<Protocol>& endpoint) {
  return {from_asio(endpoint.address()), endpoint.port()};
}

/// The address of a socket address of either family; nullopt for any other.
[[nodiscard]] inline std::optional<IpAddress> address_of(const sockaddr* raw) {
  if (raw->sa_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, raw, sizeof address);
    std::array<std::byte, 4> bytes{};
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (raw->sa_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, raw, sizeof address);
    std::array<std::byte, 16> bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    return IpAddress::v6(bytes, address.sin6_scope_id);
  }
  return std::nullopt;
}

/// The same with its port.
[[nodiscard]] inline std::optional<Endpoint> endpoint_of(const sockaddr* raw) {
  const std::optional<IpAddress> address = address_of(raw);
  if (!address) return std::nullopt;
  // Both families have the port in the same place.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  in_port_t port = 0;
  std::memcpy(&port, reinterpret_cast<const std::byte*>(raw) + offsetof(sockaddr_in, sin_port), sizeof port);
  return Endpoint{*address, ntohs(port)};
}

}  // namespace stp::net
