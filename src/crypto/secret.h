// The secrets of shares and swarms, and everything that is derived from them (docs/protocol.md "Swarm keys").
//
//   node key ──┬─ info-hash ──▶ share secret (private shares; it is in the link)
//              │                     ├─ info-hash ──▶ swarm key   what the DHT and trackers see
//              ▼                     └─ info-hash ──▶ psk         proved in the handshake
//   stays in the state directory
//
// Each derivation is BLAKE2b with its own personalisation, so a swarm key reveals nothing about the secret or the psk.
#pragma once

#include <string_view>

#include "core/ids.h"
#include "core/info_hashes.h"
#include "crypto/secret_bytes.h"

namespace stp::crypto {

/// What makes a private share private: anybody who has it can find, join and decrypt.
using Secret = SecretBytes<struct ShareSecretTag, 16>;
/// Kept in the state directory; the source of the secrets of all of this person's private shares.
using NodeKey = SecretBytes<struct NodeKeyTag, 32>;
/// The file that it is kept in, readable only by its owner.
inline constexpr std::string_view kNodeKeyFile = "node.key";

/// The secret of a private share: the same for the same person and content, so that sharing it again gives the same
/// link.
[[nodiscard]] Secret share_secret(const NodeKey& node_key, const InfoHash& info_hash);

/// What a public swarm announces under: the truncated info-hash (BEP 52).
[[nodiscard]] SwarmKey public_swarm_key(const InfoHash& info_hash);
/// What a private swarm announces under.
[[nodiscard]] SwarmKey private_swarm_key(const Secret& secret, const InfoHash& info_hash);

/// Pre-shared key of a public swarm: known to anybody who knows the full info-hash, of which the wire and the DHT see
/// only 20 bytes.
[[nodiscard]] Psk public_psk(const InfoHash& info_hash);
/// The same of members that meet under the v1 hash, which the wire shows whole: it keeps nobody out.
[[nodiscard]] Psk public_psk(const InfoHashV1& info_hash);
/// Pre-shared key of a private swarm.
[[nodiscard]] Psk private_psk(const Secret& secret, const InfoHash& info_hash);

}  // namespace stp::crypto
