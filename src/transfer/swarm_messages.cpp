// Messages from a peer: to the owner whose matter they are.

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::handle_progress(PeerHandle handle, Instant now) {
  const RosterPeer* const member = roster.peers().find(handle);
  if (member == nullptr || member->state == RosterPeer::State::connecting) return;
  roster.note_received(handle, now);
  find(handle)->last_progress = now;
  proofs.handle_progress(handle, now);
}

void Swarm::Impl::handle_message(PeerHandle handle, wire::Message message, Instant now) {
  const RosterPeer* const member = roster.peers().find(handle);
  if (member == nullptr || member->state == RosterPeer::State::connecting) return;
  roster.note_received(handle, now);
  if (member->state == RosterPeer::State::greeting && !std::holds_alternative<wire::Hello>(message) &&
      !std::holds_alternative<wire::Bye>(message)) {
    return protocol_error(handle, "did not begin with hello", now);
  }
  Peer* const peer = find(handle);

  struct Dispatch {
    Impl& swarm;
    Peer& peer;
    Instant now;

    void operator()(const wire::Hello& m) {
      const PeerHandle handle = peer.handle;
      const Status fine = swarm.roster.handle_hello(handle, m, now);
      if (!fine) swarm.protocol_error(handle, fine.error().message, now);
    }
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
    void operator()(const wire::Interested& m) { swarm.upload.handle_interested(peer.handle, m.interested, now); }
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
    void operator()(const wire::Request& m) {
      const PeerHandle handle = peer.handle;
      const Status fine = swarm.upload.handle_request(handle, m.run, now);
      if (!fine) swarm.protocol_error(handle, fine.error().message, now);
    }
    void operator()(const wire::Cancel& m) { swarm.upload.handle_cancel(peer.handle, m.run, now); }
    void operator()(const wire::Reject& m) { swarm.on_reject(peer, m, now); }
    void operator()(const wire::HashRequest& m) { swarm.proofs.handle_hash_request(peer.handle, m, now); }
    void operator()(const wire::Hashes& m) { swarm.proofs.handle_hashes(peer.handle, m, now); }
    void operator()(const wire::HashReject& m) { swarm.proofs.handle_hash_reject(peer.handle, m.request, now); }
    void operator()(const wire::MetainfoRequest& m) { swarm.proofs.handle_metainfo_request(peer.handle, m, now); }
    void operator()(const wire::MetainfoPart& m) { swarm.proofs.handle_metainfo_part(peer.handle, m, now); }
    void operator()(const wire::MetainfoReject&) { swarm.proofs.handle_metainfo_reject(peer.handle, now); }
    void operator()(const wire::Peers& m) { swarm.roster.handle_peers(peer.handle, m, now); }
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
      // A peer that turns a newcomer away does not say what it has.
      swarm.roster.handle_bye(peer.handle, m, peer.said_chunks, now);
      swarm.fill_all(now);
      swarm.dial(now);
    }
  };
  std::visit(Dispatch{*this, *peer, now}, message);
}

}  // namespace stp::transfer
