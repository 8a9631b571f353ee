#include "net/nat_pmp.h"

#include <natpmp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "net/address.h"
#include "net/clock.h"

namespace stp::net {
namespace {

using namespace portmap;

/// The library's connection to the gateway.
class Gateway {
 public:
  Gateway() : opened_(::initnatpmp(&state_, 0, 0) == 0) {}
  ~Gateway() {
    if (opened_) ::closenatpmp(&state_);
  }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  [[nodiscard]] bool opened() const { return opened_; }
  [[nodiscard]] natpmp_t& state() { return state_; }
  /// Our address as the gateway sees it.
  [[nodiscard]] std::optional<IpAddress> own_address() const {
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    if (::getsockname(state_.s, reinterpret_cast<sockaddr*>(&own), &length) != 0) return std::nullopt;
    return address_of(reinterpret_cast<const sockaddr*>(&own));
  }

 private:
  natpmp_t state_{};
  bool opened_ = false;
};

/// Waits for the answer to the request that was sent; the library sends it again. A result of libnatpmp.
int await(natpmp_t& state, natpmpresp_t& response) {
  const Instant until = steady_now() + kNatPmpTimeout;
  int result = NATPMP_TRYAGAIN;
  while (result == NATPMP_TRYAGAIN) {
    const Duration left = until - steady_now();
    timeval again{};
    if (left <= Duration::zero() || ::getnatpmprequesttimeout(&state, &again) != 0) break;
    const Duration wait =
        std::min<Duration>(left, std::chrono::seconds(again.tv_sec) + std::chrono::microseconds(again.tv_usec));
    pollfd readable{state.s, POLLIN, 0};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(std::max(wait, Duration::zero()));
    (void)::poll(&readable, 1, static_cast<int>(milliseconds.count()));
    result = ::readnatpmpresponseorretry(&state, &response);
  }
  return result;
}

Answer nat_pmp_refusal(int result) {
  switch (result) {
    case NATPMP_ERR_NOTAUTHORIZED: return Refused{Refusal::refused, "not authorized"};
    case NATPMP_ERR_NETWORKFAILURE: return Refused{Refusal::refused, "it has no connection to the Internet"};
    case NATPMP_ERR_OUTOFRESOURCES: return Refused{Refusal::refused, "it has no ports left"};
    default: return Refused{Refusal::silent, ""};
  }
}

Answer open_port(natpmp_t& state, const OpenPort& port) {
  const bool tcp = port.transport == Transport::tcp;
  const auto lease = static_cast<std::uint32_t>(port.lease.count());
  natpmpresp_t response{};
  if (::sendnewportmappingrequest(&state, tcp ? NATPMP_PROTOCOL_TCP : NATPMP_PROTOCOL_UDP, port.inside, port.outside,
                                  lease) < 0) {
    return Refused{Refusal::silent, ""};
  }
  if (const int result = await(state, response); result != 0) return nat_pmp_refusal(result);
  const auto& mapping = response.pnu.newportmapping;
  if (response.type != (tcp ? NATPMP_RESPTYPE_TCPPORTMAPPING : NATPMP_RESPTYPE_UDPPORTMAPPING) ||
      mapping.privateport != port.inside) {
    return Refused{Refusal::refused, "its answer makes no sense"};
  }
  return PortOpened{mapping.mappedpublicport, std::chrono::seconds(mapping.lifetime)};
}

Answer find_router(natpmp_t& state) {
  natpmpresp_t response{};
  if (::sendpublicaddressrequest(&state) < 0) return Refused{Refusal::silent, ""};
  if (const int result = await(state, response); result != 0) return nat_pmp_refusal(result);
  if (response.type != NATPMP_RESPTYPE_PUBLICADDRESS) return RouterFound{};
  std::array<std::byte, 4> bytes{};
  std::memcpy(bytes.data(), &response.pnu.publicaddress.addr, bytes.size());
  return RouterFound{IpAddress::v4(bytes)};
}

}  // namespace

portmap::Answer make_nat_pmp_call(const portmap::Call& call, const IpAddress& listen) {
  Gateway gateway;
  if (!gateway.opened()) return Refused{Refusal::silent, ""};
  if (!listen.is_unspecified() && gateway.own_address() != listen) return Refused{Refusal::silent, ""};
  if (const auto* const port = std::get_if<OpenPort>(&call.what)) return open_port(gateway.state(), *port);
  if (const auto* const port = std::get_if<ClosePort>(&call.what)) {
    // RFC 6886 §3.4: a lifetime of 0 closes it; the outside port must be 0.
    const Answer answer = open_port(gateway.state(), {port->transport, port->inside, 0, std::chrono::seconds(0)});
    return std::holds_alternative<PortOpened>(answer) ? Answer(PortClosed{}) : answer;
  }
  return find_router(gateway.state());
}

}  // namespace stp::net
