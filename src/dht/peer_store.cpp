#include "dht/peer_store.h"

#include <algorithm>

#include "core/result.h"

namespace stp::dht {
namespace {

constexpr std::uint32_t kSecondsMask = 0x7fffffff;  // 68 years

}  // namespace

std::size_t PeerStore::held_by(const IpAddress& address) const {
  const auto found = per_address_.find(address.origin());
  return found == per_address_.end() ? 0 : found->second;
}

void PeerStore::uncount(const IpAddress& address) {
  --peers_;
  if (address.is_local()) return;
  const auto found = per_address_.find(address.origin());
  if (--found->second == 0) per_address_.erase(found);
}

bool PeerStore::expired(const Stored& stored, Instant now) const {
  return now >= *epoch_ + std::chrono::seconds(stored.expires_s);
}

bool PeerStore::accepts(const NodeId& key, const Endpoint& peer) const {
  const auto found = swarms_.find(key);
  if (found != swarms_.end()) {
    const Swarm& peers = found->second;
    if (std::any_of(peers.begin(), peers.end(), [&](const Stored& stored) { return stored.peer == peer; })) return true;
    if (peers.size() >= config_.peers_per_key_max) return false;
  } else if (swarms_.size() >= config_.keys_max) {
    return false;
  }
  return peers_ < config_.peers_max &&
         (peer.address.is_local() || held_by(peer.address) < config_.peers_per_address_max);
}

bool PeerStore::add(const NodeId& key, const Endpoint& peer, bool seed, Instant now) {
  if (!peer.is_dialable() || !accepts(key, peer)) return false;
  if (swarms_.empty()) next_sweep_ = now + config_.sweep_interval;
  if (!epoch_) epoch_ = now;
  const auto expires_s = static_cast<std::uint32_t>((now + config_.peer_lifetime - *epoch_) / 1s);
  Swarm& peers = swarms_[key];
  const auto known =
      std::find_if(peers.begin(), peers.end(), [&](const Stored& stored) { return stored.peer == peer; });
  if (known != peers.end()) {
    known->seed = seed ? 1U : 0U;
    known->expires_s = expires_s & kSecondsMask;
    return true;
  }
  peers.push_back({peer, seed ? 1U : 0U, expires_s & kSecondsMask});
  ++peers_;
  if (!peer.address.is_local()) ++per_address_[peer.address.origin()];
  return true;
}

std::vector<Endpoint> PeerStore::sample(const NodeId& key, Family family, Among among, const IpAddress& asker,
                                        std::size_t max, Instant now) {
  std::vector<Endpoint> chosen;
  const auto found = swarms_.find(key);
  if (found == swarms_.end()) return chosen;
  Swarm& peers = found->second;
  // Fisher–Yates, stopped once there are enough usable ones; the order inside a swarm has no meaning.
  for (std::size_t i = 0; i < peers.size() && chosen.size() < max; ++i) {
    std::swap(peers[i], peers[i + rng_.below(peers.size() - i)]);
    const bool usable =
        !expired(peers[i], now) && family_of(peers[i].peer) == family && (among == Among::all || peers[i].seed == 0);
    if (usable && may_tell(peers[i].peer.address, asker)) chosen.push_back(peers[i].peer);
  }
  return chosen;
}

std::optional<Scrape> PeerStore::scrape(const NodeId& key, Family family, const IpAddress& asker, Instant now) const {
  const auto found = swarms_.find(key);
  if (found == swarms_.end()) return std::nullopt;
  Scrape scrape;
  for (const Stored& stored : found->second) {
    const IpAddress& address = stored.peer.address;
    if (expired(stored, now) || family_of(stored.peer) != family || !may_tell(address, asker)) continue;
    (stored.seed != 0 ? scrape.seeds : scrape.leeches).insert(address);
  }
  return scrape;
}

void PeerStore::handle_timeout(Instant now) {
  if (swarms_.empty() || now < next_sweep_) return;
  next_sweep_ = now + config_.sweep_interval;
  const auto drop = [&](const Stored& stored) {
    if (!expired(stored, now)) return false;
    uncount(stored.peer.address);
    return true;
  };
  for (auto swarm = swarms_.begin(); swarm != swarms_.end();) {
    Swarm& peers = swarm->second;
    peers.erase(std::remove_if(peers.begin(), peers.end(), drop), peers.end());
    swarm = peers.empty() ? swarms_.erase(swarm) : std::next(swarm);
  }
}

std::optional<Instant> PeerStore::next_timeout() const {
  return swarms_.empty() ? std::nullopt : std::optional(next_sweep_);
}

void PeerStore::check_invariants() const {
  std::size_t total = 0;
  std::map<IpAddress, std::uint32_t> counted;
  for (const auto& [key, peers] : swarms_) {
    STP_ASSERT(!peers.empty() && peers.size() <= config_.peers_per_key_max);
    total += peers.size();
    std::vector<Endpoint> endpoints;
    for (const Stored& stored : peers) {
      endpoints.push_back(stored.peer);
      if (!stored.peer.address.is_local()) ++counted[stored.peer.address.origin()];
    }
    std::sort(endpoints.begin(), endpoints.end());
    STP_ASSERT(std::adjacent_find(endpoints.begin(), endpoints.end()) == endpoints.end());
  }
  STP_ASSERT(total == peers_ && peers_ <= config_.peers_max && swarms_.size() <= config_.keys_max);
  STP_ASSERT(counted == per_address_);
  for (const auto& [address, count] : per_address_) STP_ASSERT(count <= config_.peers_per_address_max);
}

}  // namespace stp::dht
