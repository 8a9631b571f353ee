// LanIo: the sockets of lan::LanDiscovery: one for each interface and family, so that each interface has a membership of
// its own and a datagram is known to be from its network.
//
// The sockets are bound to the group's address and port. Several processes may be bound to it at the same time: each
// receives everything, also from the others on this machine. A datagram to one of our own addresses does not reach the
// port. All interfaces that are up and capable of multicast take part. The loopback interface is used only if there is
// no other, so that processes on a machine without a network find each other. If the participant listens on a single
// address, only the interface with that address takes part. Interfaces may come and go: handle_network_change().
//
// A kernel or firewall that refuses is no error: other sources of peers are not affected, and the status says what is
// wrong (LanDiscovery::set_trouble) if no interface works.
//
// Lives on the network thread. The discovery and the io_context must outlive it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/endpoint.h"
#include "core/result.h"
#include "lan/lan_discovery.h"
#include "net/own_addresses.h"
#include "net/udp_socket.h"

namespace stp::net {

/// An interface that takes part in local discovery, for one family.
struct LanInterface {
  std::string name;
  std::uint32_t index = 0;
  std::optional<IpAddress> source;     // of our datagrams; none: the kernel chooses
  std::vector<lan::Network> networks;  // reached through it without a router

  [[nodiscard]] bool operator==(const LanInterface& other) const {
    return name == other.name && index == other.index && source == other.source;
  }
};

/// At most this many interfaces take part per family; a machine has more only if they are virtual.
inline constexpr std::size_t kLanInterfacesMax = 32;

/// Those of `all` that take part for IPv6 (`v6`) or IPv4, for a participant that listens on `listen`, by index.
[[nodiscard]] std::vector<LanInterface> lan_interfaces(std::span<const InterfaceAddress> all, const IpAddress& listen,
                                                       bool v6);

class LanIo {
 public:
  /// `listen`: where the participant accepts connections. `turn` is called after datagrams have been handed to
  /// `discovery`.
  LanIo(boost::asio::io_context& io, lan::LanDiscovery& discovery, const IpAddress& listen, std::function<void()> turn);
  LanIo(const LanIo&) = delete;
  LanIo& operator=(const LanIo&) = delete;

  /// Joins on interfaces that are new and leaves those that are gone.
  void handle_network_change();
  /// Sends what the discovery has to send.
  void drain();

 private:
  struct Link {
    LanInterface interface;
    std::unique_ptr<UdpSocket> socket;
  };
  using LinkKey = std::pair<std::uint32_t, bool>;  // index of the interface, IPv6

  void follow(bool v6, const std::vector<LanInterface>& wanted);
  /// Opens a socket of this interface. The error says what the kernel refused.
  [[nodiscard]] Result<std::unique_ptr<UdpSocket>> open(const LinkKey& key, const LanInterface& interface);
  void say_trouble();

  boost::asio::io_context& io_;
  lan::LanDiscovery& discovery_;
  const IpAddress listen_;
  std::function<void()> turn_;
  std::map<LinkKey, Link> links_;
  std::string refused_;  // why a socket could not be opened
  std::string unsent_;   // why none of the latest datagrams left
};

}  // namespace stp::net
