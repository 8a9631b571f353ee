#include "sim/world/dht_behaviour.h"

#include <algorithm>

#include "dht/config.h"
#include "dht/krpc.h"
#include "dht/node_id.h"
#include "sim/network/addresses.h"

namespace stp::sim {

namespace {

constexpr int kIdDraws = 64;              // of which each of BEP 42's eight ids at an address is one, almost surely
constexpr std::size_t kBoundBits = 21;    // of an id, which BEP 42 derives from the address
constexpr std::size_t kSybilPrefix = 80;  // bits that the id of a sybil ignoring BEP 42 shares with the key

}  // namespace

NodeId sybil_id(Behaviour behaviour, const SwarmKey& key, const IpAddress& address, Rng& rng) {
  const NodeId target = dht::id_of(key);
  if (behaviour == Behaviour::sybil) return dht::random_id_at(target, kSybilPrefix, rng);
  NodeId best = dht::secure_id(address, rng);
  for (int draw = 1; draw < kIdDraws; ++draw) {
    const NodeId id = dht::secure_id(address, rng);
    if (dht::closer(id, best, target)) best = id;
  }
  // The bits after the bound ones are free, except for the last byte, which selected one of the eight.
  constexpr auto kFree = static_cast<std::byte>(0xffU >> (kBoundBits % 8));
  best.bytes[kBoundBits / 8] = (best.bytes[kBoundBits / 8] & ~kFree) | (target.bytes[kBoundBits / 8] & kFree);
  std::copy(target.bytes.begin() + kBoundBits / 8 + 1, target.bytes.end() - 1, best.bytes.begin() + kBoundBits / 8 + 1);
  return best;
}

void DhtBehaviour::add_sybil(const SwarmKey& key, const dht::NodeContact& sybil) {
  std::vector<dht::NodeContact>& sybils = sybils_[key];
  const auto place = std::lower_bound(sybils.begin(), sybils.end(), sybil, [&](const auto& a, const auto& b) {
    return dht::closer(a.id, b.id, dht::id_of(key));
  });
  sybils.insert(place, sybil);
}

Bytes DhtBehaviour::overhear(Behaviour behaviour, Bytes datagram) {
  if (behaviour != Behaviour::sybil) return datagram;
  Result<dht::Message> message = dht::decode(datagram, scratch_);
  if (!message || !message->observed) return datagram;
  message->observed.reset();
  return dht::encode(*message);
}

Bytes DhtBehaviour::rewrite(Behaviour behaviour, const SwarmKey& key, Bytes datagram) {
  if (behaviour != Behaviour::dht_liar && !is_sybil(behaviour)) return datagram;
  Result<dht::Message> message = dht::decode(datagram, scratch_);
  if (!message) return datagram;
  auto* reply = std::get_if<dht::Reply>(&message->body);
  if (reply == nullptr || (!reply->nodes && reply->values.empty())) return datagram;

  if (is_sybil(behaviour)) {
    const std::vector<dht::NodeContact>& sybils = sybils_[key];
    reply->values.clear();
    reply->nodes.emplace(sybils.begin(), sybils.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                              sybils.size(), dht::kDhtDefaults.table.bucket_size)));
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
