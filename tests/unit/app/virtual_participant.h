// Puts a participant on a host of the virtual network.
#pragma once

#include <optional>
#include <utility>

#include "app/participant.h"
#include "support/virtual_network.h"

namespace stp::app {

/// From now on the host's timers and datagrams are the participant's, which must outlive it. What its swarms want is
/// the caller's to carry out (VirtualHost::settle).
inline void put_on(test::VirtualHost& host, Participant& participant) {
  host.on_timeout = [&participant](Instant now) { participant.handle_timeout(now); };
  host.next_timeout = [&participant] { return participant.next_timeout(); };
  host.on_datagram = [&participant](const Endpoint& from, ByteSpan bytes, Instant now) {
    participant.handle_datagram(from, bytes, now);
  };
  host.poll_datagram = [&participant]() -> std::optional<test::Datagram> {
    auto transmit = participant.node()->poll_transmit();
    if (!transmit) return std::nullopt;
    return test::Datagram{transmit->to, std::move(transmit->payload)};
  };
}

}  // namespace stp::app
