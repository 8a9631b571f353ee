#include "net/lan_io.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "lan/lan_message.h"
#include "net/address.h"
#include "net/clock.h"

namespace stp::net {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

constexpr int kHops = 1;  // the local network ends at the router

error_code last_error() {
  return {errno, boost::system::system_category()};
}

template <class Value>
error_code set_option(udp::socket& socket, int level, int name, const Value& value) {
  return ::setsockopt(socket.native_handle(), level, name, &value, sizeof value) == 0 ? error_code() : last_error();
}

// IPv4: the group, and who we are on it.
error_code join_v4(udp::socket& socket, const LanInterface& interface) {
  ip_mreqn membership{};
  std::memcpy(&membership.imr_multiaddr, lan::group_v4().address.bytes().data(), sizeof membership.imr_multiaddr);
  membership.imr_ifindex = static_cast<int>(interface.index);
  if (const error_code error = set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)) return error;
  if (interface.source) std::memcpy(&membership.imr_address, interface.source->bytes().data(), sizeof(in_addr));
  if (const error_code error = set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, membership)) return error;
  // Only what arrives on this interface; elsewhere other sockets have joined.
  (void)set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0);
  (void)set_option(socket, IPPROTO_IP, IP_MULTICAST_TTL, kHops);
  return set_option(socket, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
}

error_code join_v6(udp::socket& socket, const LanInterface& interface) {
  ipv6_mreq membership{};
  std::memcpy(&membership.ipv6mr_multiaddr, lan::group_v6().address.bytes().data(), sizeof membership.ipv6mr_multiaddr);
  membership.ipv6mr_interface = interface.index;
  if (const error_code error = set_option(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership)) return error;
  const int index = static_cast<int>(interface.index);
  if (const error_code error = set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index)) return error;
  (void)set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);  // unknown to kernels before 4.20
  (void)set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops);
  return set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
}

error_code open_socket(udp::socket& socket, const LanInterface& interface, bool v6) {
  error_code error;
  socket.open(v6 ? udp::v6() : udp::v4(), error);
  if (error) return error;
  if (v6) error = set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  // Both, so that programs that set only one of them can be bound at the same time too.
  if (!error) error = set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (!error) error = set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  if (!error) socket.bind(to_asio<udp>(v6 ? lan::group_v6() : lan::group_v4()), error);
  if (!error) error = v6 ? join_v6(socket, interface) : join_v4(socket, interface);
  if (!error) socket.non_blocking(true, error);
  return error;
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

std::vector<LanInterface> lan_interfaces(std::span<const InterfaceAddress> all, const IpAddress& listen, bool v6) {
  std::vector<LanInterface> found;
  const bool everywhere = listen.is_unspecified();
  if (v6 ? listen.is_v4() : !everywhere && listen.is_v6()) return found;
  const bool others = std::any_of(all.begin(), all.end(), [](const InterfaceAddress& entry) {
    return entry.multicast && !entry.address.is_loopback();
  });
  const auto takes_part = [&](const InterfaceAddress& entry) {
    if (!everywhere) return entry.address == listen;
    return entry.address.is_loopback() ? !others : entry.multicast;
  };
  for (const InterfaceAddress& entry : all) {
    if (entry.address.is_v6() != v6 || !takes_part(entry)) continue;
    const auto known = std::find_if(found.begin(), found.end(),
                                    [&](const LanInterface& interface) { return interface.index == entry.index; });
    if (known == found.end() && found.size() >= kLanInterfacesMax) continue;
    LanInterface& interface = known == found.end() ? found.emplace_back() : *known;
    interface.name = entry.interface;
    interface.index = entry.index;
    if (!everywhere) interface.source = listen;
    // The kernel chooses no source for a group there: a loopback address is valid on this machine only.
    if (entry.address.is_loopback()) interface.source = entry.address;
    interface.networks.push_back({entry.address, entry.network_bits});
  }
  std::sort(found.begin(), found.end(), [](const LanInterface& a, const LanInterface& b) { return a.index < b.index; });
  return found;
}

LanIo::LanIo(boost::asio::io_context& io, lan::LanDiscovery& discovery, const IpAddress& listen,
             std::function<void()> turn)
    : io_(io), discovery_(discovery), listen_(listen), turn_(std::move(turn)) {
  handle_network_change();
}

void LanIo::handle_network_change() {
  refused_.clear();
  unsent_.clear();
  if (const std::optional<std::vector<InterfaceAddress>> all = interface_addresses()) {
    follow(false, lan_interfaces(*all, listen_, false));
    follow(true, lan_interfaces(*all, listen_, true));
  } else {
    refused_ = "the system does not say which networks there are";
  }
  say_trouble();
}

void LanIo::follow(bool v6, const std::vector<LanInterface>& wanted) {
  std::erase_if(links_, [&](const auto& entry) {
    return entry.first.second == v6 && std::find(wanted.begin(), wanted.end(), entry.second.interface) == wanted.end();
  });
  for (const LanInterface& interface : wanted) {
    const LinkKey key(interface.index, v6);
    if (const auto known = links_.find(key); known != links_.end()) {
      known->second.interface.networks = interface.networks;
      continue;
    }
    Result<std::unique_ptr<UdpSocket>> socket = open(key, interface);
    if (!socket) {
      refused_ = socket.error().message;
      continue;
    }
    Link& link = links_[key];
    link = {interface, *std::move(socket)};
    link.socket->start();
  }
}

Result<std::unique_ptr<UdpSocket>> LanIo::open(const LinkKey& key, const LanInterface& interface) {
  udp::socket socket(io_);
  if (const error_code error = open_socket(socket, interface, key.second)) {
    return Error{ErrorKind::io, "cannot take part on " + interface.name + ": " + reason(error.value())};
  }
  return std::make_unique<UdpSocket>(
      std::move(socket),
      [this, key](const Endpoint& from, ByteSpan datagram) {
        discovery_.handle_datagram(from, links_.at(key).interface.networks, datagram, steady_now());
      },
      turn_);
}

void LanIo::drain() {
  bool any = false;
  bool left = false;
  std::string failed;
  while (const std::optional<lan::Transmit> transmit = discovery_.poll_transmit()) {
    any = true;
    for (const auto& [key, link] : links_) {
      if (key.second != transmit->group.address.is_v6()) continue;
      const int error = link.socket->send(transmit->group, transmit->payload);
      if (error == 0) {
        left = true;
      } else {
        failed = "cannot send on " + link.interface.name + ": " + reason(error);
      }
    }
  }
  if (!any) return;
  unsent_ = left ? std::string() : failed;  // one interface and family is enough
  say_trouble();
}

void LanIo::say_trouble() {
  discovery_.set_trouble(links_.empty() ? (refused_.empty() ? "no network" : refused_) : unsent_);
}

}  // namespace stp::net
