// Blocks coming in: verdicts, writing, whole chunks, and peers that keep us waiting.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

DataVerdict Swarm::Impl::handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves,
                                     Instant now) {
  STP_ASSERT(metainfo && metainfo->contains(run) && leaves.size() == run.count);
  const std::int64_t payload = metainfo->bytes_of(run);
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  // It came over our link, whatever becomes of it.
  down.add(payload, now);
  Peer* peer = find(handle);
  if (peer == nullptr || phase_ != Phase::chunks) {
    wasted += payload;
    if (peer != nullptr && strike(*peer, run).blocks > 0) close_if_settled(handle, now);
    return DataVerdict::drop;
  }
  roster.note_received(handle, now);
  peer->last_block = now;
  peer->snubs = 0;
  set_stalled(*peer, false);
  peer->down.add(payload, now);

  const std::uint32_t sources_now = sources;
  const Struck struck = strike(*peer, run);
  if (struck.blocks == run.count) {
    peer->pipeline.on_data(nominal, now - struck.asked, now);
    intake.on_data(nominal, now - struck.asked, sources_now, is_end_game(), now);
    peer->unrequested_bytes = std::max<std::int64_t>(0, peer->unrequested_bytes - nominal);
  } else if ((peer->unrequested_bytes += nominal) > policy.requests.unrequested_max) {
    wasted += payload;
    protocol_error(handle, "sends blocks that nobody asked for", now);
    return DataVerdict::drop;
  }
  const Contributor from{handle, roster.endpoint_of(handle)};
  const bool kept = assembly.receive(run, leaves, from);
  if (kept) {
    cancel_copies(run, handle, now);
  } else {
    wasted += payload;
    if (struck.blocks > 0) received_twice += payload;
  }
  fill(*peer, now);
  fill_held_back(now);
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
    if (handle != except) cancel(peer, run, now);
  }
}

void Swarm::Impl::handle_written(const BlockRun& run, Instant now) {
  assembly.mark_written(run);
  judge(run.chunk, now);
}

void Swarm::Impl::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  assembly.discard(run);
  if (pause_reason.empty()) pause_reason = error.message;
  for (auto& [handle, peer] : peers) cancel_outstanding(peer, now);
}

void Swarm::Impl::judge(ChunkIndex chunk, Instant now) {
  const PartialChunk* partial = assembly.find(chunk);
  if (partial == nullptr || !partial->finished() || partial->judged_wrong) return;
  if (proofs.is_right(chunk, partial->leaves)) {
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
  outbox.report(ChunkCompleted{chunk});
  if (outbox.tracer().on(trace::Level::debug)) {
    outbox.tracer().write(trace::Level::debug, now, "chunk", {{"chunk", chunk.value}, {"missing", missing}});
  }
  for (auto& [handle, peer] : peers) {
    if (peer.has.size() > 0 && peer.has.test(chunk)) {
      --peer.interesting;
      update_interest(peer, now);
      if (!peer.spreads) continue;  // a peer that has the chunk does not need the news
    }
    if (peer.bitfield_sent) {
      outbox.send(peer.handle, wire::Have{{chunk}}, now);
    }
  }
  if (missing > 0) {
    // The peer that suggested this chunk was asked for nothing else while it was on its way.
    for (auto& [handle, peer] : peers) {
      if (peer.spreads && peer.outstanding_blocks == 0) fill(peer, now);
    }
    return;
  }
  enter(Phase::complete, now);
  outbox.report(Completed{});
  announce(now);
  upload.become_seed();
  // Not everybody has heard of every chunk; now all learn that we are a seed.
  for (auto& [handle, peer] : peers) {
    if (had.all() && peer.bitfield_sent) outbox.send(peer.handle, wire::HaveAll{}, now);
  }
  close_seeds(now);
}

void Swarm::Impl::chunk_is_wrong(ChunkIndex chunk, Instant now) {
  PartialChunk& partial = *assembly.find(chunk);
  if (outbox.tracer().on(trace::Level::warn)) {
    outbox.tracer().write(trace::Level::warn, now, "wrong chunk",
                          {{"chunk", chunk.value}, {"peers", partial.contributors.size()}});
  }
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
  proofs.want_leaves(chunk, now);
}

void Swarm::Impl::fetch_again(const Bitfield& chunks, Instant now) {
  STP_ASSERT(phase_ == Phase::chunks || phase_ == Phase::complete);
  // What may still arrive of their first copies was cancelled, and counts as unrequested.
  for (auto& [handle, peer] : peers) {
    for (std::size_t i = peer.outstanding.size(); i-- > 0;) {
      const ChunkIndex chunk = peer.outstanding[i].run.chunk;
      if (chunks.test(chunk) && had.test(chunk)) release(peer, i);
    }
  }
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    if (!chunks.test(c) || (wanted.test(c) && !had.test(c))) continue;
    if (wanted.set(c)) {
      bytes_wanted += metainfo->bytes_of(c);
    } else {
      bytes_had -= metainfo->bytes_of(c);
    }
    had.reset(c);
    ++missing;
    picker->add(c);
    for (auto& [handle, peer] : peers) {
      if (peer.has.size() > 0 && peer.has.test(c)) ++peer.interesting;
    }
  }
  if (missing == 0) return;
  enter(Phase::chunks, now);
  for (auto& [handle, peer] : peers) {
    update_interest(peer, now);
  }
  fill_all(now);
  announce(now);
  // Seeds were disconnected when nothing was missing.
  roster.hurry(now);
}

// What was requested from given-up peers also still arrives, and takes its share of a slow link.
Duration Swarm::Impl::snub_patience(Instant now) const {
  std::int64_t blocks = 0;
  bool bytes_come = false;
  for (const auto& [handle, peer] : peers) {
    blocks += peer.outstanding_blocks;
    bytes_come |= peer.outstanding_blocks > 0 && peer.last_progress != Instant{} &&
                  now < peer.last_progress + policy.requests.snub_after;
  }
  const Duration queue = intake.time_for(blocks * kBlockBytes, bytes_come ? policy.peers.silent_after : Duration{});
  return std::clamp<Duration>(policy.requests.snub_queue_times * queue, policy.requests.snub_after,
                              policy.peers.silent_after);
}

// A peer that sends nothing while others do hangs or is overloaded: it is asked to give back what it has not begun to
// send, and in the end it is disconnected. Until then nobody else is asked for the same, except in the end game.
void Swarm::Impl::check_outstanding(Instant now) {
  const Duration patience = snub_patience(now);
  const auto waiting =
      std::ranges::count_if(peers, [](const auto& entry) { return entry.second.outstanding_blocks > 0; });
  bool freed = false;
  std::vector<PeerHandle> hopeless;
  std::vector<PeerHandle> settled;
  for (auto& [handle, peer] : peers) {
    if (peer.outstanding_blocks == 0) continue;
    bool waits = peer.snubs > 0;
    for (std::size_t i = peer.outstanding.size(); i-- > 0;) {
      const Instant cancelled = peer.outstanding[i].cancelled;
      waits = waits || cancelled == kNever;
      if (cancelled != kNever && now - cancelled >= policy.requests.cancel_patience + patience)
        freed |= release(peer, i);
    }
    if (phase_ == Phase::complete) settled.push_back(handle);
    // Bytes of a frame count for a while, but not forever.
    const Instant heard =
        std::max(peer.last_block, earlier(peer.last_progress, peer.last_block + policy.fetch.timeout_max));
    if (!waits || phase_ != Phase::chunks || now < std::max(heard, peer.last_snub) + patience) continue;
    // If nobody sends anything and several should, our own link hangs.
    const bool own_link = waiting > 1 && down.rate(now, policy.choker.rate_seconds) <= 0;
    if (++peer.snubs >= policy.requests.snubs_max && !own_link) hopeless.push_back(handle);
    peer.pipeline.on_snub();
    set_stalled(peer, true);
    freed = true;  // room, if not blocks
    peer.last_snub = now;
    outbox.trace_peer(peer.handle, "snub", {}, now);
    cancel_outstanding(peer, now);
  }
  for (const PeerHandle handle : hopeless) {
    close(handle, "sends nothing of what it was asked for", policy.peers.retry_max, now);
  }
  for (const PeerHandle handle : settled) close_if_settled(handle, now);
  if (freed || !hopeless.empty()) fill_all(now);
}

std::optional<bool> Swarm::Impl::lose(ChunkIndex chunk) {
  if (!had.reset(chunk)) return std::nullopt;
  const bool was_wanted = wanted.reset(chunk);
  if (was_wanted) {
    bytes_wanted -= metainfo->bytes_of(chunk);
    bytes_had -= metainfo->bytes_of(chunk);
    bytes_unwanted += metainfo->bytes_of(chunk);
  }
  return was_wanted;
}

void Swarm::Impl::handle_file_back(std::size_t file, Instant now) {
  std::vector<ChunkIndex> chunks;
  for (const auto& [chunk, was_wanted] : upload.take_withheld(file)) {
    if (wanted.test(chunk)) continue;  // it is fetched again
    had.set(chunk);
    if (was_wanted) {
      wanted.set(chunk);
      bytes_wanted += metainfo->bytes_of(chunk);
      bytes_had += metainfo->bytes_of(chunk);
      bytes_unwanted -= metainfo->bytes_of(chunk);
    }
    outbox.report(ChunkBack{chunk});
    chunks.push_back(chunk);
  }
  for (std::size_t at = 0; at < chunks.size(); at += wire::kHavesMax) {
    const std::size_t count = std::min<std::size_t>(wire::kHavesMax, chunks.size() - at);
    const auto first = chunks.begin() + static_cast<std::ptrdiff_t>(at);
    const wire::Have have{std::vector<ChunkIndex>(first, first + static_cast<std::ptrdiff_t>(count))};
    for (auto& [handle, peer] : peers) {
      if (peer.bitfield_sent) outbox.send(handle, have, now);
    }
  }
}

}  // namespace stp::transfer
