// Connections: dialling, accepting, goodbyes and bans.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

Peer* Swarm::Impl::find(PeerHandle handle) {
  return peers.find(handle);
}

void Swarm::Impl::trace_peer(const Peer& peer, std::string_view what, std::string_view why, Instant now) const {
  if (!config.tracer.on(trace::Level::debug)) return;
  if (why.empty()) return config.tracer.write(trace::Level::debug, now, what, {{"peer", peer.remote}});
  config.tracer.write(trace::Level::debug, now, what, {{"peer", peer.remote}, {"why", why}});
}

bool Swarm::Impl::can_dial() const {
  return !stopped && started && peers.size() < dial_up_to && connecting < policy.peers.connecting_max &&
         member.may_dial();
}

void Swarm::Impl::dial(Instant now) {
  while (can_dial() && now >= next_dial) {
    const std::optional<Endpoint> endpoint = pool.next_to_dial(now);
    if (!endpoint) return;
    dial(*endpoint, now);
    if (phase == Phase::complete) next_dial = now + seed_dial_pause;
  }
  // A full one may be the one that all others also wait for: having enough peers is no reason not to ask it again.
  if (stopped || !started || phase == Phase::complete || now < next_full_dial) return;
  if (connecting >= policy.peers.connecting_max || peers.size() >= config.connections_max || !member.may_dial()) return;
  if (const std::optional<Endpoint> endpoint = pool.next_full_to_dial(now)) {
    next_full_dial = now + policy.seats.full_dial_pause;
    dial(*endpoint, now);
  }
}

void Swarm::Impl::dial(const Endpoint& endpoint, Instant now) {
  Peer peer(policy);
  peer.handle = next_handle;
  peer.remote = endpoint;
  peer.listen = endpoint;
  peer.since = now;
  peers.emplace(next_handle, std::move(peer));
  note_held();
  ++connecting;
  actions.push_back(Connect{next_handle, endpoint});
  if (config.tracer.on(trace::Level::debug)) {
    config.tracer.write(trace::Level::debug, now, "dial", {{"peer", endpoint}});
  }
  ++next_handle;
}

bool Swarm::Impl::add_candidate(const discovery::FoundPeer& found, Instant now) {
  if (trackers_only && !may_serve_private(found.source)) return false;
  const bool is_new = pool.add(found, now);
  if (is_new && config.tracer.on(trace::Level::debug)) {
    config.tracer.write(trace::Level::debug, now, "candidate", {{"peer", found.endpoint}});
  }
  return is_new;
}

// A leech looks for peers that it needs, a seed for peers that need it and may be unable to connect.
void Swarm::Impl::search_if_due(Instant now) {
  if (now < next_search) return;
  const auto ready = std::count_if(peers.begin(), peers.end(),
                                   [](const auto& entry) { return entry.second.state == Peer::State::ready; });
  const bool in_doubt = reachability.in_doubt(now);
  const bool enough = ready >= std::ptrdiff_t{policy.peers.enough} && !is_stranded();
  if (!enough && (in_doubt || phase != Phase::complete)) discovery.search(config.key, now);
  const Duration longest = in_doubt ? policy.peers.search_in_doubt : policy.peers.search_max;
  search_pause = ready > 0 ? longest : std::min<Duration>(search_pause * 2, longest);
  const Duration crowded = std::min(discovery.search_pause(config.key), policy.peers.search_crowded);
  next_search = now + std::max(search_pause, crowded);
  handle_discovery(now);
}

bool Swarm::Impl::is_stranded() const {
  if (phase == Phase::metainfo) return !metainfo_fetch.has_source();
  return missing > 0 &&
         std::none_of(peers.begin(), peers.end(), [](const auto& entry) { return entry.second.interesting > 0; });
}

void Swarm::Impl::make_room_if_stranded(Instant now) {
  if (!is_stranded()) {
    stranded_since = kNever;
    dial_up_to = config.connections_wanted;
    return;
  }
  stranded_since = earlier(stranded_since, now);
  if (now < stranded_since + policy.peers.stranded_after) return;
  if (peers.size() < config.connections_wanted || !pool.has_due(now)) return;
  std::vector<const Peer*> useless;
  for (const auto& [handle, peer] : peers) {
    if (peer.state == Peer::State::ready) useless.push_back(&peer);
  }
  // Peers that want nothing from us either go first, then those connected longest.
  std::ranges::stable_sort(useless, {},
                           [](const Peer* peer) { return std::pair(peer->interested_in_us, peer->since); });
  useless.resize(std::min<std::size_t>(useless.size(), policy.peers.replaced_at_once));
  dial_up_to = static_cast<std::uint32_t>(peers.size());
  for (const Peer* peer : useless) {
    close(peer->handle, wire::ByeReason::no_use, "makes room for peers with other chunks", policy.peers.useless_apart,
          now);
  }
}

void Swarm::Impl::handle_discovery(Instant now) {
  if (stopped) return;
  bool any = false;
  while (const auto found = discovery.poll_peer(config.key)) any |= add_candidate(*found, now);
  if (any && reachability.in_doubt(now)) {
    seed_dial_pause = policy.peers.seed_dial_pause;
    next_dial = earlier(next_dial, now + seed_dial_pause);
  }
  dial(now);
}

void Swarm::Impl::handle_connected(PeerHandle handle, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr || peer->state != Peer::State::connecting) return;
  pool.connected(peer->remote);
  if (!peer->incoming) reachability.on_outgoing(peer->remote.address);
  connecting -= !peer->incoming;
  trace_peer(*peer, peer->incoming ? "accepted" : "connected", {}, now);
  peer->state = Peer::State::greeting;
  peer->since = peer->last_received = now;
  send(*peer, hello_for(*peer), now);
}

wire::Hello Swarm::Impl::hello_for(const Peer& peer) const {
  const Port listen_port = peer.remote.address.is_v6() && port_v6 != 0 ? port_v6 : port;
  wire::Hello hello{wire::kProtocolVersion, config.session, listen_port, 0, config.agent};
  if (metainfo) hello.metainfo_bytes = static_cast<std::uint32_t>(metainfo->info_bytes().size());
  return hello;
}

std::optional<PeerHandle> Swarm::Impl::handle_incoming(const Endpoint& from, Instant now) {
  if (stopped || pool.refuses(from.address) || pool.is_banned(from)) return std::nullopt;
  const bool free = peers.size() < config.connections_max && member.may_seat();
  const bool seated = free || make_room(from.address.origin(), now);
  Peer peer(policy);
  peer.handle = next_handle;
  peer.incoming = true;
  peer.remote = from;
  peers.emplace(next_handle, std::move(peer));
  note_held();
  const PeerHandle handle = next_handle;
  ++next_handle;
  handle_connected(handle, now);
  if (!seated) turn_away(handle, now);
  return handle;
}

void Swarm::Impl::handle_disconnected(PeerHandle handle, const std::string& why, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->listen.value_or(peer->remote);
  const bool was_connecting = peer->state != Peer::State::ready;
  trace_peer(*peer, "lost", why, now);
  if (!peer->incoming || !was_connecting) events.push_back(PeerTrouble{endpoint, why});
  forget(handle, now);
  if (was_connecting) {
    pool.failed(endpoint, now);
  } else {
    gone(endpoint, {}, true, now);
    if (phase != Phase::complete) {
      search_pause = policy.peers.search_first;
      next_search = earlier(next_search, now + policy.peers.search_first);
    }
  }
  fill_all(now);
  dial(now);
}

void Swarm::Impl::forget(PeerHandle handle, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  release_outstanding(*peer);
  connecting -= peer->state == Peer::State::connecting;
  std::erase(served, peer);
  if (picker && peer->has.size() > 0) {
    if (peer->counted_as_seed) {
      picker->seed_left();
    } else {
      picker->peer_lost(peer->has);
    }
  }
  metainfo_fetch.remove_peer(handle);
  if (hash_fetch) hash_fetch->remove_peer(handle);
  uploading_bytes -= peer->uploading_bytes;
  give_back_promises(*peer);
  if (peer->recipient) seed_plan->leave(*peer->recipient);
  const bool was_served = !peer->choked_by_us;
  peers.erase(handle);
  note_held();
  if (was_served && !stopped) give_free_slots(now);
}

void Swarm::Impl::send(Peer& peer, wire::Message message, Instant now) {
  peer.last_sent = now;
  actions.push_back(Send{peer.handle, std::move(message)});
}

void Swarm::Impl::close(PeerHandle handle, wire::ByeReason bye, const std::string& why, Duration redial_after,
                        Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->listen.value_or(peer->remote);
  trace_peer(*peer, "close", why, now);
  if (peer->state != Peer::State::connecting) {
    send(*peer, wire::Bye{bye, why.substr(0, wire::kByeTextBytesMax)}, now);
  }
  forget(handle, now);
  actions.push_back(Close{handle, why});
  gone(endpoint, redial_after, bye == wire::ByeReason::duplicate, now);
}

void Swarm::Impl::gone(const Endpoint& endpoint, Duration redial_after, bool maybe_duplicate, Instant now) {
  pool.lost(endpoint, redial_after, now);
  if (maybe_duplicate && goes_on(endpoint)) pool.connected(endpoint);
}

bool Swarm::Impl::goes_on(const Endpoint& endpoint) const {
  return std::any_of(peers.begin(), peers.end(), [&](const auto& entry) {
    return entry.second.state == Peer::State::ready && entry.second.listen == endpoint;
  });
}

void Swarm::Impl::protocol_error(PeerHandle handle, const std::string& why, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  events.push_back(PeerTrouble{peer->listen.value_or(peer->remote), why});
  close(handle, wire::ByeReason::protocol, why, policy.peers.retry_max, now);
  fill_all(now);
}

void Swarm::Impl::ban(const Contributor& liar, const std::string& why, Instant now) {
  // More of its chunks may turn out wrong after the first; that is no news.
  if (pool.ban(liar.endpoint)) {
    events.push_back(PeerBanned{liar.endpoint, why});
    if (config.tracer.on(trace::Level::warn)) {
      config.tracer.write(trace::Level::warn, now, "ban", {{"peer", liar.endpoint}, {"why", why}});
    }
  }
  if (find(liar.peer) == nullptr) return;
  close(liar.peer, wire::ByeReason::banned, why, policy.peers.retry_max, now);
}

void Swarm::Impl::handle_network_change(Instant now) {
  if (stopped || !started) return;
  reachability.forget();
  pool.retry_all(now);
  next_dial = now;
  seed_dial_pause = policy.peers.seed_dial_pause;
  search_pause = policy.peers.search_first;
  next_search = now + policy.peers.search_first;
  discovery.renew(config.key, now);
  handle_discovery(now);
}

void Swarm::Impl::handle_woken(Instant now) {
  for (auto& [handle, peer] : peers) {
    if (peer.state == Peer::State::connecting) continue;
    peer.last_received = peer.last_block = now;
    if (peer.state == Peer::State::greeting) peer.since = now;
    for (Outstanding& out : peer.outstanding) out.asked = now;
    probe(peer, now);
  }
}

void Swarm::Impl::probe(Peer& peer, Instant now) {
  peer.probed_at = now;
  actions.push_back(Probe{peer.handle});
}

void Swarm::Impl::note_dialled(const Peer& peer, Instant now) {
  if (peer.has.all()) {
    seed_dial_pause = std::min<Duration>(2 * seed_dial_pause, policy.peers.seed_dial_pause_max);
  } else {
    seed_dial_pause = policy.peers.seed_dial_pause;
    next_dial = earlier(next_dial, now + seed_dial_pause);
  }
}

bool Swarm::Impl::is_useless_to_seed(const Peer& peer) const {
  return phase == Phase::complete && had.all() && peer.state == Peer::State::ready && peer.said_chunks &&
         peer.has.size() > 0 && peer.has.all() && peer.outstanding.empty();
}

void Swarm::Impl::close_as_seed(PeerHandle handle, Instant now) {
  close(handle, wire::ByeReason::done, "both have everything", policy.peers.seeds_apart, now);
}

void Swarm::Impl::close_seeds(Instant now) {
  std::vector<PeerHandle> seeds;
  for (const auto& [handle, peer] : peers) {
    if (is_useless_to_seed(peer)) seeds.push_back(handle);
  }
  for (const PeerHandle handle : seeds) close_as_seed(handle, now);
}

}  // namespace stp::transfer
