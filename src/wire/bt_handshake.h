// The 68-byte handshake that opens every connection of a public swarm (BEP 3 "peer protocol").
//
//   0x13 "BitTorrent protocol" │ 8 reserved bytes │ 20 bytes of info-hash │ 20 bytes of peer id
//
// The info-hash of a v2 share is truncated (BEP 52), that is, its swarm key. Reserved bits say what else the sender
// supports; stp's own is reserved[4] 0x10, which BEP 4 leaves unassigned and no client is known to set. When both sides
// have set it, the bytes that follow are an stp channel (wire/channel.h), otherwise the connection continues as
// BitTorrent.
//
// A private swarm has no such handshake: the first bytes of an incoming connection show whether it is public.
#pragma once

#include <array>

#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::wire {

inline constexpr std::size_t kBtHandshakeBytes = 68;

struct BtHandshake {
  SwarmKey key;
  SessionId peer_id;
  bool stp = false;         // reserved[4] 0x10: can turn into an stp channel
  bool extensions = false;  // reserved[5] 0x10: BEP 10
  bool dht = false;         // reserved[7] 0x01: BEP 5
  bool fast = false;        // reserved[7] 0x04: BEP 6
  bool v2 = false;          // reserved[7] 0x10: BEP 52
  bool operator==(const BtHandshake&) const = default;
};

[[nodiscard]] std::array<std::byte, kBtHandshakeBytes> encode(const BtHandshake& handshake);

/// Reads exactly kBtHandshakeBytes; unknown reserved bits are ignored. Errors: malformed.
[[nodiscard]] Result<BtHandshake> decode_bt_handshake(ByteSpan bytes);

/// Whether `start`, the first bytes of a connection (any number of them), may be the start of such a handshake. With 20
/// bytes or more the answer is final: an encrypted handshake begins with a random key.
[[nodiscard]] bool may_be_bt_handshake(ByteSpan start);

}  // namespace stp::wire
