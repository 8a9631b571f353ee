#include "app/session.h"

#include <algorithm>
#include <utility>

namespace stp::app {

Session::Session(SessionConfig config, Rng& rng, Instant now) : given_(std::move(config.peers)) {
  std::vector<discovery::PeerDiscovery*> parts;
  if (config.node) {
    config.node->tracer = {config.trace, trace::Module::dht};
    node_ = std::make_unique<dht::Node>(*config.node, rng, now);
    dht_ = std::make_unique<dht::DhtDiscovery>(*node_, rng);
    parts.push_back(dht_.get());
  }
  if (config.lan) {
    const trace::Tracer tracer{config.trace, trace::Module::net};
    lan_ = std::make_unique<lan::LanDiscovery>(*config.lan, tracer, rng);
    parts.push_back(lan_.get());
  }
  for (tracker::ClientConfig& tracker : config.trackers) {
    tracker.tracer = {config.trace, trace::Module::tracker};
    trackers_.push_back(std::make_unique<tracker::Client>(std::move(tracker), rng));
    parts.push_back(trackers_.back().get());
  }
  parts.push_back(&given_);
  discovery_ = std::make_unique<discovery::CompositeDiscovery>(std::move(parts));
  if (config.swarm) config.swarm->tracer = {config.trace, trace::Module::transfer};
  if (config.swarm) swarm_ = std::make_unique<transfer::Swarm>(std::move(*config.swarm), *discovery_, rng, now);
}

void Session::start(Port port, Instant now) {
  if (swarm_) swarm_->start(port, now);
  settle(now);
}

void Session::stop(Instant now) {
  if (swarm_) swarm_->stop(now);
  settle(now);
}

bool Session::stopped() const {
  return !discovery_->withdrawing();
}

void Session::handle_datagram(const Endpoint& from, ByteSpan datagram, Instant now) {
  if (node_) node_->handle_datagram(from, datagram, now);
}

void Session::handle_timeout(Instant now) {
  if (node_) node_->handle_timeout(now);
  discovery_->handle_timeout(now);
  if (swarm_) swarm_->handle_timeout(now);
  settle(now);
}

void Session::handle_network_change(Instant now) {
  if (node_) node_->handle_network_change(now);
  if (swarm_) swarm_->handle_network_change(now);
  settle(now);
}

void Session::handle_woken(Instant now) {
  if (swarm_) swarm_->handle_woken(now);
  handle_network_change(now);
}

void Session::settle(Instant now) {
  // The node's events are not needed, as its status has everything; the queue must not grow.
  while (node_ && node_->poll_event()) {
  }
  if (swarm_) swarm_->handle_discovery(now);
}

std::optional<Instant> Session::next_timeout() const {
  std::optional<Instant> next = discovery_->next_timeout();
  const auto consider = [&next](const std::optional<Instant>& due) {
    if (due) next = next ? earlier(*next, *due) : *due;
  };
  if (node_) consider(node_->next_timeout());
  if (swarm_) consider(swarm_->next_timeout());
  return next;
}

bool Session::may_find_peers() const {
  if (!swarm_) return false;
  const SwarmKey key = swarm_->key();
  return (dht_ && dht_->may_find(key)) ||
         std::any_of(trackers_.begin(), trackers_.end(), [&](const auto& tracker) { return tracker->may_find(key); });
}

std::string Session::discovery_status(Instant now) const {
  if (swarm_) {
    const std::string line = discovery_->status(swarm_->key(), now);
    if (!swarm_->trackers_only()) return line;
    if (line.empty()) return "private torrent without a tracker: --tracker URL or --peer HOST:PORT is needed";
    return "private torrent, no DHT and no peer exchange; " + line;
  }
  return dht_ ? dht_->status(SwarmKey{}, now) : std::string();
}

}  // namespace stp::app
