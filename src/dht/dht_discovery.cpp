#include "dht/dht_discovery.h"

#include <algorithm>

#include "core/result.h"

namespace stp::dht {

DhtDiscovery::DhtDiscovery(Node& node, Rng& rng) : node_(node), policy_(node.policy()), rng_(rng) {}

DhtDiscovery::~DhtDiscovery() {
  for (const auto& [key, state] : keys_) {
    if (state.lookup) node_.cancel(*state.lookup, now_);
  }
}

void DhtDiscovery::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  now_ = now;
  if (private_keys_.contains(key)) return;
  const auto [found, fresh] = keys_.try_emplace(key);
  Key& state = found->second;
  const bool changed = !fresh && (state.self.port != self.port || state.self.is_seed() != self.is_seed());
  state.self = self;
  if (fresh) {
    begin_lookup(key, state, now);
  } else if (changed) {
    state.announce_again = true;
    if (!state.lookup) {
      state.next_announce =
          earlier(state.next_announce, std::max(now, state.last_started + policy_.announcing.search_gap));
    }
  }
}

void DhtDiscovery::search(const SwarmKey& key, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end() || found->second.lookup) return;
  Key& state = found->second;
  state.next_search = earlier(state.next_search, std::max(now, state.last_started + policy_.announcing.search_gap));
}

void DhtDiscovery::renew(const SwarmKey& key, Instant now) {
  now_ = now;
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  Key& state = found->second;
  // Answers to a running one go to our old address, and its tokens are bound to that address.
  if (state.lookup) node_.cancel(*state.lookup, now);
  state.lonely_rounds = state.thin_rounds = 0;
  begin_lookup(key, state, now);
}

void DhtDiscovery::stop(const SwarmKey& key, Instant now) {
  withdraw(key, now);
  private_keys_.erase(key);
}

void DhtDiscovery::keep_private(const SwarmKey& key, Instant now) {
  withdraw(key, now);
  private_keys_.insert(key);
}

void DhtDiscovery::withdraw(const SwarmKey& key, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  if (found->second.lookup) node_.cancel(*found->second.lookup, now);
  node_.withdraw(key);
  keys_.erase(found);
}

bool DhtDiscovery::only_looks(const Key& state) const {
  return state.announced_last >= policy_.table.bucket_size / 2 && !state.announce_again;
}

void DhtDiscovery::begin_lookup(const SwarmKey& key, Key& state, Instant now) {
  state.announcing = now >= next_announce(state) || !only_looks(state);
  state.last_started = now;
  state.waits_for_nodes = false;
  state.next_search = kNever;
  state.peers_now = 0;
  if (state.announcing) {
    state.announce_again = false;
    state.lookup = node_.start_announce(key, {state.self.port, false, state.self.is_seed()}, now);
  } else {
    state.lookup = node_.start_search(key, state.self.is_seed(), std::move(state.closest), now);
    state.closest.clear();
  }
  if (state.lookup) return;
  // Thousands are already waiting.
  state.next_announce = std::max(state.next_announce, now + policy_.announcing.retry_max);
}

bool DhtDiscovery::is_self(const Key& state, const Endpoint& peer) const {
  return peer.port == state.self.port && node_.is_own_address(peer.address);
}

void DhtDiscovery::drain(Key& state) {
  while (state.lookup) {
    const std::optional<LookupEvent> event = node_.poll_lookup(*state.lookup);
    if (!event) return;
    if (const PeersFound* found = std::get_if<PeersFound>(&*event)) {
      for (const Endpoint& peer : found->peers) {
        state.peers_now += is_self(state, peer) ? 0 : 1;
        // An earlier round not yet polled may have found it.
        if (std::find(state.found.begin(), state.found.end(), peer) == state.found.end()) state.found.push_back(peer);
      }
      while (state.found.size() > policy_.lookups.peers_max) state.found.pop_front();
    } else {
      on_done(state, std::get<LookupDone>(*event));
    }
  }
}

void DhtDiscovery::on_done(Key& state, const LookupDone& done) {
  state.lookup.reset();
  state.peers_last = state.peers_now;
  state.closest = done.closest;
  state.searched = state.searched || done.answered > 0;
  const auto retry = [this](unsigned rounds) {
    return std::min<Duration>(policy_.announcing.retry_min * (std::int64_t{1} << std::min(rounds - 1, 10U)),
                              policy_.announcing.retry_max);
  };
  const auto after = [&](Duration pause) {
    return done.finished + pause * 9 / 10 + Duration(rng_.below(static_cast<std::uint64_t>((pause / 5).count())));
  };
  const bool lonely = state.peers_now == 0 && !state.self.is_seed();
  state.lonely_rounds = lonely ? state.lonely_rounds + 1 : 0;
  if (lonely) state.next_search = earlier(state.next_search, after(retry(state.lonely_rounds)));
  if (!state.announcing) {
    if (state.announce_again) state.next_announce = earlier(state.next_announce, after(policy_.announcing.search_gap));
    return;
  }
  state.announced_last = done.announced;
  state.waits_for_nodes = done.answered == 0 && node_.nodes() == 0;
  const bool thin = done.announced < policy_.table.bucket_size / 2;
  state.thin_rounds = thin ? state.thin_rounds + 1 : 0;
  Duration pause = policy_.announcing.interval;
  if (done.announced == 0 && node_.nodes() == 0) {
    pause = retry(state.thin_rounds);
  } else if (thin && state.thin_rounds <= policy_.announcing.thin_retries_max) {
    pause = retry(state.thin_rounds);
  }
  if (state.announce_again) pause = std::min<Duration>(pause, policy_.announcing.search_gap);
  state.next_announce = after(pause);
}

std::optional<discovery::FoundPeer> DhtDiscovery::poll_peer(const SwarmKey& key) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return std::nullopt;
  Key& state = found->second;
  drain(state);
  if (state.found.empty()) return std::nullopt;
  const Endpoint peer = state.found.front();
  state.found.pop_front();
  return discovery::FoundPeer{peer, discovery::Source::dht};
}

Instant DhtDiscovery::next_announce(const Key& state) const {
  return state.waits_for_nodes && node_.nodes() > 0 ? state.last_started : state.next_announce;
}

Instant DhtDiscovery::next_lookup(const Key& state) const {
  const bool queues = only_looks(state) && state.next_search != kNever;
  return earlier(next_announce(state), queues ? std::max(state.next_search, next_turn_) : state.next_search);
}

void DhtDiscovery::handle_timeout(Instant now) {
  now_ = now;
  for (auto& [key, state] : keys_) {
    drain(state);
    if (state.lookup) continue;
    const bool whole = now >= next_announce(state) || (now >= state.next_search && !only_looks(state));
    if (whole) begin_lookup(key, state, now);
  }
  begin_searches(now);
}

void DhtDiscovery::begin_searches(Instant now) {
  while (now >= next_turn_) {
    const auto waits = [](const auto& entry) { return entry.second.lookup ? kNever : entry.second.next_search; };
    const auto first = std::ranges::min_element(keys_, {}, waits);
    if (first == keys_.end() || waits(*first) > now) return;
    next_turn_ = now + policy_.announcing.search_spacing;
    begin_lookup(first->first, first->second, now);
  }
}

std::optional<Instant> DhtDiscovery::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& [key, state] : keys_) {
    // Results that nobody polled are drained in handle_timeout(): at once, since only then the next lookup is known.
    if (state.lookup && !node_.has_result(*state.lookup)) continue;
    const Instant due = state.lookup ? state.last_started : next_lookup(state);
    next = next ? earlier(*next, due) : due;
  }
  return next;
}

bool DhtDiscovery::may_find(const SwarmKey& key) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return false;
  const Key& state = found->second;
  if (state.announced_last > 0 || !state.found.empty()) return true;
  if (node_.nodes() > 0) return !state.searched;
  const std::vector<BootstrapStatus>& entries = node_.bootstrap_status();
  return std::any_of(entries.begin(), entries.end(),
                     [](const auto& entry) { return entry.reachability != Reachability::silent; });
}

std::string DhtDiscovery::status(const SwarmKey& key, Instant /*now*/) const {
  if (private_keys_.contains(key)) return {};
  const std::size_t nodes = node_.nodes();
  std::string line = "dht: " + std::to_string(nodes) + (nodes == 1 ? " node" : " nodes");
  if (nodes == 0) {
    const std::vector<BootstrapStatus>& entries = node_.bootstrap_status();
    if (entries.empty()) return line + ", no bootstrap node known";
    const auto silent = static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(), [](const auto& entry) { return entry.reachability == Reachability::silent; }));
    if (silent < entries.size()) return line + ", asking bootstrap " + entries.front().endpoint.to_string();
    line += ", bootstrap " + entries.front().endpoint.to_string();
    if (silent == 1) return line + " does not answer";
    return line + " and " + std::to_string(silent - 1) + (silent == 2 ? " other" : " others") + " do not answer";
  }
  const auto found = keys_.find(key);
  if (found == keys_.end()) return line;
  const Key& state = found->second;
  const std::size_t peers = std::max(state.peers_last, state.peers_now);
  line += ", " + std::to_string(peers) + (peers == 1 ? " peer" : " peers") + " found";
  if (state.announced_last > 0) line += ", announced to " + std::to_string(state.announced_last);
  return line + (state.lookup ? ", searching" : "");
}

void DhtDiscovery::check_invariants() const {
  for (const auto& [key, state] : keys_) STP_ASSERT(state.found.size() <= policy_.lookups.peers_max);
}

}  // namespace stp::dht
