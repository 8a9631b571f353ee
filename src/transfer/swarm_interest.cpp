// What peers have, and whether we want any of it.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::send_bitfield(Peer& peer, Instant now) {
  if (peer.bitfield_sent || had.size() != metainfo->chunk_count()) return;
  peer.bitfield_sent = true;
  if (had.all()) {
    outbox.send(peer.handle, wire::HaveAll{}, now);
  } else if (had.none()) {
    outbox.send(peer.handle, wire::HaveNone{}, now);
  } else {
    outbox.send(peer.handle, wire::BitfieldMessage{to_bytes(had.bytes())}, now);
  }
}

void Swarm::Impl::learn_chunks(Peer& peer, Instant now) {
  if (!peer.said_chunks) return;
  if (!picker) return proofs.ask_for_hashes(now);  // its chunks are checked when the content starts
  const std::uint32_t chunks = metainfo->chunk_count();
  std::optional<Bitfield> has;
  if (peer.has_all) {
    has.emplace(chunks, true);
  } else {
    // Haves may have come before the metainfo: the raw bits then end at the last of them.
    peer.raw_bits.resize(std::max<std::size_t>(peer.raw_bits.size(), (chunks + 7) / 8));
    has = Bitfield::from(peer.raw_bits, chunks);
    if (!has) return protocol_error(peer.handle, "its bitfield does not fit the share", now);
  }
  const bool first = peer.has.size() == 0;
  bool freed = false;
  if (!first) {
    if (peer.counted_as_seed) {
      picker->seed_left();
    } else {
      picker->peer_lost(peer.has);
    }
    for (std::size_t i = peer.outstanding.size(); i-- > 0;) {
      if (!has->test(peer.outstanding[i].run.chunk)) freed |= release(peer, i);
    }
  }
  peer.has = std::move(*has);
  if (first && phase_ == Phase::complete) roster.note_chunks(peer.handle, peer.has.all(), now);
  peer.raw_bits.clear();
  peer.counted_as_seed = peer.has.all();
  if (peer.counted_as_seed) {
    picker->seed_joined();
  } else {
    picker->peer_has(peer.has);
  }
  if (first) upload.note_chunks_known(peer.handle, now);
  peer.interesting = 0;
  for (ChunkIndex c; c.value < chunks; ++c) peer.interesting += peer.has.test(c) && wanted.test(c) && !had.test(c);
  update_interest(peer, now);
  proofs.ask_for_hashes(now);
  if (is_useless_to_seed(peer)) return close_as_seed(peer.handle, now);
  if (freed) return fill_all(now);
  fill(peer, now);
}

void Swarm::Impl::on_have(Peer& peer, const wire::Have& have, Instant now) {
  if (!picker) {
    for (const ChunkIndex chunk : have.chunks) {
      if (chunk.value >= kChunksMax) return protocol_error(peer.handle, "has a chunk that no share has", now);
      if (peer.raw_bits.size() <= chunk.value / 8) peer.raw_bits.resize(chunk.value / 8 + 1);
      peer.raw_bits[chunk.value / 8] |= static_cast<std::byte>(0x80U >> (chunk.value % 8));
    }
    return;
  }
  if (peer.has.size() == 0) return protocol_error(peer.handle, "sent have before its bitfield", now);
  for (const ChunkIndex chunk : have.chunks) {
    if (chunk.value >= peer.has.size()) return protocol_error(peer.handle, "has a chunk that the share lacks", now);
    if (!peer.has.set(chunk)) continue;
    picker->peer_has(chunk);
    upload.note_chunk_seen(peer.handle, chunk, now);
    if (wanted.test(chunk) && !had.test(chunk)) ++peer.interesting;
  }
  update_interest(peer, now);
  if (is_useless_to_seed(peer)) return close_as_seed(peer.handle, now);
  if (peer.outstanding_blocks == 0) fill(peer, now);
}

void Swarm::Impl::on_has_rest(Peer& peer, Instant now) {
  wire::Have rest;
  for (ChunkIndex c; c.value < peer.has.size(); ++c) {
    if (!peer.has.test(c)) rest.chunks.push_back(c);
  }
  on_have(peer, rest, now);
}

void Swarm::Impl::on_unavailable(Peer& peer, ChunkIndex chunk, Instant now) {
  if (peer.has.size() == 0 || !peer.has.test(chunk)) return;
  if (peer.counted_as_seed) {  // from now on counted chunk by chunk
    picker->seed_left();
    picker->peer_has(peer.has);
    peer.counted_as_seed = peer.has_all = false;
  }
  peer.has.reset(chunk);
  picker->peer_lost(chunk);
  if (wanted.test(chunk) && !had.test(chunk)) --peer.interesting;
  update_interest(peer, now);
}

void Swarm::Impl::update_interest(Peer& peer, Instant now) {
  const bool interested = peer.interesting > 0;
  if (interested == peer.interested_in_it) return;
  peer.interested_in_it = interested;
  outbox.send(peer.handle, wire::Interested{interested}, now);
}

}  // namespace stp::transfer
