// PeerWire: how the bytes of a connected peer travel. Whoever opened the connection says so; the swarm core only passes
// it on to people, and decides nothing by it.
#pragma once

#include <cstdint>

namespace stp::transfer {

struct PeerWire {
  enum class Protocol : std::uint8_t { stp, bittorrent };

  Protocol protocol = Protocol::stp;
  bool v2 = true;         // both sides met by the v2 hash of the share, otherwise by its v1 hash
  bool encrypted = true;  // in both directions, from the end of the handshake on
  bool operator==(const PeerWire&) const = default;
};

[[nodiscard]] constexpr const char* to_string(PeerWire::Protocol protocol) {
  return protocol == PeerWire::Protocol::stp ? "stp" : "bittorrent";
}

}  // namespace stp::transfer
