#include "portmap/router_status.h"

namespace stp::portmap {
namespace {

std::string forward(const RouterStatus& status) {
  return "forward TCP and UDP " + std::to_string(status.inside) + " to this machine there";
}

std::string open_text(const RouterStatus& status) {
  const std::string port = "port " + std::to_string(status.outside);
  if (status.behind_another()) {
    return "the router opens " + port + ", but has no public address itself (" + status.address->to_string() +
           "): there is another router in front of it, often the provider's. Peers outside can't connect, but stp "
           "connects to them";
  }
  if (!status.address) return "the router opens " + port + ", but does not say which address it has outside";
  std::string text = "reachable at " + status.reachable_at()->to_string() + " through the router";
  if (status.outside_udp == 0) text += ", TCP only";
  return text;
}

}  // namespace

const char* name_of(RouterState state) {
  switch (state) {
    case RouterState::off: return "off";
    case RouterState::not_needed: return "not_needed";
    case RouterState::no_network: return "no_network";
    case RouterState::asking: return "asking";
    case RouterState::open: return "open";
    case RouterState::refused: return "refused";
    case RouterState::no_router: return "no_router";
  }
  return "";
}

std::optional<Endpoint> RouterStatus::reachable_at() const {
  if (state != RouterState::open || !address || behind_another()) return std::nullopt;
  return Endpoint{*address, outside};
}

Port RouterStatus::announced() const {
  return state == RouterState::open && !behind_another() && outside != inside ? outside : Port{0};
}

std::string text_of(const RouterStatus& status) {
  switch (status.state) {
    case RouterState::open: return open_text(status);
    case RouterState::refused: {
      std::string text = "behind a router that refuses to open ports";
      if (!status.reason.empty()) text += " (" + status.reason + ")";
      return text + ": allow " + (status.protocol ? name_of(*status.protocol) : "UPnP") + " in it, or " +
             forward(status);
    }
    case RouterState::no_router:
      return "behind a router that does not open ports: switch on UPnP or NAT-PMP in it, or " + forward(status);
    case RouterState::off:
    case RouterState::not_needed:
    case RouterState::no_network:
    case RouterState::asking: break;
  }
  return {};
}

}  // namespace stp::portmap
