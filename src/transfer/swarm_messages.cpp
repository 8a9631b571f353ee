// Messages from a peer: dispatch to the parts of the swarm; the hello, and peer lists.

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::on_hello(Peer& peer, const wire::Hello& hello, Instant now) {
  const PeerHandle handle = peer.handle;
  if (hello.metainfo_bytes > wire::kMetainfoBytesMax) return protocol_error(handle, "metainfo is too long", now);
  if (peer.state == Peer::State::ready) {
    // A repeated hello only says that its sender now knows the metainfo.
    if (hello.metainfo_bytes > 0) proofs.handle_hello(handle, hello.metainfo_bytes, now);
    return;
  }
  if (hello.version != wire::kProtocolVersion) {
    return protocol_error(handle, "uses version " + std::to_string(hello.version) + " of the protocol, not 1", now);
  }
  if (hello.session == config.session) {
    if (!peer.incoming) pool.mark_self(peer.remote);
    return close(handle, wire::ByeReason::duplicate, "connected to itself", {}, now);
  }
  if (peer.incoming) reachability.on_incoming(peer.remote.address, now);
  peer.session = hello.session;
  peer.session_tag = load_be<std::uint32_t>(hello.session.bytes.data());
  peer.agent = hello.agent;
  if (peer.incoming && hello.listen_port != 0) peer.listen = Endpoint{peer.remote.address, hello.listen_port};
  if (peer.listen && pool.is_banned(*peer.listen)) return close(handle, wire::ByeReason::banned, "banned", {}, now);

  // Two connections to one peer: both sides keep the one opened by the smaller session id. Only between equal
  // addresses, so nobody can push another peer out by claiming its session id.
  for (auto& [other_handle, other] : peers) {
    if (other.session_tag != peer.session_tag) continue;
    if (other_handle == handle || other.state != Peer::State::ready || other.session != hello.session ||
        other.remote.address != peer.remote.address) {
      continue;
    }
    const bool ours_wins = config.session < hello.session;
    const bool new_wins = peer.incoming != other.incoming && peer.incoming != ours_wins;
    const PeerHandle loser = new_wins ? other_handle : handle;
    close(loser, wire::ByeReason::duplicate, "connected twice", policy.peers.retry_max, now);
    if (loser == handle) return;
    break;
  }

  peer.state = Peer::State::ready;
  outbox.trace_peer(peer.handle, "hello", peer.agent, now);
  peer.since = peer.last_use = now;
  peer.next_exchange = now;
  if (peer.listen) {
    add_candidate({*peer.listen, discovery::Source::met}, now);
    pool.connected(*peer.listen);
  }
  proofs.handle_hello(handle, hello.metainfo_bytes, now);
  if (picker) send_bitfield(peer, now);
  exchange_peers(peer, now);
}

void Swarm::Impl::exchange_peers(Peer& peer, Instant now) {
  // Only peers that came since the last time (as in BEP 11); the first list has everybody.
  const bool first = peer.since == now;
  const Instant told = first ? Instant{} : peer.next_exchange - policy.peers.exchange_interval;
  peer.next_exchange = now + policy.peers.exchange_interval;
  wire::Peers message = others_for(peer, told);
  if (!message.endpoints.empty()) outbox.send(peer.handle, std::move(message), now);
}

wire::Peers Swarm::Impl::others_for(const Peer& peer, Instant after) const {
  wire::Peers message;
  if (trackers_only) return message;
  const bool nearby = peer.remote.address.is_local();
  for (const auto& [handle, other] : peers) {
    if (handle == peer.handle || other.state != Peer::State::ready || !other.listen || other.since < after) continue;
    // A loopback or private address means nothing to a peer elsewhere.
    if (!nearby && other.listen->address.is_local()) continue;
    message.endpoints.push_back(*other.listen);
    if (message.endpoints.size() == wire::kPeersMax) break;
  }
  return message;
}

void Swarm::Impl::on_peers(Peer& peer, const wire::Peers& found, Instant now) {
  // An honest peer sends only one list per interval (plus the one at the beginning).
  if (peer.last_exchange_received != Instant{} &&
      now < peer.last_exchange_received + policy.peers.exchange_interval / 2)
    return;
  peer.last_exchange_received = now;
  for (const Endpoint& endpoint : found.endpoints) add_candidate({endpoint, discovery::Source::exchange}, now);
  dial(now);
}

void Swarm::Impl::handle_progress(PeerHandle handle, Instant now) {
  Peer* const peer = find(handle);
  if (peer == nullptr || peer->state == Peer::State::connecting) return;
  peer->last_received = peer->last_progress = now;
  proofs.handle_progress(handle, now);
}

void Swarm::Impl::handle_message(PeerHandle handle, wire::Message message, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr || peer->state == Peer::State::connecting) return;
  peer->last_received = now;
  if (peer->state == Peer::State::greeting && !std::holds_alternative<wire::Hello>(message) &&
      !std::holds_alternative<wire::Bye>(message)) {
    return protocol_error(handle, "did not begin with hello", now);
  }

  struct Dispatch {
    Impl& swarm;
    Peer& peer;
    Instant now;

    void operator()(const wire::Hello& m) { swarm.on_hello(peer, m, now); }
    void operator()(wire::BitfieldMessage& m) {
      swarm.note_chunks_said(peer);
      peer.has_all = false;
      peer.raw_bits = std::move(m.bits);
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::HaveAll&) {
      if (peer.has.size() > 0) return swarm.on_has_rest(peer, now);
      swarm.note_chunks_said(peer);
      peer.has_all = true;
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::HaveNone&) {
      swarm.note_chunks_said(peer);
      peer.has_all = false;
      peer.raw_bits.clear();
      swarm.learn_chunks(peer, now);
    }
    void operator()(const wire::Have& m) { swarm.on_have(peer, m, now); }
    void operator()(const wire::Interested& m) { swarm.on_interested(peer, m.interested, now); }
    void operator()(const wire::Choke&) {
      peer.choking_us = true;
      swarm.outbox.trace_peer(peer.handle, "choked", {}, now);
      // What is on its way still arrives, and the rest is rejected, even requests that the peer has not received yet.
      // So until then nobody else is asked for it: the peer may unchoke us again before our last request reaches it.
      for (Outstanding& out : peer.outstanding) out.cancelled = earlier(out.cancelled, now);
    }
    void operator()(const wire::Unchoke&) {
      peer.choking_us = false;
      swarm.outbox.trace_peer(peer.handle, "unchoked", {}, now);
      swarm.fill(peer, now);
    }
    void operator()(const wire::Request& m) { swarm.on_request(peer, m.run, now); }
    void operator()(const wire::Cancel& m) { swarm.on_cancel(peer, m.run, now); }
    void operator()(const wire::Reject& m) { swarm.on_reject(peer, m, now); }
    void operator()(const wire::HashRequest& m) { swarm.proofs.handle_hash_request(peer.handle, m, now); }
    void operator()(const wire::Hashes& m) { swarm.proofs.handle_hashes(peer.handle, m, now); }
    void operator()(const wire::HashReject& m) { swarm.proofs.handle_hash_reject(peer.handle, m.request, now); }
    void operator()(const wire::MetainfoRequest& m) { swarm.proofs.handle_metainfo_request(peer.handle, m, now); }
    void operator()(const wire::MetainfoPart& m) { swarm.proofs.handle_metainfo_part(peer.handle, m, now); }
    void operator()(const wire::MetainfoReject&) { swarm.proofs.handle_metainfo_reject(peer.handle, now); }
    void operator()(const wire::Peers& m) { swarm.on_peers(peer, m, now); }
    void operator()(wire::Suggest& m) {
      if (!swarm.picker || peer.has.size() == 0) return;
      peer.spreads = true;
      std::erase_if(m.chunks, [&](ChunkIndex chunk) { return chunk.value >= peer.has.size(); });
      peer.suggested.insert(peer.suggested.end(), m.chunks.begin(), m.chunks.end());
      // Suggestions beyond one message's worth are ignored.
      if (peer.suggested.size() > wire::kSuggestionsMax) peer.suggested.resize(wire::kSuggestionsMax);
      swarm.fill(peer, now);
    }
    void operator()(const wire::KeepAlive&) {}
    void operator()(const wire::Bye& m) {
      const PeerHandle leaving = peer.handle;
      swarm.outbox.trace_peer(peer.handle, "bye", m.text, now);
      const Endpoint endpoint = peer.listen.value_or(peer.remote);
      const bool had_seat = peer.said_chunks;  // a peer that turns a newcomer away does not say what it has
      const bool harmless = m.reason == wire::ByeReason::done || m.reason == wire::ByeReason::duplicate ||
                            m.reason == wire::ByeReason::no_use;
      if (!harmless) swarm.outbox.report(PeerTrouble{endpoint, "said goodbye: " + m.text});
      swarm.forget(leaving, now);
      swarm.outbox.act(Close{leaving, "said goodbye"});
      // A seed that restarts is back within seconds; one that has no use for us is left alone for a long time. A peer
      // that thinks we have everything knows of chunks that we have since lost, and `have` can't be revoked: a new
      // connection says what we have.
      const Duration apart =
          swarm.phase == Phase::complete ? swarm.policy.peers.seeds_apart : swarm.policy.peers.retry_first;
      const Duration pause = m.reason == wire::ByeReason::shutting_down ? std::chrono::seconds(2)
                             : m.reason == wire::ByeReason::duplicate   ? swarm.policy.peers.retry_max
                             : m.reason == wire::ByeReason::done        ? apart
                             : m.reason == wire::ByeReason::no_use      ? swarm.policy.peers.useless_apart
                                                                        : swarm.policy.peers.retry_max;
      const bool full = m.reason == wire::ByeReason::full;
      if (full) {
        if (!swarm.goes_on(endpoint)) swarm.pool.refused(endpoint, had_seat, now);
      } else {
        swarm.gone(endpoint, pause, m.reason == wire::ByeReason::duplicate, now);
      }
      swarm.fill_all(now);
      swarm.dial(now);
    }
  };
  std::visit(Dispatch{*this, *peer, now}, message);
}

}  // namespace stp::transfer
