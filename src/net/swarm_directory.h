// SwarmDirectory: the swarms that others may mean when they connect to us.
//
// A public swarm is named by one of its keys in BitTorrent's handshake. A private one is never named: the other side
// shows that it knows the secret, so the keys of all private swarms are tried (crypto/noise_trial.h).
//
// Lives on the network thread. Identities are borrowed from add() to remove().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "crypto/sha1.h"
#include "wire/channel_handshake.h"
#include "wire/link.h"

namespace stp::net {

/// What all connections of one swarm share.
struct SwarmIdentity {
  bool is_private = false;
  /// In the order of the swarm's keys; a private swarm has one. Only ever grows.
  std::vector<wire::SwarmAccess> accesses;
  SessionId session;
  std::uint32_t rate_group = 0;  // RateGate::wait()
  bool must_hide = false;        // public: BitTorrent in the clear is refused, and so is a payload in the clear
  bool has_dht = false;          // public: our DHT node is told to BitTorrent clients that have one

  /// The position of the access with this key; nullopt: it has none.
  [[nodiscard]] std::optional<std::size_t> find(const SwarmKey& key) const;
  /// The position of the access under v2; nullopt: what is shared has no v2 hash, or none that we know.
  [[nodiscard]] std::optional<std::size_t> find_v2() const;
};

class SwarmDirectory {
 public:
  /// Also to be called again when it has one more access.
  void add(const SwarmIdentity& swarm);
  void remove(const SwarmIdentity& swarm);

  /// The public swarm with this key; null if there is none.
  [[nodiscard]] const SwarmIdentity* find(const SwarmKey& key) const;
  struct Named {
    const SwarmIdentity* swarm = nullptr;
    SwarmKey key;
  };
  /// The public swarm, and the key of it, that an encrypted handshake names so (wire/mse.h).
  [[nodiscard]] std::optional<Named> find_named(const crypto::Sha1Digest& name) const;
  [[nodiscard]] bool has_public() const { return !public_.empty(); }
  [[nodiscard]] bool has_private() const { return !private_.empty(); }
  /// The private swarm with whose key this first message of a channel was made; null: none.
  [[nodiscard]] const SwarmIdentity* find_private(ByteSpan offer) const;

 private:
  std::map<SwarmKey, const SwarmIdentity*> public_;
  std::map<crypto::Sha1Digest, Named> names_;  // of the same
  std::vector<const SwarmIdentity*> private_;
  crypto::NoiseTrial keys_ = wire::make_offer_trial();  // of the same
};

}  // namespace stp::net
