#include "dht/dht_discovery.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "core/result.h"
#include "core/text.h"

namespace stp::dht {
namespace {

/// Bits that two keys have in common at the front.
int common_bits(const SwarmKey& a, const SwarmKey& b) {
  for (std::size_t i = 0; i < SwarmKey::kSize; ++i) {
    const auto differ = std::to_integer<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
    if (differ != 0) return static_cast<int>(8 * i) + std::countl_zero(differ);
  }
  return static_cast<int>(8 * SwarmKey::kSize);
}

}  // namespace

DhtDiscovery::DhtDiscovery(Node& node, Rng& rng)
    : node_(node), policy_(node.policy()), rng_(rng), pace_(policy_.announcing.pace, policy_.announcing.burst) {}

DhtDiscovery::~DhtDiscovery() {
  for (const auto& [lookup, key] : running_) node_.cancel(lookup, now_);
}

// --- commands

void DhtDiscovery::start(const SwarmKey& key, const discovery::Announcement& self, Instant now) {
  now_ = now;
  if (private_keys_.contains(key)) return;
  const auto [found, fresh] = keys_.try_emplace(key);
  Key& state = found->second;
  const bool changed = !fresh && (state.self.port != self.port || state.self.port_v6 != self.port_v6 ||
                                  state.self.is_seed() != self.is_seed());
  state.self = self;
  if (fresh) {
    state.fresh = ++started_;
    fresh_.emplace(state.fresh, key);
    begin_due(now);
  } else if (changed) {
    state.announce_again = true;
    if (!state.lookup) {
      state.next_announce =
          earlier(state.next_announce, std::max(now, state.last_started + policy_.announcing.search_gap));
    }
    enqueue(key, state);
  }
}

void DhtDiscovery::search(const SwarmKey& key, Instant now) {
  const auto found = keys_.find(key);
  if (found == keys_.end() || found->second.lookup) return;
  Key& state = found->second;
  state.next_search = earlier(state.next_search, std::max(now, state.last_started + policy_.announcing.search_gap));
  enqueue(key, state);
}

Duration DhtDiscovery::search_pause(const SwarmKey& key) const {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return Duration::max();
  // A key that waits for its announcement is looked up with it.
  const Key& state = found->second;
  if (state.fresh > 0 || state.in_whole <= now_) return pace_.time_for(static_cast<double>(keys_.size()) * cost_);
  return static_cast<Duration::rep>(looks_.size()) * policy_.announcing.search_spacing;
}

void DhtDiscovery::renew(const SwarmKey& key, Instant now) {
  now_ = now;
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  Key& state = found->second;
  // Answers to a running one go to our old address, and its tokens are bound to that address.
  cancel(state, now);
  state.lonely_rounds = state.thin_rounds = 0;
  state.announce_again = true;
  state.next_announce = now;
  enqueue(key, state);
  begin_due(now);
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
  Key& state = found->second;
  cancel(state, now);
  node_.withdraw(key);
  ready_.erase(key);
  fresh_.erase(state.fresh);
  without_nodes_.erase(key);
  whole_.move(key, state.in_whole, kNever);
  looks_.move(key, state.in_looks, kNever);
  keys_.erase(found);
}

void DhtDiscovery::cancel(Key& state, Instant now) {
  if (!state.lookup) return;
  node_.cancel(*state.lookup, now);
  running_.erase(*std::exchange(state.lookup, std::nullopt));
}

// --- whose turn it is

bool DhtDiscovery::only_looks(const Key& state) const {
  return state.announced_last >= policy_.table.bucket_size / 2 && !state.announce_again;
}

void DhtDiscovery::enqueue(const SwarmKey& key, Key& state) {
  const bool waits = !state.lookup && state.fresh == 0;
  const bool looks = only_looks(state);
  const Instant whole = looks ? state.next_announce : earlier(state.next_announce, state.next_search);
  whole_.move(key, state.in_whole, waits ? whole : kNever);
  looks_.move(key, state.in_looks, waits && looks ? state.next_search : kNever);
  if (waits && state.waits_for_nodes) {
    without_nodes_.insert(key);
  } else {
    without_nodes_.erase(key);
  }
}

const SwarmKey* DhtDiscovery::next_whole(Instant now) const {
  const SwarmKey* const due = whole_.first_due(now);
  if (!fresh_.empty() && (newest_first_ || due == nullptr)) return &fresh_.rbegin()->second;
  return due;
}

const SwarmKey* DhtDiscovery::next_look(Instant now) const {
  return now >= next_turn_ ? looks_.first_due(now) : nullptr;
}

void DhtDiscovery::begin_due(Instant now) {
  if (node_.nodes() > 0) {
    for (const SwarmKey& key : std::exchange(without_nodes_, {})) {
      Key& state = keys_.at(key);
      state.waits_for_nodes = false;
      state.next_announce = state.last_started;
      enqueue(key, state);
    }
  }
  while (running_.size() < policy_.lookups.active_max) {
    const SwarmKey* next = next_whole(now);
    const bool looks = next == nullptr;
    if (looks) next = next_look(now);
    if (next == nullptr) return;
    if (!pace_.ready(now)) {
      paced_until_ = pace_.ready_at(now);
      return;
    }
    if (looks) next_turn_ = now + policy_.announcing.search_spacing;
    newest_first_ = !newest_first_;
    const SwarmKey key = *next;
    begin_lookup(key, keys_.at(key), now);
  }
}

std::vector<NodeContact> DhtDiscovery::known_from_neighbour(const SwarmKey& key, Instant now) const {
  const auto usable = [&](const Key& state) {
    return !state.closest.empty() && state.closest_at + policy_.announcing.interval >= now;
  };
  const auto here = keys_.find(key);
  const Key* best = nullptr;
  int bits = -1;
  const auto consider = [&](const auto& entry) {
    if (!usable(entry.second) || common_bits(entry.first, key) <= bits) return;
    bits = common_bits(entry.first, key);
    best = &entry.second;
  };
  if (here != keys_.begin()) consider(*std::prev(here));
  if (std::next(here) != keys_.end()) consider(*std::next(here));
  return best == nullptr ? std::vector<NodeContact>() : best->closest;
}

void DhtDiscovery::begin_lookup(const SwarmKey& key, Key& state, Instant now) {
  state.announcing = now >= state.next_announce || !only_looks(state);
  state.last_started = now;
  state.waits_for_nodes = false;
  state.next_search = kNever;
  state.peers_now = 0;
  fresh_.erase(std::exchange(state.fresh, 0));
  if (state.announcing) {
    state.announce_again = false;
    const AnnounceOptions self{state.self.port, false, state.self.is_seed(), state.self.port_v6};
    state.lookup = node_.start_announce(key, self, now, known_from_neighbour(key, now));
  } else {
    state.lookup = node_.start_search(key, state.self.is_seed(), std::move(state.closest), now);
    state.closest.clear();
  }
  if (state.lookup) {
    running_.emplace(*state.lookup, key);
    pace_.spend(cost_);
  } else {
    // Thousands are already waiting.
    state.next_announce = std::max(state.next_announce, now + policy_.announcing.retry_max);
  }
  enqueue(key, state);
}

// --- results

bool DhtDiscovery::is_self(const Key& state, const Endpoint& peer) const {
  return peer.port == state.self.port_for(peer.address.is_v6()) && node_.is_own_address(peer.address);
}

void DhtDiscovery::drain(const SwarmKey& key, Key& state) {
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
      enqueue(key, state);
    }
  }
}

void DhtDiscovery::on_done(Key& state, const LookupDone& done) {
  running_.erase(*std::exchange(state.lookup, std::nullopt));
  const auto cost = static_cast<double>(done.asked + done.announced);
  pace_.spend(cost - cost_);
  if (cost > 0) cost_ = 0.9 * cost_ + 0.1 * cost;
  state.peers_last = state.peers_now;
  state.closest = done.closest;
  state.closest_at = done.finished;
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
  drain(key, state);
  if (state.found.empty()) return std::nullopt;
  const Endpoint peer = state.found.front();
  state.found.pop_front();
  return discovery::FoundPeer{peer, discovery::Source::dht};
}

std::optional<SwarmKey> DhtDiscovery::poll_ready() {
  for (auto at = running_.begin(); at != running_.end();) {
    const auto [lookup, key] = *at++;
    if (!node_.has_result(lookup)) continue;
    Key& state = keys_.at(key);
    drain(key, state);
    if (!state.found.empty()) ready_.insert(key);
  }
  if (ready_.empty()) return std::nullopt;
  return ready_.extract(ready_.begin()).value();
}

// --- time

void DhtDiscovery::handle_timeout(Instant now) {
  now_ = now;
  for (auto at = running_.begin(); at != running_.end();) {
    const auto [lookup, key] = *at++;
    drain(key, keys_.at(key));
  }
  begin_due(now);
}

std::optional<Instant> DhtDiscovery::next_timeout() const {
  // Results that nobody polled are drained in handle_timeout(): at once, since only then the next lookup is known.
  for (const auto& [lookup, key] : running_) {
    if (node_.has_result(lookup)) return keys_.at(key).last_started;
  }
  if (running_.size() >= policy_.lookups.active_max) return std::nullopt;
  Instant next = whole_.next();
  if (!looks_.empty()) next = earlier(next, std::max(looks_.next(), next_turn_));
  if (!without_nodes_.empty() && node_.nodes() > 0) next = earlier(next, now_);
  if (!fresh_.empty()) next = earlier(next, now_);
  if (next == kNever) return std::nullopt;
  return std::max(next, paced_until_);
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
  std::string line = "dht: " + format_count(nodes, "node", "nodes");
  if (nodes == 0) {
    const std::vector<BootstrapStatus>& entries = node_.bootstrap_status();
    if (entries.empty()) return line + ", no bootstrap node known";
    const auto silent = static_cast<std::size_t>(std::count_if(
        entries.begin(), entries.end(), [](const auto& entry) { return entry.reachability == Reachability::silent; }));
    if (silent < entries.size()) return line + ", asking bootstrap " + entries.front().endpoint.to_string();
    line += ", bootstrap " + entries.front().endpoint.to_string();
    if (silent == 1) return line + " does not answer";
    return line + " and " + format_count(silent - 1, "other", "others") + " do not answer";
  }
  const auto found = keys_.find(key);
  if (found == keys_.end()) return line;
  const Key& state = found->second;
  const std::size_t peers = std::max(state.peers_last, state.peers_now);
  line += ", " + format_count(peers, "peer", "peers") + " found";
  if (state.announced_last > 0) line += ", announced to " + std::to_string(state.announced_last);
  return line + (state.lookup || state.fresh > 0 ? ", searching" : "");
}

void DhtDiscovery::check_invariants() const {
  for (const auto& [key, state] : keys_) {
    STP_ASSERT(state.found.size() <= policy_.lookups.peers_max);
    STP_ASSERT(state.fresh == 0 || fresh_.at(state.fresh) == key);
    STP_ASSERT(!state.lookup || running_.at(*state.lookup) == key);
    STP_ASSERT(whole_.agrees(key, state.in_whole));
    STP_ASSERT(looks_.agrees(key, state.in_looks));
    const bool queued = state.in_whole != kNever || state.in_looks != kNever;
    STP_ASSERT((state.lookup || state.fresh > 0) != queued);
  }
}

}  // namespace stp::dht
