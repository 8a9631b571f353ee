// The roster's addresses: announcing, searching, and whom to dial when.

#include "transfer/roster.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace stp::transfer {

Roster::Roster(const SwarmConfig& config, discovery::PeerDiscovery& discovery, Outbox& outbox, Host& host, Rng& rng)
    : config_(config),
      policy_(*config.policy),
      discovery_(discovery, config.keys),
      outbox_(outbox),
      host_(host),
      pool_(policy_, rng),
      reachability_(policy_.peers.reached_for),
      seed_dial_pause_(policy_.peers.seed_dial_pause),
      search_pause_(policy_.peers.search_first),
      seats_(policy_.seats),
      member_(config.commons),
      dial_up_to_(config.connections_wanted) {}

void Roster::start(Port port, Port port_v6, Instant now) {
  port_ = port;
  port_v6_ = port_v6;
  started_ = true;
  next_search_ = now + policy_.peers.search_first;
}

void Roster::announce(const discovery::Announcement& self, Instant now) {
  discovery_.start(self, now);
}

void Roster::update_announcement(const discovery::Announcement& self) {
  discovery_.update(self);
}

void Roster::withdraw(const discovery::Announcement& last, Instant now) {
  discovery_.update(last);
  discovery_.stop(now);
}

void Roster::keep_private(Instant now) {
  if (private_) return;
  private_ = true;
  discovery_.keep_private(now);
  // Peers dialled on a stranger's word are disconnected; those that dialled us may stay.
  std::vector<PeerHandle> dialled;
  for (const auto& [handle, peer] : peers_) {
    if (!peer.incoming && !pool_.may_be_dialled_in_private(peer.remote)) dialled.push_back(handle);
  }
  for (const PeerHandle handle : dialled) {
    close(handle, wire::ByeReason::done, "the torrent is private: peers come only from its trackers", {}, now);
  }
  pool_.keep_private();
}

bool Roster::can_dial() const {
  return !stopped_ && started_ && peers_.size() < dial_up_to_ && connecting_ < policy_.peers.connecting_max &&
         member_.may_dial();
}

void Roster::dial(Instant now) {
  while (can_dial() && now >= next_dial_) {
    const std::optional<Endpoint> endpoint = pool_.next_to_dial(now);
    if (!endpoint) return;
    dial(*endpoint, now);
    if (host_.phase() == Phase::complete) next_dial_ = now + seed_dial_pause_;
  }
  // All others may wait for the same full peer, so it is asked again even if there are enough peers.
  if (stopped_ || !started_ || host_.phase() == Phase::complete || now < next_full_dial_) return;
  if (connecting_ >= policy_.peers.connecting_max || peers_.size() >= config_.connections_max || !member_.may_dial())
    return;
  if (const std::optional<Endpoint> endpoint = pool_.next_full_to_dial(now)) {
    next_full_dial_ = now + policy_.seats.full_dial_pause;
    dial(*endpoint, now);
  }
}

void Roster::dial(const Endpoint& endpoint, Instant now) {
  RosterPeer peer;
  peer.remote = endpoint;
  peer.listen = endpoint;
  peer.since = now;
  const PeerHandle handle = join(std::move(peer));
  ++connecting_;
  outbox_.act(Connect{handle, endpoint, pool_.keys_of(endpoint)});
  outbox_.trace_peer(handle, "dial", {}, now);
}

void Roster::hurry(Instant now) {
  pool_.hurry(now);
  dial(now);
}

bool Roster::add_candidate(const discovery::FoundPeer& found, Instant now) {
  if (private_ && !may_serve_private(found.source)) return false;
  const bool is_new = pool_.add(found, now);
  if (is_new && outbox_.tracer().on(trace::Level::debug)) {
    outbox_.tracer().write(trace::Level::debug, now, "candidate", {{"peer", found.endpoint}});
  }
  return is_new;
}

// A leech looks for peers that it needs, a seed for peers that need it and may be unable to connect.
void Roster::search_if_due(Instant now) {
  if (now < next_search_) return;
  const auto ready = std::count_if(peers_.begin(), peers_.end(),
                                   [](const auto& entry) { return entry.second.state == RosterPeer::State::ready; });
  const bool in_doubt = reachability_.in_doubt(now);
  const bool enough = ready >= std::ptrdiff_t{policy_.peers.enough} && !host_.is_stranded();
  if (!enough && (in_doubt || host_.phase() != Phase::complete)) discovery_.search(now);
  const Duration longest = in_doubt ? policy_.peers.search_in_doubt : policy_.peers.search_max;
  search_pause_ = ready > 0 ? longest : std::min<Duration>(search_pause_ * 2, longest);
  const Duration crowded = std::min(discovery_.search_pause(), policy_.peers.search_crowded);
  next_search_ = now + std::max(search_pause_, crowded);
  handle_discovery(now);
}

void Roster::handle_discovery(Instant now) {
  if (stopped_) return;
  bool any = false;
  while (const auto found = discovery_.poll_peer()) any |= add_candidate(*found, now);
  if (any && reachability_.in_doubt(now)) {
    seed_dial_pause_ = policy_.peers.seed_dial_pause;
    next_dial_ = earlier(next_dial_, now + seed_dial_pause_);
  }
  dial(now);
}

void Roster::note_chunks(PeerHandle handle, bool has_all, Instant now) {
  if (peers_.at(handle).incoming) return;
  if (has_all) {
    seed_dial_pause_ = std::min<Duration>(2 * seed_dial_pause_, policy_.peers.seed_dial_pause_max);
  } else {
    seed_dial_pause_ = policy_.peers.seed_dial_pause;
    next_dial_ = earlier(next_dial_, now + seed_dial_pause_);
  }
}

void Roster::gone(const Endpoint& endpoint, Duration redial_after, bool maybe_duplicate, Instant now) {
  pool_.lost(endpoint, redial_after, now);
  if (maybe_duplicate && goes_on(endpoint)) pool_.connected(endpoint);
}

bool Roster::goes_on(const Endpoint& endpoint) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    return entry.second.state == RosterPeer::State::ready && entry.second.listen == endpoint;
  });
}

void Roster::handle_network_change(Instant now) {
  if (stopped_ || !started_) return;
  reachability_.forget();
  pool_.retry_all(now);
  next_dial_ = now;
  seed_dial_pause_ = policy_.peers.seed_dial_pause;
  search_pause_ = policy_.peers.search_first;
  next_search_ = now + policy_.peers.search_first;
  discovery_.renew(now);
  handle_discovery(now);
}

Instant Roster::next_timeout() const {
  Instant next = next_search_;
  if (can_dial()) {
    if (const auto due = pool_.next_due()) next = earlier(next, std::max(*due, next_dial_));
  }
  return next;
}

void Roster::check_invariants() const {
  pool_.check_invariants();
  std::uint32_t dialled = 0;
  PeerHandle last{0};
  for (const auto& [handle, peer] : peers_) {
    STP_ASSERT(last < handle && handle < next_handle_);
    last = handle;
    STP_ASSERT(peer.state != RosterPeer::State::ready ||
               peer.session_tag == load_be<std::uint32_t>(peer.session.bytes.data()));
    if (peer.state != RosterPeer::State::connecting) continue;
    STP_ASSERT(!peer.incoming);
    ++dialled;
  }
  STP_ASSERT(dialled == connecting_);
}

}  // namespace stp::transfer
