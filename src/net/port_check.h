// Whether this machine lets us listen on a port, by trying it, for `stp doctor`.
#pragma once

#include <string>
#include <vector>

#include "core/endpoint.h"

namespace stp::net {

struct PortCheck {
  bool ipv6 = false;
  bool udp = false;
  bool absent = false;       // this machine has no such family
  bool taken = false;        // another program has the port
  std::string trouble = {};  // why not; empty: it can be listened on
};

/// TCP and UDP, over IPv4 and IPv6, on all addresses.
[[nodiscard]] std::vector<PortCheck> check_port(Port port);

}  // namespace stp::net
