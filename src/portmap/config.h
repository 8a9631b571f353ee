// Every policy of port mapping in one place.
#pragma once

#include <chrono>

#include "core/time.h"

namespace stp::portmap {

using namespace std::chrono_literals;

struct PortMapConfig {
  /// For how long the router is asked to keep a port open. A process that is killed leaves it open for the rest of this
  /// time, and a router that was restarted has forgotten it for half of this time at most.
  std::chrono::seconds lease = 30min;
  /// A mapping is renewed at half of the lease that the router granted, but not more often than this.
  Duration renew_gap_min = 2s;
  /// After a round in which no router opened the port: ± a quarter, doubling up to the second.
  Duration retry_first = 1min;
  Duration retry_max = 30min;
  /// A call that has no answer after this time is given up.
  Duration call_timeout = 15s;
  /// Other outside ports that are tried per round when the one that we want is taken.
  unsigned ports_tried = 4;
};

}  // namespace stp::portmap
