// What the roster asks the rest of the swarm, and hears from it.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

std::uint32_t Swarm::Impl::metainfo_bytes() const {
  return metainfo ? static_cast<std::uint32_t>(metainfo->info_bytes().size()) : 0;
}

void Swarm::Impl::peer_joined(PeerHandle handle, const Endpoint& /*remote*/) {
  proofs.add_peer(handle);
  upload.add_peer(handle);
  Peer peer(policy);
  peer.handle = handle;
  peers.emplace(handle, std::move(peer));
}

void Swarm::Impl::peer_greeted(PeerHandle handle, std::uint32_t metainfo_bytes, bool first, Instant now) {
  if (first) upload.note_hello(handle, now);
  if (first || metainfo_bytes > 0) proofs.handle_hello(handle, metainfo_bytes, now);
  if (first && picker) send_bitfield(*find(handle), now);
}

void Swarm::Impl::peer_left(PeerHandle handle, Instant now) {
  Peer* const peer = find(handle);
  release_outstanding(*peer);
  if (picker && peer->has.size() > 0) {
    if (peer->counted_as_seed) {
      picker->seed_left();
    } else {
      picker->peer_lost(peer->has);
    }
  }
  proofs.remove_peer(handle);
  peers.erase(handle);
  upload.remove_peer(handle, now);  // last: it hands the slot on
}

void Swarm::Impl::retry(PeerHandle handle, Instant now) {
  Peer& peer = *find(handle);
  if (std::exchange(peer.turned_away, false)) fill(peer, now);
}

bool Swarm::Impl::is_stranded() const {
  if (phase_ == Phase::metainfo) return !proofs.has_metainfo_source();
  return missing > 0 &&
         std::none_of(peers.begin(), peers.end(), [](const auto& entry) { return entry.second.interesting > 0; });
}

bool Swarm::Impl::wants_from_us(PeerHandle handle) const {
  return upload.peer(handle).interested;
}

Standing Swarm::Impl::standing_of(PeerHandle handle, Instant since, Instant now) const {
  const Peer& peer = *peers.find(handle);
  const UploadPeer& taker = upload.peer(handle);
  if (!taker.promised.empty() || peer.outstanding_blocks > 0) return Standing::needed;
  const bool wants = taker.interested;
  const bool moved_lately = now < std::max({since, last_use(handle), peer.last_block}) + policy.seats.idle_after;
  if (!taker.choked && wants) return moved_lately || taker.uploading_bytes > 0 ? Standing::served : Standing::idle;
  const bool gives = phase_ != Phase::complete && (peer.interesting > 0 || !picker);
  if (!wants && !gives) return moved_lately ? Standing::waiting : Standing::idle;
  if (gives && (!peer.choking_us || peer.down.rate(now, policy.choker.rate_seconds) > 0)) return Standing::needed;
  // Peers that have had a chunk from us (or at least part of one, if their turn ended long ago), let their turn pass,
  // or have had time to give us something.
  const bool has_chunk = metainfo && taker.up.total() >= metainfo->chunk_bytes();
  const bool passed = taker.passed_until != Instant{};
  const bool had_turn = gives ? !moved_lately : has_chunk || passed || (taker.up.total() > 0 && !moved_lately);
  return had_turn ? Standing::had_turn : Standing::waiting;
}

double Swarm::Impl::rate_of(PeerHandle handle, Instant now) const {
  const Peer& peer = *peers.find(handle);
  return upload.peer(handle).up.rate(now, policy.choker.rate_seconds) + peer.down.rate(now, policy.choker.rate_seconds);
}

Instant Swarm::Impl::last_use(PeerHandle handle) const {
  return std::max(upload.peer(handle).last_use, proofs.last_use(handle));
}

bool Swarm::Impl::is_awaited(PeerHandle handle) const {
  return peers.find(handle)->outstanding_blocks > 0 || upload.peer(handle).uploading_bytes > 0;
}

bool Swarm::Impl::is_clogged(PeerHandle handle, Instant now) const {
  return upload.is_clogged(handle, now);
}

void Swarm::Impl::protocol_error(PeerHandle handle, const std::string& why, Instant now) {
  if (!roster.contains(handle)) return;
  roster.protocol_error(handle, why, now);
  fill_all(now);
}

void Swarm::Impl::handle_woken(Instant now) {
  for (auto& [handle, peer] : peers) {
    peer.last_block = now;
    for (Outstanding& out : peer.outstanding) out.asked = now;
  }
  roster.handle_woken(now);
}

bool Swarm::Impl::is_useless_to_seed(const Peer& peer) const {
  return phase_ == Phase::complete && had.all() && peer.said_chunks && peer.has.size() > 0 && peer.has.all() &&
         peer.outstanding.empty();
}

void Swarm::Impl::close_as_seed(PeerHandle handle, Instant now) {
  roster.close(handle, wire::ByeReason::done, "both have everything", policy.peers.seeds_apart, now);
}

void Swarm::Impl::close_seeds(Instant now) {
  std::vector<PeerHandle> seeds;
  for (const auto& [handle, peer] : peers) {
    if (is_useless_to_seed(peer)) seeds.push_back(handle);
  }
  for (const PeerHandle handle : seeds) close_as_seed(handle, now);
}

}  // namespace stp::transfer
