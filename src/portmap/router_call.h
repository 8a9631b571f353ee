// What is asked of a router, and what it answers: the same for both protocols. The calls are made by the driver
// (net/port_mapper.h); which ones, and when, PortMapping decides.
//
// Specs: NAT-PMP (RFC 6886) and UPnP's WANIPConnection. Answers come from a device that anybody on the network may pose
// as: numbers are bounded by their types here and by PortMapping, addresses are judged with is_public().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/endpoint.h"

namespace stp::portmap {

enum class Protocol : std::uint8_t { nat_pmp, upnp };
inline constexpr std::size_t kProtocols = 2;
/// "NAT-PMP", "UPnP"
[[nodiscard]] const char* name_of(Protocol protocol);

enum class Transport : std::uint8_t { tcp, udp };

/// Is there a router of this protocol, and which address does it have outside?
struct FindRouter {};
/// Forward `outside` to our port `inside`; or renew that. A lease of 0 has no end.
struct OpenPort {
  Transport transport = Transport::tcp;
  Port inside = 0;
  Port outside = 0;  // wanted; the router may give another one (NAT-PMP) or refuse (UPnP)
  std::chrono::seconds lease{0};
};
struct ClosePort {
  Transport transport = Transport::tcp;
  Port inside = 0;
  Port outside = 0;
};
using CallId = std::uint64_t;
struct Call {
  CallId id = 0;
  Protocol protocol = Protocol::nat_pmp;
  std::variant<FindRouter, OpenPort, ClosePort> what;
};

enum class Refusal : std::uint8_t {
  silent,          // nobody answers who speaks this protocol
  conflict,        // the outside port belongs to another machine
  only_permanent,  // the router knows no leases: ask with a lease of 0
  refused          // it does not want to, for the reason given
};
struct Refused {
  Refusal why = Refusal::silent;
  std::string reason;  // for people, in our words; empty if `why` says all
};
struct RouterFound {
  std::optional<IpAddress> address;  // outside; none: it does not know, or said nonsense
};
struct PortOpened {
  Port outside = 0;
  std::chrono::seconds lease{0};  // granted
};
struct PortClosed {};
using Answer = std::variant<Refused, RouterFound, PortOpened, PortClosed>;

/// Whether the address means the same everywhere: not one of a local network (IpAddress::is_local), nor one that a
/// provider shares between customers (RFC 6598, 100.64/10), nor one that nobody can have.
[[nodiscard]] bool is_public(const IpAddress& address);

}  // namespace stp::portmap
