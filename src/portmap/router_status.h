// RouterStatus: what came of asking the router to open our port, and what to tell people about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/endpoint.h"
#include "portmap/router_call.h"

namespace stp::portmap {

enum class RouterState : std::uint8_t {
  off,         // not asked: switched off, or only this machine can connect anyway
  not_needed,  // this machine has a public address
  no_network,  // this machine has no IPv4 address: there is no router to ask
  asking,      // no answer yet in this network
  open,        // the router forwards the port
  refused,     // a router answers, but does not open the port
  no_router    // nobody answers
};
/// "off", "not_needed", ...
[[nodiscard]] const char* name_of(RouterState state);

struct RouterStatus {
  RouterState state = RouterState::off;
  Port inside = 0;                        // our own port
  std::optional<Protocol> protocol = {};  // open, refused: which one answered
  std::optional<IpAddress> address = {};  // open: the router's address outside, if it says one
  Port outside = 0;                       // open: the TCP port there
  Port outside_udp = 0;                   // open: the UDP port there; 0: only TCP
  std::string reason = {};                // refused: why; may be empty

  /// An answer has been found, or none is needed.
  [[nodiscard]] bool decided() const { return state != RouterState::asking; }
  /// Where everybody can reach us through the router; nullopt: not known, or there is another router in front of it.
  [[nodiscard]] std::optional<Endpoint> reachable_at() const;
  /// The router's address outside is not a public one: there is another router in front of it.
  [[nodiscard]] bool behind_another() const { return state == RouterState::open && address && !is_public(*address); }
  /// The port to announce; 0: our own.
  [[nodiscard]] Port announced() const;

  friend bool operator==(const RouterStatus&, const RouterStatus&) = default;
};

/// One line for people, with what to do about it: "reachable at 192.0.2.7:64500 through the router". Empty if there is
/// nothing to say yet.
[[nodiscard]] std::string text_of(const RouterStatus& status);

}  // namespace stp::portmap
