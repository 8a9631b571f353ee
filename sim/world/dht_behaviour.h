// What misbehaving DHT nodes do to their own packets: the production node speaks, and its words are changed on the way
// out.
//
//   liar   every answer names invented peers, and nodes at addresses where nobody is
//   sybil  knows other sybils only, hands out no peers, and takes every announcement
#pragma once

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

  /// Another sybil.
  void add_sybil(const dht::NodeContact& sybil) { sybils_.push_back(sybil); }
  /// The datagram that leaves instead of the one the node wrote.
  [[nodiscard]] Bytes rewrite(Behaviour behaviour, Bytes datagram);

 private:
  Rng rng_;
  bencode::Document scratch_;
  std::vector<dht::NodeContact> sybils_;
};

}  // namespace stp::sim
