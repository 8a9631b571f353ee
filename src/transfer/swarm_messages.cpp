// Messages from a peer: to the owner whose matter they are.

#include <utility>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::protocol_error(PeerHandle handle, const std::string& why, Instant now) {
  if (web_seeds.contains(handle)) return handle_web_seed_failed(handle, {why}, now);
  if (!roster.contains(handle)) return;
  roster.protocol_error(handle, why, now);
  download.fill_all(now);
}

void Swarm::Impl::handle_web_seed_failed(PeerHandle handle, const WebSeedFailure& failure, Instant now) {
  if (!web_seeds.contains(handle)) return;
  web_seeds.fail(handle, failure, now);
  download.fill_all(now);
}

void Swarm::Impl::handle_progress(PeerHandle handle, Instant now) {
  if (web_seeds.contains(handle)) return download.handle_progress(handle, now);
  const RosterPeer* const peer = roster.peers().find(handle);
  if (peer == nullptr || peer->state == RosterPeer::State::connecting) return;
  roster.note_received(handle, now);
  download.handle_progress(handle, now);
  proofs.handle_progress(handle, now);
}

void Swarm::Impl::note_chunks(PeerHandle handle, bool has_all, Bytes bits, Instant now) {
  download.note_chunks(handle, has_all, std::move(bits));
  proofs.note_chunks_said(handle);
  learn_chunks(handle, now);
}

void Swarm::Impl::learn_chunks(PeerHandle handle, Instant now) {
  const Result<bool> freed = download.learn_chunks(handle, now);
  if (!freed) return protocol_error(handle, freed.error().message, now);
  proofs.ask_for_hashes(now);
  if (download.is_useless(handle)) return close_as_seed(handle, now);
  download.request_more(handle, *freed, now);
}

void Swarm::Impl::after_have(PeerHandle handle, const Status& status, Instant now) {
  if (!status) return protocol_error(handle, status.error().message, now);
  if (download.is_useless(handle)) close_as_seed(handle, now);
}

void Swarm::Impl::handle_message(PeerHandle handle, wire::Message message, Instant now) {
  if (web_seeds.contains(handle)) {
    if (const auto* const reject = std::get_if<wire::Reject>(&message)) download.handle_reject(handle, *reject, now);
    return;
  }
  const RosterPeer* const sender = roster.peers().find(handle);
  if (sender == nullptr || sender->state == RosterPeer::State::connecting) return;
  roster.note_received(handle, now);
  if (sender->state == RosterPeer::State::greeting && !std::holds_alternative<wire::Hello>(message) &&
      !std::holds_alternative<wire::Bye>(message)) {
    return protocol_error(handle, "did not begin with hello", now);
  }

  struct Dispatch {
    Impl& swarm;
    PeerHandle peer;
    Instant now;

    void operator()(const wire::Hello& m) {
      const Status status = swarm.roster.handle_hello(peer, m, now);
      if (!status) return swarm.protocol_error(peer, status.error().message, now);
      if (swarm.roster.contains(peer)) swarm.download.note_upload_only(peer, m.upload_only, now);
    }
    void operator()(const wire::Peers& m) { swarm.roster.handle_peers(peer, m, now); }
    void operator()(const wire::KeepAlive&) {}
    void operator()(const wire::Bye& m) {
      // A peer that turns a newcomer away does not say what it has.
      swarm.roster.handle_bye(peer, m, swarm.download.peer(peer).said_chunks, now);
      swarm.download.fill_all(now);
      swarm.roster.dial(now);
    }

    void operator()(const wire::MetainfoRequest& m) { swarm.proofs.handle_metainfo_request(peer, m, now); }
    void operator()(const wire::MetainfoPart& m) { swarm.proofs.handle_metainfo_part(peer, m, now); }
    void operator()(const wire::MetainfoReject&) { swarm.proofs.handle_metainfo_reject(peer, now); }
    void operator()(const wire::HashRequest& m) { swarm.proofs.handle_hash_request(peer, m, now); }
    void operator()(const wire::Hashes& m) { swarm.proofs.handle_hashes(peer, m, now); }
    void operator()(const wire::HashReject& m) { swarm.proofs.handle_hash_reject(peer, m.request, now); }

    void operator()(wire::BitfieldMessage& m) { swarm.note_chunks(peer, false, std::move(m.bits), now); }
    void operator()(const wire::HaveNone&) { swarm.note_chunks(peer, false, {}, now); }
    void operator()(const wire::HaveAll&) {
      if (swarm.download.peer(peer).has.size() == 0) return swarm.note_chunks(peer, true, {}, now);
      swarm.after_have(peer, swarm.download.handle_has_rest(peer, now), now);
    }
    void operator()(const wire::Have& m) { swarm.after_have(peer, swarm.download.handle_have(peer, m, now), now); }
    void operator()(const wire::DontHave& m) {
      const Status status = swarm.download.handle_dont_have(peer, m, now);
      if (!status) swarm.protocol_error(peer, status.error().message, now);
    }
    void operator()(wire::Suggest& m) { swarm.download.handle_suggest(peer, std::move(m.chunks), now); }
    void operator()(const wire::Choke&) { swarm.download.handle_choke(peer, now); }
    void operator()(const wire::Unchoke&) { swarm.download.handle_unchoke(peer, now); }
    void operator()(const wire::Reject& m) { swarm.download.handle_reject(peer, m, now); }

    void operator()(const wire::Interested& m) { swarm.upload.handle_interested(peer, m.interested, now); }
    void operator()(const wire::Request& m) {
      const Status status = swarm.upload.handle_request(peer, m.run, now);
      if (!status) swarm.protocol_error(peer, status.error().message, now);
    }
    void operator()(const wire::Cancel& m) { swarm.upload.handle_cancel(peer, m.run, now); }
  };
  std::visit(Dispatch{*this, handle, now}, message);
}

}  // namespace stp::transfer
