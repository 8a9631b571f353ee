// What misbehaving DHT nodes do to their own packets: the production node writes them, and they are changed on the way
// out.
//
//   liar           every answer names invented peers, and nodes at unused addresses
//   sybil          knows only the sybils closest to the attacked key, hands out no peers, and accepts all announcements;
//                  its id is next to the key, whatever its address, and it does not see the address that others report
//   fitting sybil  the same with the id closest to the key that BEP 42 allows at its address
#pragma once

#include <map>
#include <vector>

#include "bencode/bencode.h"
#include "core/bytes.h"
#include "core/rng.h"
#include "dht/contact.h"
#include "sim/scenario/scenario.h"

namespace stp::sim {

class DhtBehaviour {
 public:
  explicit DhtBehaviour(Rng rng) : rng_(std::move(rng)) {}

  /// Another sybil, of either kind, that attacks `key`.
  void add_sybil(const SwarmKey& key, const dht::NodeContact& sybil);
  /// The datagram that is sent instead of the one that the node, a sybil against `key` if it is one, wrote.
  [[nodiscard]] Bytes rewrite(Behaviour behaviour, const SwarmKey& key, Bytes datagram);
  /// The datagram that the node reads instead of the one that arrived.
  [[nodiscard]] Bytes overhear(Behaviour behaviour, Bytes datagram);

 private:
  Rng rng_;
  bencode::Document scratch_;
  std::map<SwarmKey, std::vector<dht::NodeContact>> sybils_;  // by the key they attack, closest first
};

/// The id with which a sybil at `address` comes closest to `key`.
[[nodiscard]] NodeId sybil_id(Behaviour behaviour, const SwarmKey& key, const IpAddress& address, Rng& rng);

}  // namespace stp::sim
