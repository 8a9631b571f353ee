#include "cli/reach.h"

#include <algorithm>

#include "net/own_addresses.h"
#include "net/zone.h"

namespace stp::cli {
namespace {

bool is_behind_router(const Endpoint& endpoint) {
  return !portmap::is_public(endpoint.address);
}

}  // namespace

std::vector<Endpoint> endpoints_for_others(const Endpoint& listening) {
  std::vector<Endpoint> endpoints;
  for (const IpAddress& address : net::own_addresses(listening.address)) endpoints.push_back({address, listening.port});
  if (endpoints.empty()) endpoints.push_back({IpAddress::loopback_v4(), listening.port});
  return endpoints;
}

std::string reach_text(std::span<const Endpoint> endpoints, const portmap::RouterStatus& router) {
  const Endpoint& first = endpoints.front();
  if (first.address.is_loopback()) return "reachable only from this machine, at " + net::to_text(first);
  const auto open = std::find_if_not(endpoints.begin(), endpoints.end(), is_behind_router);
  if (open != endpoints.end() && (open->address.is_v4() || router.state != portmap::RouterState::open)) {
    return "reachable at " + net::to_text(*open) + ", unless a firewall is in between";
  }
  if (router.reachable_at()) return text_of(router);
  const std::string here = "reachable in this network at " + net::to_text(first);
  if (const std::string text = text_of(router); !text.empty()) return here + "; " + text;
  return here + "; from elsewhere once the router forwards port " + std::to_string(first.port) + " (TCP and UDP) to it";
}

}  // namespace stp::cli
