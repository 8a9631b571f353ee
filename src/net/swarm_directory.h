// SwarmDirectory: the swarms that others may mean when they connect to us.
//
// A public swarm is named by its key in BitTorrent's handshake. A private one is never named: the other side shows that
// it knows the secret, so the keys of all private swarms are tried (crypto/noise_trial.h).
//
// Lives on the network thread. Identities are borrowed from add() to remove().
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/ids.h"
#include "crypto/secret_bytes.h"
#include "crypto/sha1.h"
#include "wire/channel_handshake.h"

namespace stp::net {

/// What all connections of one swarm share.
struct SwarmIdentity {
  bool is_private = false;
  SwarmKey key;
  crypto::Psk psk;
  SessionId session;
  std::uint32_t rate_group = 0;  // RateGate::wait()
  bool must_hide = false;        // public: BitTorrent in the clear is refused, and so is a payload in the clear
};

class SwarmDirectory {
 public:
  void add(const SwarmIdentity& swarm);
  void remove(const SwarmIdentity& swarm);

  /// The public swarm with this key; null if there is none.
  [[nodiscard]] const SwarmIdentity* find(const SwarmKey& key) const;
  /// The public swarm that an encrypted handshake names so (wire/mse.h); null if there is none.
  [[nodiscard]] const SwarmIdentity* find_named(const crypto::Sha1Digest& name) const;
  [[nodiscard]] bool has_public() const { return !public_.empty(); }
  [[nodiscard]] bool has_private() const { return !private_.empty(); }
  /// The private swarm with whose key this first message of a channel was made; null: none.
  [[nodiscard]] const SwarmIdentity* find_private(ByteSpan offer) const;

 private:
  std::map<SwarmKey, const SwarmIdentity*> public_;
  std::map<crypto::Sha1Digest, const SwarmIdentity*> names_;  // of the same
  std::vector<const SwarmIdentity*> private_;
  crypto::NoiseTrial keys_ = wire::make_offer_trial();  // of the same
};

}  // namespace stp::net
