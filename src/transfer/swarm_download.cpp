// Chunks coming in: interest, requests, blocks, verdicts.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::send_bitfield(Peer& peer, Instant now) {
  if (peer.bitfield_sent || had.size() != metainfo->chunk_count()) return;
  peer.bitfield_sent = true;
  if (had.all()) {
    send(peer, wire::HaveAll{}, now);
  } else if (had.none()) {
    send(peer, wire::HaveNone{}, now);
  } else {
    send(peer, wire::BitfieldMessage{to_bytes(had.bytes())}, now);
  }
}

void Swarm::Impl::learn_chunks(Peer& peer, Instant now) {
  if (!peer.said_chunks) return;
  if (!picker) return ask_for_hashes(now);  // its chunks are looked at when the content starts
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
  if (!first) {
    if (peer.counted_as_seed) {
      picker->seed_left();
    } else {
      picker->peer_lost(peer.has);
    }
    if (release_outstanding(peer)) fill_all(now);
  }
  peer.has = std::move(*has);
  if (first && phase == Phase::complete && !peer.incoming) note_dialled(peer, now);
  peer.raw_bits.clear();
  peer.counted_as_seed = peer.has.all();
  if (peer.counted_as_seed) {
    picker->seed_joined();
  } else {
    picker->peer_has(peer.has);
  }
  peer.interesting = 0;
  for (ChunkIndex c; c.value < chunks; ++c) peer.interesting += peer.has.test(c) && wanted.test(c) && !had.test(c);
  update_interest(peer, now);
  ask_for_hashes(now);
  if (is_useless_to_seed(peer)) return close_as_seed(peer.handle, now);
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
    if (seed_plan) {
      std::erase(peer.kept, chunk);
      keep_promise(peer, chunk, now);
    }
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
  if (peer.counted_as_seed) {  // from now on it is counted chunk by chunk
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
  send(peer, wire::Interested{interested}, now);
}

std::optional<BlockRun> Swarm::Impl::choose_suggested_run(Peer& peer, std::uint32_t blocks_max) {
  for (std::size_t i = 0; i < peer.suggested.size();) {
    const ChunkIndex chunk = peer.suggested[i];
    const PartialChunk* const partial = assembly.find(chunk);
    const bool wrong = partial != nullptr && partial->only_from;
    if (!peer.has.test(chunk) || wrong || (partial == nullptr && !picker->contains(chunk))) {
      peer.suggested.erase(peer.suggested.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (partial == nullptr) {
      picker->remove(chunk);
      assembly.begin(chunk, metainfo->blocks_of(chunk));
      return assembly.take_free(chunk, blocks_max);
    } else if (partial->free > 0) {
      return assembly.take_free(chunk, blocks_max);
    } else {
      ++i;
    }
  }
  return std::nullopt;
}

bool Swarm::Impl::awaits_suggested(const Peer& peer) {
  return std::any_of(peer.suggested.begin(), peer.suggested.end(), [&](ChunkIndex chunk) {
    const PartialChunk* const partial = assembly.find(chunk);
    if (partial == nullptr || partial->judged_wrong) return false;
    return partial->received == partial->blocks.size() ||
           std::any_of(peer.outstanding.begin(), peer.outstanding.end(),
                       [chunk](const Outstanding& out) { return out.run.chunk == chunk; });
  });
}

std::optional<BlockRun> Swarm::Impl::choose_run(Peer& peer, std::uint32_t blocks_max) {
  // Before unfinished chunks: those may come from elsewhere, these can't. And as long as one of these is on its way the
  // seed's time is better spent on the next peer than on our second wish.
  if (config.pick == PickPolicy::rarest_first) {
    if (const auto run = choose_suggested_run(peer, blocks_max)) return run;
    if (awaits_suggested(peer)) return std::nullopt;
  }
  for (const ChunkIndex chunk : assembly.open()) {
    if (!peer.has.test(chunk)) continue;
    PartialChunk& partial = *assembly.find(chunk);
    if (partial.only_from && partial.only_from != peer.handle) {
      const Peer* holder = find(*partial.only_from);
      if (holder != nullptr && !holder->choking_us && holder->has.test(chunk)) continue;
      partial.only_from = peer.handle;
    }
    return assembly.take_free(chunk, blocks_max);
  }
  const bool first_ones = config.pick == PickPolicy::rarest_first && had.count() < kRandomFirstChunks;
  const auto chunk = picker->pick(peer.has, first_ones ? PickPolicy::random : config.pick);
  if (!chunk) return std::nullopt;
  picker->remove(*chunk);
  assembly.begin(*chunk, metainfo->blocks_of(*chunk));
  return assembly.take_free(*chunk, blocks_max);
}

// Every missing block is asked for already and this peer is idle: ask for some a second time, beginning with the chunk
// that has waited longest in index order. Whichever copy comes first wins, the others are cancelled.
std::optional<BlockRun> Swarm::Impl::choose_end_game_run(const Peer& peer, std::uint32_t blocks_max) {
  for (const auto& [chunk, partial] : assembly.all()) {
    if (!peer.has.test(chunk) || partial.only_from) continue;
    const auto doubled = [](const Block& block) {
      return block.state == BlockState::requested && block.copies < kEndGameCopies;
    };
    const auto at = std::find_if(partial.blocks.begin(), partial.blocks.end(), doubled);
    if (at == partial.blocks.end()) continue;
    BlockRun run{chunk, static_cast<std::uint32_t>(at - partial.blocks.begin()), 0};
    for (auto next = at; next != partial.blocks.end() && run.count < blocks_max && doubled(*next); ++next) ++run.count;
    assembly.request_again(run);
    return run;
  }
  return std::nullopt;
}

void Swarm::Impl::ask(Peer& peer, const BlockRun& run, Instant now) {
  if (peer.outstanding.empty()) peer.last_block = now;
  peer.outstanding.push_back({run, now});
  peer.outstanding_blocks += run.count;
  send(peer, wire::Request{run}, now);
}

void Swarm::Impl::fill(Peer& peer, Instant now) {
  if (phase != Phase::chunks || !pause_reason.empty() || peer.choking_us || peer.interesting == 0) return;
  const auto room = [&] {
    return peer.pipeline.target_bytes() / kBlockBytes - static_cast<std::int64_t>(peer.outstanding_blocks);
  };
  const std::uint32_t run_blocks = peer.pipeline.run_blocks();
  // Wait until a whole request fits, so that requests do not shrink to the size of the last arrival.
  if (!peer.outstanding.empty() && room() < run_blocks) return;
  do {
    if (peer.outstanding.size() >= kUploadRequestsMax / 2) return;
    std::optional<BlockRun> run = choose_run(peer, run_blocks);
    if (!run && peer.outstanding.empty() && picker->size() == 0 && assembly.open().empty()) {
      run = choose_end_game_run(peer, run_blocks);
    }
    if (!run) return;
    ask(peer, *run, now);
  } while (room() > 0);
}

void Swarm::Impl::fill_all(Instant now) {
  if (phase != Phase::chunks || peers.empty()) return;
  // Starting somewhere else each time: the first peer would always get the freed blocks.
  const std::size_t first = rng.below(peers.size());
  for (std::size_t i = 0; i < peers.size(); ++i) fill(peers.at_place((first + i) % peers.size()), now);
}

std::uint32_t Swarm::Impl::strike(Peer& peer, const BlockRun& run, Instant& asked) {
  std::uint32_t struck = 0;
  if (peer.outstanding_blocks == 0) return 0;
  for (std::size_t i = 0; i < peer.outstanding.size() && struck < run.count;) {
    Outstanding& out = peer.outstanding[i];
    const std::uint32_t begin = std::max(run.first, out.run.first);
    const std::uint32_t end = std::min(run.first + run.count, out.run.first + out.run.count);
    if (out.run.chunk != run.chunk || begin >= end) {
      ++i;
      continue;
    }
    asked = out.asked;
    struck += end - begin;
    assembly.release({run.chunk, begin, end - begin});
    const BlockRun before{run.chunk, out.run.first, begin - out.run.first};
    const BlockRun after{run.chunk, end, out.run.first + out.run.count - end};
    const Outstanding tail{after, out.asked};
    if (before.count > 0) {
      out.run = before;
      ++i;
      if (after.count > 0) peer.outstanding.insert(peer.outstanding.begin() + static_cast<std::ptrdiff_t>(i), tail);
    } else if (after.count > 0) {
      out.run = after;
    } else {
      peer.outstanding.erase(peer.outstanding.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  peer.outstanding_blocks -= struck;
  return struck;
}

bool Swarm::Impl::release_outstanding(Peer& peer) {
  bool freed = false;
  for (const Outstanding& out : peer.outstanding) freed |= assembly.release(out.run);
  peer.outstanding.clear();
  peer.outstanding_blocks = 0;
  return freed;
}

void Swarm::Impl::on_reject(Peer& peer, const wire::Reject& reject, Instant now) {
  if (!metainfo || !metainfo->contains(reject.run)) return;
  Instant asked;
  const PeerHandle handle = peer.handle;
  if (strike(peer, reject.run, asked) == 0) return;
  switch (reject.reason) {
    case wire::RejectReason::not_there: {
      Instant ignored;
      while (strike(peer, {reject.run.chunk, 0, metainfo->blocks_of(reject.run.chunk)}, ignored) > 0) {
      }
      on_unavailable(peer, reject.run.chunk, now);
      break;
    }
    case wire::RejectReason::choked:
      peer.choking_us = true;
      release_outstanding(peer);
      break;
    case wire::RejectReason::overloaded: peer.pipeline.on_snub(); break;
  }
  // The peer itself asks again only when something of it arrives, so that a refusal can't turn into a loop.
  for (auto& [other_handle, other] : peers) {
    if (other_handle != handle || reject.reason == wire::RejectReason::not_there) fill(other, now);
  }
}

bool Swarm::Impl::is_right(ChunkIndex chunk, std::span<const Hash256> leaves) const {
  return hashes->matches(chunk, leaves);
}

DataVerdict Swarm::Impl::handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves,
                                     Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr || phase != Phase::chunks) return DataVerdict::drop;
  STP_ASSERT(metainfo->contains(run) && leaves.size() == run.count);
  const std::int64_t payload = metainfo->bytes_of(run);
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  peer->last_received = peer->last_block = now;
  peer->snubs = 0;
  peer->down.add(payload, now);
  down.add(payload, now);

  Instant asked = now;
  const std::uint32_t struck = strike(*peer, run, asked);
  if (struck == run.count) {
    peer->pipeline.on_data(nominal, now - asked, now);
    peer->unrequested_bytes = std::max<std::int64_t>(0, peer->unrequested_bytes - nominal);
  } else if ((peer->unrequested_bytes += nominal) > kUnrequestedBytesMax) {
    wasted += payload;
    protocol_error(handle, "sends blocks that nobody asked for", now);
    return DataVerdict::drop;
  }
  const Contributor from{handle, peer->listen.value_or(peer->remote)};
  const bool kept = assembly.receive(run, leaves, from);
  if (kept) {
    cancel_copies(run, handle, now);
  } else {
    wasted += payload;
  }
  fill(*peer, now);
  return kept ? DataVerdict::keep : DataVerdict::drop;
}

void Swarm::Impl::cancel_copies(const BlockRun& run, PeerHandle except, Instant now) {
  const PartialChunk* partial = assembly.find(run.chunk);
  const auto copied = [&] {
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (partial->blocks[i].copies > 0) return true;
    }
    return false;
  };
  if (partial == nullptr || !copied()) return;
  for (auto& [handle, peer] : peers) {
    Instant ignored;
    if (handle == except || strike(peer, run, ignored) == 0) continue;
    send(peer, wire::Cancel{run}, now);
    fill(peer, now);
  }
}

void Swarm::Impl::handle_written(const BlockRun& run, Instant now) {
  assembly.mark_written(run);
  judge(run.chunk, now);
}

void Swarm::Impl::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  assembly.discard(run);
  if (pause_reason.empty()) pause_reason = error.message;
  for (auto& [handle, peer] : peers) {
    for (const Outstanding& out : peer.outstanding) send(peer, wire::Cancel{out.run}, now);
    release_outstanding(peer);
  }
}

void Swarm::Impl::judge(ChunkIndex chunk, Instant now) {
  const PartialChunk* partial = assembly.find(chunk);
  if (partial == nullptr || !partial->finished() || partial->judged_wrong) return;
  if (is_right(chunk, partial->leaves)) {
    complete_chunk(chunk, now);
  } else {
    chunk_is_wrong(chunk, now);
  }
}

void Swarm::Impl::complete_chunk(ChunkIndex chunk, Instant now) {
  assembly.erase(chunk);
  had.set(chunk);
  --missing;
  bytes_had += metainfo->bytes_of(chunk);
  events.push_back(ChunkCompleted{chunk});
  for (auto& [handle, peer] : peers) {
    if (peer.state != Peer::State::ready) continue;
    if (peer.has.size() > 0 && peer.has.test(chunk)) {
      --peer.interesting;
      update_interest(peer, now);
      if (!peer.spreads) continue;  // who has the chunk has no use for the news
    }
    if (peer.bitfield_sent) {
      send(peer, wire::Have{{chunk}}, now);
    }
  }
  if (missing > 0) {
    // Who suggested this chunk was asked for nothing else as long as it was on its way.
    for (auto& [handle, peer] : peers) {
      if (peer.spreads && peer.outstanding_blocks == 0) fill(peer, now);
    }
    return;
  }
  phase = Phase::complete;
  events.push_back(Completed{});
  announce(now);
  // Not everybody heard of every chunk; now all can tell a seed when they see one.
  for (auto& [handle, peer] : peers) {
    if (had.all() && peer.bitfield_sent) send(peer, wire::HaveAll{}, now);
  }
  close_seeds(now);
}

void Swarm::Impl::chunk_is_wrong(ChunkIndex chunk, Instant now) {
  PartialChunk& partial = *assembly.find(chunk);
  if (partial.contributors.size() == 1) {
    const Contributor liar = partial.contributors.front();
    const auto blocks = static_cast<std::uint32_t>(partial.blocks.size());
    wasted += metainfo->bytes_of(chunk);
    assembly.discard({chunk, 0, blocks});
    partial.contributors.clear();
    partial.only_from.reset();
    ban(liar, "sent wrong data for chunk " + std::to_string(chunk.value), now);
    return fill_all(now);
  }
  partial.judged_wrong = true;
  hash_fetch->want_leaves(chunk, now);
  ask_for_hashes(now);
}

void Swarm::Impl::check_snubs(Instant now) {
  bool freed = false;
  std::vector<PeerHandle> hopeless;
  for (auto& [handle, peer] : peers) {
    if (peer.outstanding_blocks == 0 || now < peer.last_block + kSnubAfter) continue;
    if (++peer.snubs >= kSnubsMax) hopeless.push_back(handle);
    peer.pipeline.on_snub();
    peer.last_block = now;
    freed |= release_outstanding(peer);
  }
  for (const PeerHandle handle : hopeless) {
    close(handle, wire::ByeReason::protocol, "sends nothing of what it was asked for", kRetryMax, now);
  }
  if (freed) fill_all(now);
}

}  // namespace stp::transfer
