// KeyedDiscovery: the discovery of one share, under every key of its swarm.
//
// A hybrid share has two keys, and members that know only one of them: it is announced and looked for under both. A peer
// that is found comes with the key it was found under; one that a person has given is a member under any of them.
// Pacing is left to the implementations, for which each key counts.
// Not thread-safe. The discovery must outlive it.
#pragma once

#include <optional>
#include <vector>

#include "discovery/peer_discovery.h"

namespace stp::discovery {

class KeyedDiscovery {
 public:
  /// `keys`: at least one, at most KeySet::kKeysMax, all different.
  KeyedDiscovery(PeerDiscovery& discovery, std::vector<SwarmKey> keys);

  [[nodiscard]] const std::vector<SwarmKey>& keys() const { return keys_; }
  /// One more key, after the others. It is started with what was announced last, if the others are. No effect for one
  /// that is known, or one too many.
  void add(const SwarmKey& key, Instant now);

  // As in PeerDiscovery, for all keys.
  void start(const Announcement& self, Instant now);
  void update(const Announcement& self);
  void search(Instant now);
  [[nodiscard]] Duration search_pause() const;
  void renew(Instant now);
  void stop(Instant now);
  void keep_private(Instant now);
  [[nodiscard]] std::optional<FoundPeer> poll_peer();

 private:
  PeerDiscovery& discovery_;
  std::vector<SwarmKey> keys_;
  std::optional<Announcement> announced_;  // while started
  bool private_ = false;
};

}  // namespace stp::discovery
