#include "app/participant.h"

#include <algorithm>

#include "core/result.h"

namespace stp::app {

Participant::Participant(ParticipantConfig config, Rng& rng, Instant now)
    : config_(std::move(config)), rng_(rng), commons_(config_.seats_max) {
  if (config_.node) {
    dht::NodeConfig node = *config_.node;
    node.tracer = {config_.trace, trace::Module::dht};
    node_ = std::make_unique<dht::Node>(node, rng_, now);
    dht_ = std::make_unique<dht::DhtDiscovery>(*node_, rng_);
  }
  if (config_.lan) {
    const trace::Tracer tracer{config_.trace, trace::Module::net};
    lan_ = std::make_unique<lan::LanDiscovery>(*config_.lan, tracer, rng_);
    lan_part_.emplace(*lan_);
  }
}

Participant::~Participant() = default;

// --- shares

Participant::Share* Participant::share(ShareId id) {
  const auto found = shares_.find(id);
  return found == shares_.end() ? nullptr : &found->second;
}

const Participant::Share* Participant::share(ShareId id) const {
  const auto found = shares_.find(id);
  return found == shares_.end() ? nullptr : &found->second;
}

transfer::Swarm* Participant::swarm(ShareId id) {
  Share* const found = share(id);
  return found == nullptr ? nullptr : found->swarm.get();
}

const transfer::Swarm* Participant::swarm(ShareId id) const {
  const Share* const found = share(id);
  return found == nullptr ? nullptr : found->swarm.get();
}

std::optional<ShareId> Participant::find(const SwarmKey& key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  return found->second;
}

bool Participant::add(ShareId id, ShareConfig config, Instant now) {
  const std::vector<SwarmKey>& keys = config.swarm.keys;
  if (std::ranges::any_of(keys, [this](const SwarmKey& key) { return by_key_.contains(key); })) return false;
  for (const SwarmKey& key : keys) by_key_.emplace(key, id);
  Share& share = shares_[id];
  share.id = id;
  std::vector<discovery::PeerDiscovery*> parts;
  if (dht_ && config.asks_strangers) parts.push_back(dht_.get());
  if (lan_part_ && config.asks_strangers) parts.push_back(&*lan_part_);
  for (const Url& url : config.trackers) {
    share.trackers.push_back(use_tracker(url));
    parts.push_back(trackers_.at(share.trackers.back()).client.get());
  }
  share.given = std::make_unique<discovery::FixedPeers>(std::move(config.peers));
  parts.push_back(share.given.get());
  share.discovery = std::make_unique<discovery::CompositeDiscovery>(std::move(parts));
  config.swarm.tracer = {config_.trace, trace::Module::transfer};
  config.swarm.commons = &commons_;
  share.swarm = std::make_unique<transfer::Swarm>(std::move(config.swarm), *share.discovery, rng_, now);
  if (port_) start(share, now);
  touch(share);
  return true;
}

void Participant::add_key(ShareId id, const SwarmKey& key, Instant now) {
  Share* const known = share(id);
  if (known == nullptr || known->leaving || known->swarm->keys().size() == KeySet::kKeysMax) return;
  if (!by_key_.try_emplace(key, id).second) return;
  known->swarm->add_key(key, now);
  touch(*known);
}

void Participant::leave(ShareId id, Instant now) {
  Share* const leaving = share(id);
  if (leaving == nullptr) return;
  leaving->leaving = true;
  leaving->swarm->stop(now);
  touch(*leaving);
}

void Participant::erase(ShareId id) {
  Share* const gone = share(id);
  if (gone == nullptr) return;
  timers_.move(id, gone->due, kNever);
  for (const SwarmKey& key : gone->swarm->keys()) by_key_.erase(key);
  for (const TrackerId tracker : gone->trackers) --trackers_.at(tracker).shares;
  shares_.erase(id);
  drop_unused_trackers();
}

void Participant::add_peer(ShareId id, const Endpoint& endpoint) {
  Share* const found = share(id);
  if (found == nullptr) return;
  found->given->add(endpoint);
  touch(*found);
}

// --- trackers

TrackerId Participant::use_tracker(const Url& url) {
  const std::string text = url.to_string();
  for (auto& [id, tracker] : trackers_) {
    if (tracker.url != text) continue;
    ++tracker.shares;
    return id;
  }
  tracker::ClientConfig config;
  config.url = url;
  config.peer_id = config_.session;
  config.families = config_.families;
  config.pace = &tracker_pace_;
  config.tracer = {config_.trace, trace::Module::tracker};
  const TrackerId id = next_tracker_;
  ++next_tracker_;
  trackers_[id] = {std::make_unique<tracker::Client>(std::move(config), rng_), text, 1};
  tracker_ids_.push_back(id);
  return id;
}

tracker::Client* Participant::tracker(TrackerId id) {
  const auto found = trackers_.find(id);
  return found == trackers_.end() ? nullptr : found->second.client.get();
}

void Participant::drop_unused_trackers() {
  const auto gone = [](const auto& entry) { return entry.second.shares == 0 && !entry.second.client->withdrawing(); };
  if (std::erase_if(trackers_, gone) == 0) return;
  std::erase_if(tracker_ids_, [this](TrackerId id) { return !trackers_.contains(id); });
}

// --- running

void Participant::start(Port port, Instant now) {
  port_ = port;
  if (lan_part_) lan_part_->pin(port);
  for (auto& [id, share] : shares_) {
    start(share, now);
    touch(share);
  }
  settle(now);
}

void Participant::start(Share& share, Instant now) {
  share.swarm->start(outside_port_ != 0 ? outside_port_ : *port_, now, *port_);
}

void Participant::set_outside_port(Port port, Instant now) {
  if (std::exchange(outside_port_, port) == port || !port_) return;
  for (auto& [id, share] : shares_) {
    if (share.leaving) continue;
    start(share, now);
    touch(share);
  }
  settle(now);
}

void Participant::stop(Instant now) {
  for (auto& [id, share] : shares_) {
    share.leaving = true;
    share.swarm->stop(now);
    touch(share);
  }
  settle(now);
}

bool Participant::withdrawing() const {
  return std::any_of(trackers_.begin(), trackers_.end(),
                     [](const auto& entry) { return entry.second.client->withdrawing(); });
}

void Participant::handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now) {
  if (node_) node_->handle_datagram(from, datagram, now);
}

void Participant::handle_timeout(Instant now) {
  for (const ShareId id : unsettled_) {
    if (Share* const touched = share(id)) set_timer(*touched);
  }
  if (node_) node_->handle_timeout(now);
  if (dht_) dht_->handle_timeout(now);
  if (lan_) lan_->handle_timeout(now);
  for (const TrackerId id : tracker_ids_) trackers_.at(id).client->handle_timeout(now);
  while (const ShareId* const first = timers_.first_due(now)) {
    Share& due = shares_.at(*first);
    timers_.move(due.id, due.due, kNever);
    due.given->handle_timeout(now);
    due.swarm->handle_timeout(now);
    touch(due);
  }
  settle(now);
  drop_unused_trackers();
}

void Participant::handle_network_change(Instant now) {
  if (node_) node_->handle_network_change(now);
  for (auto& [id, share] : shares_) {
    share.swarm->handle_network_change(now);
    touch(share);
  }
  settle(now);
}

void Participant::handle_woken(Instant now) {
  for (auto& [id, share] : shares_) share.swarm->handle_woken(now);
  handle_network_change(now);
}

// --- carrying results

void Participant::touch(ShareId id) {
  if (Share* const touched = share(id)) touch(*touched);
}

void Participant::touch(Share& share) {
  if (!std::exchange(share.touched, true)) touched_.push_back(share.id);
  if (!std::exchange(share.unsettled, true)) unsettled_.push_back(share.id);
}

void Participant::touch_found(discovery::PeerDiscovery& part) {
  while (const std::optional<SwarmKey> key = part.poll_ready()) {
    const auto found = by_key_.find(*key);
    if (found == by_key_.end()) continue;
    touch(shares_.at(found->second));
  }
}

void Participant::settle(Instant now) {
  // The node's events are not needed, as its status has everything; the queue must not grow.
  while (node_ && node_->poll_event()) {
  }
  if (dht_) touch_found(*dht_);
  if (lan_) touch_found(*lan_);
  for (const TrackerId id : tracker_ids_) touch_found(*trackers_.at(id).client);
  while (!unsettled_.empty()) {
    Share* const touched = share(unsettled_.back());
    unsettled_.pop_back();
    if (touched == nullptr) continue;
    touched->unsettled = false;
    touched->swarm->handle_discovery(now);  // it may dial now, and asks for the peers given for it
    set_timer(*touched);
  }
}

void Participant::set_timer(Share& share) {
  Instant due = share.swarm->next_timeout().value_or(kNever);
  if (const std::optional<Instant> given = share.given->next_timeout()) due = earlier(due, *given);
  timers_.move(share.id, share.due, due);
}

std::optional<ShareId> Participant::poll_touched() {
  while (!touched_.empty()) {
    const ShareId id = touched_.front();
    touched_.pop_front();
    Share* const next = share(id);
    if (next == nullptr) continue;
    next->touched = false;
    return id;
  }
  return std::nullopt;
}

void Participant::drained(ShareId id) {
  if (Share* const drained = share(id)) set_timer(*drained);
}

std::optional<Instant> Participant::next_timeout() const {
  Instant next = timers_.next();
  const auto consider = [&next](const std::optional<Instant>& due) {
    if (due) next = earlier(next, *due);
  };
  if (node_) consider(node_->next_timeout());
  if (dht_) consider(dht_->next_timeout());
  if (lan_) consider(lan_->next_timeout());
  for (const auto& [id, tracker] : trackers_) consider(tracker.client->next_timeout());
  if (next == kNever) return std::nullopt;
  return next;
}

// --- looking

bool Participant::may_find_peers(ShareId id) const {
  const Share* const asked = share(id);
  return asked != nullptr && std::ranges::any_of(asked->swarm->keys(),
                                                 [&](const SwarmKey& key) { return asked->discovery->may_find(key); });
}

std::string Participant::discovery_status(ShareId id, Instant now) const {
  const Share* const asked = share(id);
  if (asked == nullptr) return {};
  const std::string line = asked->discovery->status(asked->swarm->keys(), now);
  if (!asked->swarm->trackers_only()) return line;
  if (line.empty()) return "private torrent without a tracker: --tracker URL or --peer HOST:PORT is needed";
  return "private torrent, no DHT and no peer exchange; " + line;
}

std::string Participant::node_status(Instant now) const {
  return dht_ ? dht_->status(SwarmKey{}, now) : std::string();
}

void Participant::check_invariants() const {
  std::size_t keys = 0;
  std::size_t timers = 0;
  std::map<TrackerId, std::size_t> uses;
  for (const auto& [id, share] : shares_) {
    for (const SwarmKey& key : share.swarm->keys()) STP_ASSERT(by_key_.at(key) == id);
    keys += share.swarm->keys().size();
    timers += share.due == kNever ? 0 : 1;
    STP_ASSERT(timers_.agrees(id, share.due));
    for (const TrackerId tracker : share.trackers) ++uses[tracker];
  }
  STP_ASSERT(keys == by_key_.size());
  STP_ASSERT(timers == timers_.size());
  STP_ASSERT(tracker_ids_.size() == trackers_.size());
  for (const auto& [id, tracker] : trackers_) {
    STP_ASSERT(tracker.shares == uses[id]);
  }
}

}  // namespace stp::app
