#include "net/zone.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <optional>

#include "net/address.h"

namespace stp::net {
namespace {

std::array<std::byte, 16> bytes_of(const IpAddress& address) {
  std::array<std::byte, 16> bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  return bytes;
}

/// The number of the interface if this is a link-local IPv6 address of one that is up; otherwise 0.
std::uint32_t link_local_zone(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_UP) == 0) return 0;
  const std::optional<IpAddress> address = address_of(entry.ifa_addr);
  return address ? address->zone() : 0;
}

}  // namespace

Result<std::string> number_zone(std::string_view text) {
  const std::size_t percent = text.find('%');
  if (percent == std::string_view::npos) return std::string(text);
  const std::size_t end = std::min(text.find(']', percent), text.size());
  const std::string zone(text.substr(percent + 1, end - percent - 1));
  if (!zone.empty() && zone.find_first_not_of("0123456789") == std::string::npos) return std::string(text);
  const unsigned number = ::if_nametoindex(zone.c_str());
  if (number == 0) return Error{ErrorKind::not_found, "no network interface is called '" + zone + "'"};
  if (number > IpAddress::kZoneMax) {
    return Error{ErrorKind::unsupported, "network interface '" + zone + "' has a number above 32767"};
  }
  return std::string(text.substr(0, percent + 1)) + std::to_string(number) + std::string(text.substr(end));
}

std::string to_text(const Endpoint& endpoint) {
  std::array<char, IF_NAMESIZE> name{};
  if (endpoint.address.zone() == 0 || ::if_indextoname(endpoint.address.zone(), name.data()) == nullptr) {
    return endpoint.to_string();
  }
  return "[" + endpoint.address.without_zone().to_string() + "%" + name.data() + "]:" + std::to_string(endpoint.port);
}

std::vector<IpAddress> with_zones(const IpAddress& address) {
  ifaddrs* list = nullptr;
  if (!address.is_link_local_v6() || address.zone() != 0 || ::getifaddrs(&list) != 0) return {address};
  std::vector<IpAddress> found;
  for (const ifaddrs* entry = list; entry != nullptr && found.size() < kZonesTried; entry = entry->ifa_next) {
    const std::uint32_t zone = link_local_zone(*entry);
    if (zone == 0) continue;
    const IpAddress scoped = IpAddress::v6(bytes_of(address), zone);
    if (std::find(found.begin(), found.end(), scoped) == found.end()) found.push_back(scoped);
  }
  ::freeifaddrs(list);
  if (found.empty()) found.push_back(address);
  return found;
}

}  // namespace stp::net
