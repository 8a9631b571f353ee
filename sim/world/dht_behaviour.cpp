#include "sim/world/dht_behaviour.h"

#include <algorithm>

#include "dht/krpc.h"
#include "dht/node_id.h"
#include "sim/network/addresses.h"

namespace stp::sim {

Bytes DhtBehaviour::rewrite(Behaviour behaviour, Bytes datagram) {
  if (behaviour != Behaviour::dht_liar && behaviour != Behaviour::sybil) return datagram;
  Result<dht::Message> message = dht::decode(datagram, scratch_);
  if (!message) return datagram;
  auto* reply = std::get_if<dht::Reply>(&message->body);
  if (reply == nullptr || (!reply->nodes && reply->values.empty())) return datagram;

  if (behaviour == Behaviour::sybil) {
    reply->values.clear();
    reply->nodes.emplace();
    for (std::size_t i = 0; i < sybils_.size() && i < dht::kBucketSize; ++i) {
      reply->nodes->push_back(sybils_[static_cast<std::size_t>(rng_.below(sybils_.size()))]);
    }
    return dht::encode(*message);
  }
  // Nobody is at the last addresses of the range.
  const auto nowhere = [this] {
    const auto host = kAddressesMax - 1 - static_cast<std::uint32_t>(rng_.below(1'000'000));
    return Endpoint{address_of(host), kListenPort};
  };
  if (!reply->values.empty() || reply->token) {
    reply->values.clear();
    for (int i = 0; i < 8; ++i) reply->values.push_back(nowhere());
  }
  if (reply->nodes) {
    for (dht::NodeContact& node : *reply->nodes) {
      node.endpoint = nowhere();
      node.id = dht::random_id_at(node.id, 40, rng_);
    }
  }
  return dht::encode(*message);
}

}  // namespace stp::sim
