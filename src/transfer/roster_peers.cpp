// The roster's connections: how they come, what is said at their beginning and end, and what keeps them alive.

#include <algorithm>
#include <utility>
#include <vector>

#include "transfer/roster.h"

namespace stp::transfer {

PeerHandle Roster::join(RosterPeer peer) {
  const PeerHandle handle = take_handle();
  outbox_.open(handle, peer.remote);
  peers_.emplace(handle, std::move(peer));
  note_held();
  host_.peer_joined(handle);
  return handle;
}

void Roster::forget(PeerHandle handle, Instant now) {
  connecting_ -= peers_.at(handle).state == RosterPeer::State::connecting;
  peers_.erase(handle);
  note_held();
  host_.peer_left(handle, now);
  outbox_.forget(handle);
}

void Roster::say_hello(PeerHandle handle, Instant now) {
  const bool over_v6 = peers_.find(handle)->remote.address.is_v6();
  const Port port = over_v6 && port_v6_ != 0 ? port_v6_ : port_;
  outbox_.send(handle,
               wire::Hello{wire::kProtocolVersion, config_.session, port, host_.metainfo_bytes(), config_.agent,
                           host_.phase() == Phase::complete},
               now);
}

void Roster::repeat_hello(Instant now) {
  for (const auto& [handle, peer] : peers_) {
    if (peer.state == RosterPeer::State::ready) say_hello(handle, now);
  }
}

void Roster::handle_connected(PeerHandle handle, Instant now, KeySet keys, PeerWire wire) {
  RosterPeer* const peer = peers_.find(handle);
  if (peer == nullptr || peer->state != RosterPeer::State::connecting) return;
  pool_.connected(peer->remote);
  if (!peer->incoming) reachability_.on_outgoing(peer->remote.address);
  connecting_ -= !peer->incoming;
  peer->keys = keys;
  peer->wire = wire;
  outbox_.trace_peer(handle, peer->incoming ? "accepted" : "connected", {}, now);
  peer->state = RosterPeer::State::greeting;
  peer->since = peer->last_received = now;
  say_hello(handle, now);
}

std::optional<PeerHandle> Roster::handle_incoming(const Endpoint& from, Instant now, KeySet keys, PeerWire wire) {
  if (stopped_ || pool_.refuses(from.address) || pool_.is_banned(from)) return std::nullopt;
  const bool free = peers_.size() < config_.connections_max && member_.may_seat();
  const bool seated = free || make_room(from.address.origin(), now);
  RosterPeer peer;
  peer.incoming = true;
  peer.remote = from;
  const PeerHandle handle = join(std::move(peer));
  handle_connected(handle, now, keys, wire);
  if (!seated) turn_away(handle, now);
  return handle;
}

void Roster::handle_disconnected(PeerHandle handle, const std::string& why, Instant now) {
  const RosterPeer* const peer = peers_.find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->endpoint();
  const bool was_ready = peer->state == RosterPeer::State::ready;
  outbox_.trace_peer(handle, "lost", why, now);
  if (!peer->incoming || was_ready) outbox_.report(PeerTrouble{endpoint, why});
  forget(handle, now);
  if (!was_ready) return pool_.failed(endpoint, now);
  gone(endpoint, {}, true, now);
  if (host_.phase() == Phase::complete) return;
  search_pause_ = policy_.peers.search_first;
  next_search_ = earlier(next_search_, now + policy_.peers.search_first);
}

void Roster::close(PeerHandle handle, wire::ByeReason bye, const std::string& why, Duration redial_after, Instant now) {
  const RosterPeer* const peer = peers_.find(handle);
  if (peer == nullptr) return;
  const Endpoint endpoint = peer->endpoint();
  outbox_.trace_peer(handle, "close", why, now);
  if (peer->state != RosterPeer::State::connecting) {
    outbox_.send(handle, wire::Bye{bye, why.substr(0, wire::kByeTextBytesMax)}, now);
  }
  forget(handle, now);
  outbox_.act(Close{handle, why});
  gone(endpoint, redial_after, bye == wire::ByeReason::duplicate, now);
}

void Roster::protocol_error(PeerHandle handle, const std::string& why, Instant now) {
  const RosterPeer* const peer = peers_.find(handle);
  if (peer == nullptr) return;
  outbox_.report(PeerTrouble{peer->endpoint(), why});
  close(handle, wire::ByeReason::protocol, why, policy_.peers.retry_max, now);
}

void Roster::ban(PeerHandle liar, const Endpoint& at, const std::string& why, Instant now) {
  // More of its chunks may turn out wrong after the first; that is no news.
  if (pool_.ban(at)) {
    outbox_.report(PeerBanned{at, why});
    if (outbox_.tracer().on(trace::Level::warn)) {
      outbox_.tracer().write(trace::Level::warn, now, "ban", {{"peer", at}, {"why", why}});
    }
  }
  close(liar, wire::ByeReason::banned, why, policy_.peers.retry_max, now);
}

void Roster::stop(Instant now) {
  stopped_ = true;
  std::vector<PeerHandle> all;
  for (const auto& [handle, peer] : peers_) all.push_back(handle);
  for (const PeerHandle handle : all) close(handle, wire::ByeReason::shutting_down, "shutting down", {}, now);
}

void Roster::note_received(PeerHandle handle, Instant now) {
  if (RosterPeer* const peer = peers_.find(handle)) peer->last_received = now;
}

Status Roster::handle_hello(PeerHandle handle, const wire::Hello& hello, Instant now) {
  RosterPeer& peer = peers_.at(handle);
  if (hello.metainfo_bytes > wire::kMetainfoBytesMax) return Error{ErrorKind::limit, "metainfo is too long"};
  if (peer.state == RosterPeer::State::ready) {
    host_.peer_greeted(handle, hello.metainfo_bytes, false, now);
    return Done{};
  }
  if (hello.version != wire::kProtocolVersion) {
    return Error{ErrorKind::unsupported, "uses version " + std::to_string(hello.version) + " of the protocol, not 1"};
  }
  if (hello.session == config_.session) {
    if (!peer.incoming) pool_.mark_self(peer.remote);
    close(handle, wire::ByeReason::duplicate, "connected to itself", {}, now);
    return Done{};
  }
  if (peer.incoming) reachability_.on_incoming(peer.remote.address, now);
  peer.session = hello.session;
  peer.session_tag = load_be<std::uint32_t>(hello.session.bytes.data());
  peer.agent = hello.agent;
  if (peer.incoming && hello.listen_port != 0) peer.listen = Endpoint{peer.remote.address, hello.listen_port};
  if (peer.listen && pool_.is_banned(*peer.listen)) {
    close(handle, wire::ByeReason::banned, "banned", {}, now);
    return Done{};
  }

  // Two connections to one peer: both sides keep the one opened by the smaller session id. Only between equal
  // addresses, so nobody can push another peer out by claiming its session id.
  for (const auto& [other_handle, other] : peers_) {
    if (other.session_tag != peer.session_tag) continue;
    if (other_handle == handle || other.state != RosterPeer::State::ready || other.session != hello.session ||
        other.remote.address != peer.remote.address) {
      continue;
    }
    const bool ours_wins = config_.session < hello.session;
    const bool new_wins = peer.incoming != other.incoming && peer.incoming != ours_wins;
    const PeerHandle loser = new_wins ? other_handle : handle;
    close(loser, wire::ByeReason::duplicate, "connected twice", policy_.peers.retry_max, now);
    if (loser == handle) return Done{};
    break;
  }

  peer.state = RosterPeer::State::ready;
  outbox_.trace_peer(handle, "hello", peer.agent, now);
  peer.since = peer.next_exchange = now;
  if (peer.listen) {
    add_candidate({*peer.listen, discovery::Source::met, peer.keys}, now);
    pool_.connected(*peer.listen);
  }
  host_.peer_greeted(handle, hello.metainfo_bytes, true, now);
  exchange_peers(handle, peer, now);
  return Done{};
}

void Roster::handle_bye(PeerHandle handle, const wire::Bye& bye, bool had_seat, Instant now) {
  outbox_.trace_peer(handle, "bye", bye.text, now);
  const Endpoint endpoint = endpoint_of(handle);
  const bool harmless = bye.reason == wire::ByeReason::done || bye.reason == wire::ByeReason::duplicate ||
                        bye.reason == wire::ByeReason::no_use;
  if (!harmless) outbox_.report(PeerTrouble{endpoint, "said goodbye: " + bye.text});
  forget(handle, now);
  outbox_.act(Close{handle, "said goodbye"});
  if (bye.reason == wire::ByeReason::full) {
    if (!goes_on(endpoint)) pool_.refused(endpoint, had_seat, now);
    return;
  }
  // A seed that restarts is back within seconds; one that has no use for us is left alone for a long time. A peer that
  // thinks we have everything knows of chunks that we have since lost, and `have` can't be revoked: a new connection
  // says what we have.
  const Duration apart = host_.phase() == Phase::complete ? policy_.peers.seeds_apart : policy_.peers.retry_first;
  const Duration pause = bye.reason == wire::ByeReason::shutting_down ? std::chrono::seconds(2)
                         : bye.reason == wire::ByeReason::duplicate   ? policy_.peers.retry_max
                         : bye.reason == wire::ByeReason::done        ? apart
                         : bye.reason == wire::ByeReason::no_use      ? policy_.peers.useless_apart
                                                                      : policy_.peers.retry_max;
  gone(endpoint, pause, bye.reason == wire::ByeReason::duplicate, now);
}

void Roster::exchange_peers(PeerHandle handle, RosterPeer& peer, Instant now) {
  // Only peers that came since the last time (as in BEP 11); the first list has everybody.
  const bool first = peer.since == now;
  const Instant told = first ? Instant{} : peer.next_exchange - policy_.peers.exchange_interval;
  peer.next_exchange = now + policy_.peers.exchange_interval;
  wire::Peers message = others_for(handle, told);
  if (!message.endpoints.empty()) outbox_.send(handle, std::move(message), now);
}

wire::Peers Roster::others_for(PeerHandle handle, Instant after) const {
  wire::Peers message;
  if (private_) return message;
  const bool nearby = outbox_.remote_of(handle).address.is_local();
  for (const auto& [other_handle, other] : peers_) {
    if (other_handle == handle || other.state != RosterPeer::State::ready || !other.listen || other.since < after)
      continue;
    // A loopback or private address means nothing to a peer elsewhere.
    if (!nearby && other.listen->address.is_local()) continue;
    message.endpoints.push_back(*other.listen);
    message.hints.push_back({host_.is_seed(other_handle), !other.incoming});
    if (message.endpoints.size() == wire::kPeersMax) break;
  }
  return message;
}

void Roster::handle_peers(PeerHandle handle, const wire::Peers& found, Instant now) {
  RosterPeer& peer = peers_.at(handle);
  // An honest peer sends only one list per interval (plus the one at the beginning).
  if (peer.last_exchange_received != Instant{} &&
      now < peer.last_exchange_received + policy_.peers.exchange_interval / 2)
    return;
  peer.last_exchange_received = now;
  const bool complete = host_.phase() == Phase::complete;
  for (std::size_t i = 0; i < found.endpoints.size(); ++i) {
    if (complete && !found.hints.empty() && found.hints[i].seed) continue;  // neither would want anything
    add_candidate({found.endpoints[i], discovery::Source::exchange}, now);
  }
  dial(now);
}

void Roster::handle_woken(Instant now) {
  for (auto& [handle, peer] : peers_) {
    if (peer.state == RosterPeer::State::connecting) continue;
    peer.last_received = now;
    if (peer.state == RosterPeer::State::greeting) peer.since = now;
    probe(handle, peer, now);
  }
}

void Roster::probe(PeerHandle handle, RosterPeer& peer, Instant now) {
  peer.probed_at = now;
  outbox_.act(Probe{handle});
}

void Roster::keep_up(Instant now) {
  std::vector<std::pair<PeerHandle, const char*>> dead;
  for (auto& [handle, peer] : peers_) {
    if (peer.state == RosterPeer::State::greeting && now >= peer.since + policy_.peers.hello_timeout) {
      dead.emplace_back(handle, "sent no hello");
    } else if (peer.state != RosterPeer::State::connecting && now >= peer.last_received + policy_.peers.silent_after) {
      dead.emplace_back(handle, "fell silent");
    } else if (peer.state == RosterPeer::State::ready) {
      if (now >= outbox_.last_sent(handle) + policy_.peers.keep_alive_after)
        outbox_.send(handle, wire::KeepAlive{}, now);
      if (now >= peer.next_exchange) exchange_peers(handle, peer, now);
      host_.retry(handle, now);
      const bool silent = now >= std::max(peer.last_received, host_.last_use(handle)) + policy_.peers.probe_after;
      if (silent && now >= peer.probed_at + policy_.peers.probe_again && host_.is_awaited(handle))
        probe(handle, peer, now);
      // Otherwise a few peers that ask and don't read would keep everybody else from being served.
      if (host_.is_clogged(handle, now)) dead.emplace_back(handle, "reads nothing of what it asked for");
    }
  }
  for (const auto& [handle, why] : dead) close(handle, wire::ByeReason::protocol, why, policy_.peers.retry_max, now);
}

}  // namespace stp::transfer
