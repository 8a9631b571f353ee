// The names of a share in BitTorrent: one per version of the protocol that its metainfo is made for.
//
// A v1 share has a SHA-1 (BEP 3), a v2 share a SHA-256 (BEP 52), a hybrid both, of the same info dictionary. Peers
// announce under 20 bytes of each: a hybrid has two swarms with the same content.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace stp {

/// SHA-1 of a metainfo's info dictionary (BEP 3).
using InfoHashV1 = FixedBytes<struct InfoHashV1Tag, 20>;

/// A SHA-1 in a v1 metainfo: of one chunk (BEP 3 "pieces").
using Hash160 = FixedBytes<struct Hash160Tag, 20>;

/// At least one of them is set in a valid share.
struct InfoHashes {
  std::optional<InfoHashV1> v1;
  std::optional<InfoHash> v2;
  bool operator==(const InfoHashes&) const = default;

  [[nodiscard]] bool any() const { return v1 || v2; }
  [[nodiscard]] bool hybrid() const { return v1 && v2; }
  /// The v2 hash, or the v1 hash of a share without one.
  [[nodiscard]] std::string hex() const { return v2 ? v2->hex() : v1 ? v1->hex() : std::string(); }

  /// What members of the public swarms announce under: the v2 hash, shortened (BEP 52), then the v1 hash.
  [[nodiscard]] std::vector<SwarmKey> swarm_keys() const {
    std::vector<SwarmKey> keys;
    const auto add = [&keys](const auto& hash) {
      std::copy_n(hash.bytes.begin(), SwarmKey::kSize, keys.emplace_back().bytes.begin());
    };
    if (v2) add(*v2);
    if (v1) add(*v1);
    return keys;
  }
};

/// Unsupported error for a share of v1 alone, which can be described and verified, but not transferred yet.
[[nodiscard]] inline Status check_transferable(const InfoHashes& hashes) {
  if (hashes.v2) return Done{};
  return Error{ErrorKind::unsupported,
               "BitTorrent v1 only, which stp can't transfer yet; it needs v2 or a hybrid (urn:btmh)"};
}

}  // namespace stp
