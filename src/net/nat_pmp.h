// One NAT-PMP call (RFC 6886), with libnatpmp, to the gateway of the default IPv4 route. Blocks for kNatPmpTimeout at
// most; any thread.
#pragma once

#include "core/endpoint.h"
#include "core/time.h"
#include "portmap/router_call.h"

namespace stp::net {

/// A router on the same cable answers within milliseconds; the rest is for datagrams that are lost.
inline constexpr Duration kNatPmpTimeout = std::chrono::milliseconds(1800);

/// `listen`: where we accept connections. The router forwards to the address that it sees; if that is another one, the
/// answer is that nobody is there.
[[nodiscard]] portmap::Answer make_nat_pmp_call(const portmap::Call& call, const IpAddress& listen);

}  // namespace stp::net
