// What a swarm's owners ask and hear of each other.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

const Endpoint& Swarm::Impl::endpoint_of(PeerHandle peer) const {
  static const Endpoint kNone;  // a web seed is found by its handle
  return web_seeds.contains(peer) ? kNone : roster.endpoint_of(peer);
}

void Swarm::Impl::close(PeerHandle peer, const std::string& why, Duration redial_after, Instant now) {
  if (web_seeds.contains(peer)) return web_seeds.fail(peer, {why}, now);
  roster.close(peer, wire::ByeReason::protocol, why, redial_after, now);
}

std::uint32_t Swarm::Impl::metainfo_bytes() const {
  return proofs.metainfo() ? static_cast<std::uint32_t>(proofs.metainfo()->info_bytes().size()) : 0;
}

void Swarm::Impl::peer_joined(PeerHandle peer) {
  proofs.add_peer(peer);
  download.add_peer(peer);
  upload.add_peer(peer);
}

void Swarm::Impl::peer_greeted(PeerHandle peer, std::uint32_t metainfo_bytes, bool first, Instant now) {
  if (first) upload.note_hello(peer, now);
  if (first || metainfo_bytes > 0) proofs.handle_hello(peer, metainfo_bytes, now);
  if (first) download.send_bitfield(peer, now);
}

void Swarm::Impl::peer_left(PeerHandle peer, Instant now) {
  download.remove_peer(peer);
  proofs.remove_peer(peer);
  upload.remove_peer(peer, now);  // last: it hands the slot on to another
}

bool Swarm::Impl::is_stranded() const {
  if (phase_ == Phase::metainfo) return !proofs.has_metainfo_source();
  return download.holdings().missing() > 0 && !download.has_source();
}

Standing Swarm::Impl::standing_of(PeerHandle peer, Instant since, Instant now) const {
  const DownloadPeer& giver = download.peer(peer);
  const UploadPeer& taker = upload.peer(peer);
  if (!taker.promised.empty() || giver.requests.blocks > 0) return Standing::needed;
  const bool wants = taker.interested;
  const bool moved_lately = now < std::max({since, last_use(peer), giver.last_block}) + policy.seats.idle_after;
  if (!taker.choked && wants) return moved_lately || taker.uploading_bytes > 0 ? Standing::served : Standing::idle;
  const bool gives = phase_ != Phase::complete && (giver.interesting > 0 || !download.started());
  if (!wants && !gives) return moved_lately ? Standing::waiting : Standing::idle;
  if (gives && (!giver.choking_us || rate_to_us(peer, now) > 0)) return Standing::needed;
  // Peers that have had a chunk from us (or at least part of one, if their turn ended long ago), let their turn pass,
  // or have had time to give us something.
  const bool has_chunk = proofs.metainfo() && taker.up.total() >= proofs.metainfo()->chunk_bytes();
  const bool passed = taker.passed_until != Instant{};
  const bool had_turn = gives ? !moved_lately : has_chunk || passed || (taker.up.total() > 0 && !moved_lately);
  return had_turn ? Standing::had_turn : Standing::waiting;
}

double Swarm::Impl::rate_of(PeerHandle peer, Instant now) const {
  return upload.peer(peer).up.rate(now, policy.choker.rate_seconds) + rate_to_us(peer, now);
}

double Swarm::Impl::rate_to_us(PeerHandle peer, Instant now) const {
  return download.peer(peer).down.rate(now, policy.choker.rate_seconds);
}

Instant Swarm::Impl::last_use(PeerHandle peer) const {
  return std::max(upload.peer(peer).last_use, proofs.last_use(peer));
}

bool Swarm::Impl::is_awaited(PeerHandle peer) const {
  return download.peer(peer).requests.blocks > 0 || upload.peer(peer).uploading_bytes > 0;
}

void Swarm::Impl::ban(PeerHandle peer, const std::string& why, Instant now) {
  ban(Contributor{peer, roster.endpoint_of(peer)}, why, now);
}

void Swarm::Impl::ban(const Contributor& liar, const std::string& why, Instant now) {
  if (web_seeds.had(liar.peer)) return web_seeds.ban(liar.peer, why, now);
  roster.ban(liar.peer, liar.endpoint, why, now);
}

void Swarm::Impl::handle_metainfo(Instant now) {
  download.set_metainfo(proofs.metainfo());
  upload.set_metainfo(proofs.metainfo());
  enter(Phase::storage, now);
  obey_private_flag(now);
  outbox.report(MetainfoKnown{proofs.metainfo()});
  roster.repeat_hello(now);
}

void Swarm::Impl::handle_unusable_metainfo(const Error& error, Instant now) {
  download.pause(error.message, now);
  outbox.report(ShareUnusable{error});
}

void Swarm::Impl::handle_all_hashes(Instant now) {
  if (phase_ == Phase::hashes) enter_chunks(now);
}

void Swarm::Impl::handle_leaves(const HashFetch::Leaves& leaves, Instant now) {
  download.handle_leaves(leaves.chunk, leaves.leaves, now);
}

std::optional<bool> Swarm::Impl::is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const {
  return proofs.is_right(chunk, leaves);
}

void Swarm::Impl::note_right(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now) {
  proofs.note_right(chunk, leaves, now);
}

void Swarm::Impl::close_as_seed(PeerHandle peer, Instant now) {
  if (web_seeds.contains(peer)) return;  // they leave together, when the last chunk is here
  const char* const why = download.peer(peer).upload_only ? "neither wants anything" : "both have everything";
  roster.close(peer, wire::ByeReason::done, why, policy.peers.seeds_apart, now);
}

void Swarm::Impl::handle_chunks_known(PeerHandle peer, Instant now) {
  if (web_seeds.contains(peer)) return;
  if (phase_ == Phase::complete) roster.note_chunks(peer, download.peer(peer).has.all(), now);
  upload.note_chunks_known(peer, now);
}

void Swarm::Impl::handle_chunk_seen(PeerHandle peer, ChunkIndex chunk, Instant now) {
  upload.note_chunk_seen(peer, chunk, now);
}

void Swarm::Impl::handle_completed(Instant now) {
  enter(Phase::complete, now);
  web_seeds.leave_all("everything is here", now);
  outbox.report(Completed{});
  announce(now);
  upload.become_seed();
  // Peers see from our chunks that we have everything, but not that a part is all that we want.
  if (!download.holdings().had().all()) roster.repeat_hello(now);
}

bool Swarm::Impl::is_seed(PeerHandle peer) const {
  const DownloadPeer& known = download.peer(peer);
  return known.upload_only || (known.has.size() > 0 && known.has.all());
}

PeerHandle Swarm::Impl::add_web_seed(const content::WebSeed& seed, Instant now) {
  const PeerHandle peer = roster.take_handle();
  outbox.open(peer, {});
  outbox.act(OpenWebSeed{peer, seed});
  download.add_peer(peer);
  if (outbox.tracer().on(trace::Level::debug)) {
    outbox.tracer().write(trace::Level::debug, now, "web seed", {{"server", content::shown_web_seed(seed)}});
  }
  return peer;
}

void Swarm::Impl::web_seed_joined(PeerHandle peer, Instant now) {
  download.note_chunks(peer, true, {});
  static_cast<void>(download.learn_chunks(peer, now));
  download.handle_unchoke(peer, now);
}

void Swarm::Impl::web_seed_left(PeerHandle peer, const std::string& why, Instant now) {
  outbox.trace_peer(peer, "web seed leaves", why, now);
  download.remove_peer(peer);
  outbox.act(Close{peer, why});
  outbox.forget(peer);
}

}  // namespace stp::transfer
