// Where others can reach a program that listens, and what is known about whether they can.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "portmap/router_status.h"

namespace stp::cli {

/// The endpoints of a socket bound to `listening`, as other machines would dial them, the most likely first
/// (net/own_addresses.h). A machine without a network has its loopback address. Never empty.
[[nodiscard]] std::vector<Endpoint> endpoints_for_others(const Endpoint& listening);

/// What can be said about who can connect to these endpoints, which are not empty: "reachable in this network at
/// 192.168.1.5:64500; from elsewhere once the router forwards port 64500 (TCP and UDP) to it", or what the router has
/// answered. Whether a firewall is in between is unknown.
[[nodiscard]] std::string reach_text(std::span<const Endpoint> endpoints, const portmap::RouterStatus& router = {});

}  // namespace stp::cli
