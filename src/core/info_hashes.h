// The names of a share in BitTorrent: one per version of the protocol that its metainfo is made for.
//
// A v1 share has a SHA-1 (BEP 3), a v2 share a SHA-256 (BEP 52), a hybrid both, of the same info dictionary. Peers
// announce under 20 bytes of each: a hybrid has two swarms with the same content.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

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
  /// What this process calls the share, whatever its version: the v2 hash, or the v1 hash and twelve zeros. any().
  [[nodiscard]] InfoHash name() const;
  /// Whether `name` is that of one of them. A hybrid has the name of its v1 hash where only that is known.
  [[nodiscard]] bool have(const InfoHash& name) const;
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

/// InfoHashes::name() of a share with this hash alone.
[[nodiscard]] inline InfoHash name_of(const InfoHashV1& v1) {
  InfoHash name{};
  std::ranges::copy(v1.bytes, name.bytes.begin());
  return name;
}

inline InfoHash InfoHashes::name() const {
  return v2 ? *v2 : name_of(*v1);
}
inline bool InfoHashes::have(const InfoHash& name) const {
  return v2 == name || (v1 && name_of(*v1) == name);
}

}  // namespace stp
