#include "cli/reach.h"

#include <algorithm>

#include "net/own_addresses.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

/// An address that a provider shares between customers (RFC 6598, 100.64/10): as local as a private one.
bool is_shared_by_provider(const IpAddress& address) {
  const ByteSpan bytes = address.bytes();
  return address.is_v4() && bytes[0] == std::byte{100} && (bytes[1] & std::byte{0xc0}) == std::byte{0x40};
}

bool is_behind_router(const Endpoint& endpoint) {
  return endpoint.address.is_local() || is_shared_by_provider(endpoint.address);
}

}  // namespace

std::vector<Endpoint> endpoints_for_others(const Endpoint& listening) {
  std::vector<Endpoint> endpoints;
  for (const IpAddress& address : net::own_addresses(listening.address)) endpoints.push_back({address, listening.port});
  if (endpoints.empty()) endpoints.push_back({IpAddress::v4(0x7f000001), listening.port});
  return endpoints;
}

std::string reach_text(std::span<const Endpoint> endpoints) {
  const Endpoint& first = endpoints.front();
  if (first.address.is_loopback()) return "reachable only from this machine, at " + net::to_text(first);
  const auto open = std::find_if_not(endpoints.begin(), endpoints.end(), is_behind_router);
  if (open != endpoints.end()) return "reachable at " + net::to_text(*open) + ", unless a firewall is in between";
  return "reachable in this network at " + net::to_text(first) + "; from elsewhere once the router forwards port " +
         std::to_string(first.port) + " (TCP and UDP) to it";
}

}  // namespace stp::cli
