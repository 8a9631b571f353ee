// The secrets of shares and swarms, and everything that is derived from them (docs/protocol.md "Swarm keys").
//
//   node key ──┬─ info-hash ──▶ share secret (private shares; it stands in the link)
//              │                     ├─ info-hash ──▶ swarm key   what the DHT and trackers see
//              ▼                     └─ info-hash ──▶ psk         proved in the handshake
//   stays in the state directory
//
// All derivations are BLAKE2b with a personalisation each, so knowing a swarm key tells nothing about the secret or the
// psk.
#pragma once

#include <string_view>

#include "core/ids.h"
#include "crypto/secret_bytes.h"

namespace stp::crypto {

/// What makes a private share private: who has it may find, join and decrypt.
using Secret = SecretBytes<struct ShareSecretTag, 16>;
/// Kept in the state directory; the source of the secrets of all private shares of this person.
using NodeKey = SecretBytes<struct NodeKeyTag, 32>;
/// The file that it is kept in, readable by its owner alone.
inline constexpr std::string_view kNodeKeyFile = "node.key";

/// The secret of a private share: the same for the same person and content, so that sharing it again gives the same
/// link.
[[nodiscard]] Secret share_secret(const NodeKey& node_key, const InfoHash& info_hash);

/// What a public swarm announces under: the truncated info-hash (BEP 52).
[[nodiscard]] SwarmKey public_swarm_key(const InfoHash& info_hash);
/// What a private swarm announces under.
[[nodiscard]] SwarmKey private_swarm_key(const Secret& secret, const InfoHash& info_hash);

/// Pre-shared key of a public swarm: knows who knows the full info-hash, of which the wire and the DHT only see 20
/// bytes.
[[nodiscard]] Psk public_psk(const InfoHash& info_hash);
/// Pre-shared key of a private swarm.
[[nodiscard]] Psk private_psk(const Secret& secret, const InfoHash& info_hash);

}  // namespace stp::crypto
