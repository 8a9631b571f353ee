// SwarmDirectory: the swarms that others may mean when they connect to us.
//
// A public swarm is named by its key in BitTorrent's handshake. A private one is never named: the other side shows that
// it knows the secret, so the keys of all private swarms are tried (wire/channel.h).
//
// Lives on the network thread. Identities are borrowed from add() to remove().
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/ids.h"
#include "crypto/secret_bytes.h"

namespace stp::net {

/// What all connections of one swarm share.
struct SwarmIdentity {
  bool is_private = false;
  SwarmKey key;
  crypto::Psk psk;
  SessionId session;
  std::uint32_t rate_group = 0;  // RateGate::wait()
};

class SwarmDirectory {
 public:
  void add(const SwarmIdentity& swarm);
  void remove(const SwarmIdentity& swarm);

  /// The public swarm with this key; null if there is none.
  [[nodiscard]] const SwarmIdentity* find(const SwarmKey& key) const;
  [[nodiscard]] bool has_public() const { return !public_.empty(); }
  [[nodiscard]] bool has_private() const { return !private_.empty(); }
  /// The keys of the private swarms, by index.
  [[nodiscard]] const std::vector<crypto::Psk>& private_keys() const { return private_keys_; }
  [[nodiscard]] const SwarmIdentity& private_swarm(std::size_t index) const { return *private_[index]; }

 private:
  std::map<SwarmKey, const SwarmIdentity*> public_;
  std::vector<const SwarmIdentity*> private_;
  std::vector<crypto::Psk> private_keys_;  // of the same
};

}  // namespace stp::net
