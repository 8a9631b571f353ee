// Peers that others announced to us (BEP 5 announce_peer), bounded in every direction.
//
// Invariants (check_invariants()):
//   1. at most storage.keys_max keys, storage.peers_per_key_max peers per key, storage.peers_max in total;
//   2. at most storage.peers_per_address_max from one address (a /64 of IPv6), local addresses excepted;
//   3. no key is empty, no key holds an endpoint twice;
//   4. no peer outlives storage.peer_lifetime by more than a sweep.
// When there is no room, accepts() is false and the node withholds its token, so nobody announces for nothing. State:
// 24 bytes per peer (up to 48 after its vector has grown), 64 for the count of its address, 88 for a key; measured on
// glibc: 192 for a peer alone under its key, 92 in swarms of sixty. Trees rather than hash maps: keys and addresses are
// chosen by strangers. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/endpoint.h"
#include "core/ids.h"
#include "core/rng.h"
#include "core/time.h"
#include "dht/bloom_filter.h"
#include "dht/config.h"
#include "dht/contact.h"

namespace stp::dht {

class PeerStore {
 public:
  /// `rng` decides who is in a sample; both must outlive the store.
  PeerStore(const StorageConfig& config, Rng& rng) : config_(config), rng_(rng) {}

  /// Whether an announcement of `peer` under `key` would be stored (it may already be there).
  [[nodiscard]] bool accepts(const NodeId& key, const Endpoint& peer) const;

  /// Stores or renews; false when there is no room.
  bool add(const NodeId& key, const Endpoint& peer, bool seed, Instant now);

  enum class Among : std::uint8_t { all, leeches };
  /// Up to `max` unexpired peers of one family that `asker` may see, a uniformly random subset when there are more.
  [[nodiscard]] std::vector<Endpoint> sample(const NodeId& key, Family family, Among among, const IpAddress& asker,
                                             std::size_t max, Instant now);
  /// The addresses of all unexpired peers of one family that `asker` may see (BEP 33; each family is a separate
  /// network, BEP 32). nullopt when nobody is stored under `key`.
  [[nodiscard]] std::optional<Scrape> scrape(const NodeId& key, Family family, const IpAddress& asker,
                                             Instant now) const;

  [[nodiscard]] std::size_t keys() const { return swarms_.size(); }
  [[nodiscard]] std::size_t peers() const { return peers_; }

  /// Drops what has expired, at most every storage.sweep_interval.
  void handle_timeout(Instant now);
  /// The next sweep; nullopt while nothing is stored.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  void check_invariants() const;

 private:
  // Kept to 24 bytes: with one more, malloc would give a lone peer 16 more.
  struct Stored {
    Endpoint peer;
    std::uint32_t seed : 1;        // BEP 33
    std::uint32_t expires_s : 31;  // seconds after epoch_
  };
  static_assert(sizeof(Stored) == 24);
  using Swarm = std::vector<Stored>;  // both families; the order has no meaning
  [[nodiscard]] std::size_t held_by(const IpAddress& address) const;
  [[nodiscard]] bool expired(const Stored& stored, Instant now) const;
  void uncount(const IpAddress& address);

  const StorageConfig& config_;
  Rng& rng_;
  std::map<NodeId, Swarm> swarms_;
  std::map<IpAddress, std::uint32_t> per_address_;
  std::size_t peers_ = 0;
  Instant next_sweep_;
  std::optional<Instant> epoch_;  // of the first announcement
};

}  // namespace stp::dht
