#include "net/own_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>

#include "content/posix_file.h"
#include "net/address.h"

namespace stp::net {
namespace {

bool is_virtual_bridge(std::string_view interface) {
  constexpr std::array<std::string_view, 8> kBegin = {"docker", "br-", "veth", "virbr", "lxc", "lxdbr", "cni", "vmnet"};
  return std::any_of(kBegin.begin(), kBegin.end(),
                     [&](std::string_view begin) { return interface.starts_with(begin); });
}

/// The address from which the kernel would send to `far`. Connecting a UDP socket sends nothing.
std::optional<IpAddress> source_towards(const sockaddr* far, socklen_t size) {
  const content::Fd socket(::socket(far->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0 || ::connect(socket.get(), far, size) != 0) return std::nullopt;
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &length) != 0) return std::nullopt;
  return address_of(reinterpret_cast<const sockaddr*>(&own));
}

/// The source addresses of the default routes, if there are any.
std::vector<IpAddress> default_sources() {
  std::vector<IpAddress> sources;
  const auto add = [&](const auto& far) {
    if (const auto source = source_towards(reinterpret_cast<const sockaddr*>(&far), sizeof far))
      sources.push_back(*source);
  };
  sockaddr_in v4{};  // 192.0.2.1 and 2001:db8::1 are for documentation: nobody has them
  v4.sin_family = AF_INET;
  v4.sin_port = htons(9);
  v4.sin_addr.s_addr = htonl(0xc0000201);
  add(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(9);
  v6.sin6_addr.s6_addr[0] = 0x20;
  v6.sin6_addr.s6_addr[1] = 0x01;
  v6.sin6_addr.s6_addr[2] = 0x0d;
  v6.sin6_addr.s6_addr[3] = 0xb8;
  v6.sin6_addr.s6_addr[15] = 1;
  add(v6);
  return sources;
}

/// How many bits of a network mask are set.
unsigned network_bits(const sockaddr* mask) {
  const std::optional<IpAddress> bytes = mask == nullptr ? std::nullopt : address_of(mask);
  if (!bytes) return 0;
  unsigned bits = 0;
  for (const std::byte byte : bytes->bytes())
    bits += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(byte)));
  return bits;
}

}  // namespace

std::optional<std::vector<InterfaceAddress>> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceAddress> all;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if ((entry->ifa_flags & IFF_UP) == 0 || entry->ifa_addr == nullptr) continue;
    const std::optional<IpAddress> address = address_of(entry->ifa_addr);
    if (!address) continue;
    all.push_back({entry->ifa_name, *address, (entry->ifa_flags & IFF_RUNNING) != 0, ::if_nametoindex(entry->ifa_name),
                   network_bits(entry->ifa_netmask), (entry->ifa_flags & IFF_MULTICAST) != 0});
  }
  return all;
}

std::vector<IpAddress> choose_own_addresses(std::span<const InterfaceAddress> all, std::span<const IpAddress> preferred,
                                            bool only_ipv4) {
  std::vector<IpAddress> useful;
  for (const InterfaceAddress& entry : all) {
    const IpAddress address = entry.address.without_zone();
    if (!entry.running) continue;
    if (address.is_loopback() || address.is_unspecified() || address.is_multicast() || address.is_link_local())
      continue;
    if (is_virtual_bridge(entry.interface) || (only_ipv4 && address.is_v6())) continue;
    if (std::find(useful.begin(), useful.end(), address) == useful.end()) useful.push_back(address);
  }
  const auto rank = [&](const IpAddress& address) {
    const bool chosen = std::find(preferred.begin(), preferred.end(), address) != preferred.end();
    return (address.is_v6() ? 2 : 0) + (chosen ? 0 : 1);
  };
  std::stable_sort(useful.begin(), useful.end(),
                   [&](const IpAddress& a, const IpAddress& b) { return rank(a) < rank(b); });
  // A peer that has both would be dialled twice, which is useless within one network.
  if (!useful.empty() && useful.front().is_v4()) {
    std::erase_if(useful, [](const IpAddress& address) { return address.is_v6() && address.is_local(); });
  }
  std::size_t ipv4 = 0;
  std::size_t ipv6 = 0;
  std::erase_if(
      useful, [&](const IpAddress& address) { return address.is_v4() ? ++ipv4 > kOwnIpv4Max : ++ipv6 > kOwnIpv6Max; });
  return useful;
}

std::vector<IpAddress> own_addresses(const IpAddress& listening) {
  if (!listening.is_unspecified()) return {listening};
  return choose_own_addresses(interface_addresses().value_or(std::vector<InterfaceAddress>()), default_sources(),
                              listening.is_v4());
}

}  // namespace stp::net
