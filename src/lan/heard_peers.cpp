#include "lan/heard_peers.h"

#include <algorithm>
#include <set>

#include "core/result.h"

namespace stp::lan {

void HeardPeers::forget_old(std::vector<Peer>& peers, Instant now) {
  total_ -= std::erase_if(peers, [&](const Peer& peer) { return !is_current(peer, now); });
}

HeardPeers::News HeardPeers::hear(const SwarmKey& key, const Endpoint& endpoint, const std::string& cookie,
                                  Instant now) {
  // At intervals only: a stranger who fills the table could keep us busy with this otherwise.
  if (total_ >= config_.peers_max && now >= next_cleaning_) {
    next_cleaning_ = now + config_.report_gap;
    for (auto& [other, peers] : peers_) forget_old(peers, now);
  }
  std::vector<Peer>& peers = peers_[key];
  forget_old(peers, now);
  News news;
  news.newcomer = std::none_of(peers.begin(), peers.end(), [&](const Peer& peer) {
    const bool other_family = !cookie.empty() && peer.endpoint.address.is_v4() != endpoint.address.is_v4();
    return peer.cookie == cookie && (other_family || peer.endpoint == endpoint);
  });
  const bool known_over_ipv4 = endpoint.address.is_v6() && std::any_of(peers.begin(), peers.end(), [&](const Peer& p) {
                                 return !cookie.empty() && p.cookie == cookie && p.endpoint.address.is_v4();
                               });
  const auto found =
      std::find_if(peers.begin(), peers.end(), [&](const Peer& peer) { return peer.endpoint == endpoint; });
  if (found != peers.end()) {
    // Another cookie at the same endpoint is another process, which nobody has reported.
    news.report = !known_over_ipv4 && (found->cookie != cookie || now >= found->reported + config_.report_gap);
    if (news.report) found->reported = now;
    found->cookie = cookie;
    found->heard = now;
    return news;
  }
  const auto here =
      std::count_if(peers.begin(), peers.end(), [&](const Peer& p) { return p.endpoint.address == endpoint.address; });
  if (peers.size() >= config_.peers_per_key_max || total_ >= config_.peers_max ||
      static_cast<std::size_t>(here) >= config_.peers_per_address_max) {
    return {};
  }
  news.report = !known_over_ipv4;
  peers.push_back({endpoint, cookie, now, now});
  ++total_;
  return news;
}

std::vector<Endpoint> HeardPeers::report_again(const SwarmKey& key, Instant now) {
  std::vector<Endpoint> endpoints;
  const auto found = peers_.find(key);
  if (found == peers_.end()) return endpoints;
  for (Peer& peer : found->second) {
    if (!is_current(peer, now) || now < peer.reported + config_.report_gap) continue;
    peer.reported = now;
    endpoints.push_back(peer.endpoint);
  }
  return endpoints;
}

void HeardPeers::forget(const SwarmKey& key) {
  const auto found = peers_.find(key);
  if (found == peers_.end()) return;
  total_ -= found->second.size();
  peers_.erase(found);
}

std::size_t HeardPeers::count(const SwarmKey& key, Instant now) const {
  const auto found = peers_.find(key);
  if (found == peers_.end()) return 0;
  std::set<std::string> cookies;
  std::size_t without = 0;
  for (const Peer& peer : found->second) {
    if (!is_current(peer, now)) continue;
    if (peer.cookie.empty()) {
      ++without;
    } else {
      cookies.insert(peer.cookie);
    }
  }
  return cookies.size() + without;
}

void HeardPeers::check_invariants() const {
  std::size_t total = 0;
  for (const auto& [key, peers] : peers_) {
    STP_ASSERT(peers.size() <= config_.peers_per_key_max);
    total += peers.size();
  }
  STP_ASSERT(total == total_ && total_ <= config_.peers_max);
}

}  // namespace stp::lan
