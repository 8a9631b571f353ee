// Download: blocks that arrive, whole chunks, and verdicts.

#include "transfer/download.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace stp::transfer {

Download::Download(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng)
    : config_(config),
      policy_(*config.policy),
      outbox_(outbox),
      host_(host),
      rng_(rng),
      metainfo_(config.metainfo),
      intake_(policy_) {}

void Download::start_content(Bitfield had, Bitfield wanted) {
  holdings_.start(metainfo_, std::move(had), std::move(wanted));
  picker_.emplace(metainfo_->chunk_count(), rng_);
  for (ChunkIndex c; c.value < metainfo_->chunk_count(); ++c) {
    if (holdings_.lacks(c)) picker_->add(c);
  }
}

void Download::pause(std::string reason, Instant now) {
  pause_reason_ = std::move(reason);
  for (auto& [handle, peer] : peers_) cancel_all(peer, now);
}

void Download::resume(Instant now) {
  pause_reason_.clear();
  fill_all(now);
}

Result<DataVerdict> Download::handle_data(PeerHandle handle, const BlockRun& run, std::span<const Hash256> leaves,
                                          Instant now) {
  STP_ASSERT(metainfo_ && metainfo_->contains(run) && leaves.size() == run.count);
  const std::int64_t payload = metainfo_->bytes_of(run);
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  // It came over our link, whatever becomes of it.
  down_.add(payload, now);
  DownloadPeer* peer = peers_.find(handle);
  if (peer == nullptr || host_.phase() != Phase::chunks) {
    wasted_ += payload;
    if (peer != nullptr && requests_.strike(peer->requests, run).blocks > 0) close_if_settled(handle, now);
    return DataVerdict::drop;
  }
  peer->last_block = now;
  peer->snubs = 0;
  peer->turned_away = false;
  requests_.set_stalled(peer->requests, false);
  peer->down.add(payload, now);

  const std::uint32_t sources_now = requests_.sources();
  const Requests::Struck struck = requests_.strike(peer->requests, run);
  if (struck.blocks == run.count) {
    peer->pipeline.on_data(nominal, now - struck.asked, now);
    intake_.on_data(nominal, now - struck.asked, sources_now, is_end_game(), now);
    peer->unrequested_bytes = std::max<std::int64_t>(0, peer->unrequested_bytes - nominal);
  } else if ((peer->unrequested_bytes += nominal) > policy_.requests.unrequested_max) {
    wasted_ += payload;
    return Error{ErrorKind::limit, "sends blocks that nobody asked for"};
  }
  const Contributor from{handle, host_.endpoint_of(handle)};
  const bool kept = assembly_.receive(run, leaves, from);
  if (kept) {
    cancel_copies(run, handle, now);
  } else {
    wasted_ += payload;
    if (struck.blocks > 0) received_twice_ += payload;
  }
  fill(*peer, now);
  fill_held_back(now);
  return kept ? DataVerdict::keep : DataVerdict::drop;
}

void Download::cancel_copies(const BlockRun& run, PeerHandle except, Instant now) {
  const PartialChunk* partial = assembly_.find(run.chunk);
  const auto copied = [&] {
    for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (partial->blocks[i].copies > 0) return true;
    }
    return false;
  };
  if (partial == nullptr || !copied()) return;
  for (auto& [handle, peer] : peers_) {
    if (handle == except) continue;
    for (const BlockRun& part : requests_.cancel(peer.requests, run, now)) {
      outbox_.send(handle, wire::Cancel{part}, now);
    }
  }
}

void Download::handle_written(const BlockRun& run, Instant now) {
  assembly_.mark_written(run);
  judge(run.chunk, now);
}

void Download::handle_write_failed(const BlockRun& run, const Error& error, Instant now) {
  assembly_.discard(run);
  pause(pause_reason_.empty() ? error.message : pause_reason_, now);
}

void Download::judge(ChunkIndex chunk, Instant now) {
  PartialChunk* const partial = assembly_.find(chunk);
  if (partial == nullptr || !partial->finished() || partial->judged_wrong || partial->is_hashed) return;
  const std::optional<bool> right = host_.is_right(chunk, partial->leaves);
  if (!right) {
    partial->is_hashed = true;
    outbox_.act(HashChunk{chunk});
  } else if (*right) {
    complete_chunk(chunk, now);
  } else {
    chunk_is_wrong(chunk, now);
  }
}

void Download::handle_hashed(ChunkIndex chunk, const content::Evidence& evidence, Instant now) {
  STP_ASSERT(evidence.present);
  PartialChunk* const partial = assembly_.find(chunk);
  if (partial == nullptr || !std::exchange(partial->is_hashed, false)) return;
  // The chunk's own hash may have come meanwhile: it says more.
  if (host_.is_right(chunk, partial->leaves).value_or(evidence.piece_right)) {
    complete_chunk(chunk, now);
  } else {
    chunk_is_wrong(chunk, now);
  }
}

void Download::handle_hash_failed(ChunkIndex chunk, const Error& error, Instant now) {
  PartialChunk* const partial = assembly_.find(chunk);
  if (partial == nullptr || !std::exchange(partial->is_hashed, false)) return;
  const auto blocks = static_cast<std::uint32_t>(partial->blocks.size());
  wasted_ += metainfo_->bytes_of(chunk);
  partial->contributors.clear();
  handle_write_failed({chunk, 0, blocks}, error, now);
}

void Download::complete_chunk(ChunkIndex chunk, Instant now) {
  const PartialChunk& partial = *assembly_.find(chunk);
  const std::vector<Contributor> liars = assembly_.liars(chunk);
  host_.note_right(chunk, partial.leaves, now);
  assembly_.erase(chunk);
  holdings_.add(chunk);
  outbox_.report(ChunkCompleted{chunk});
  if (outbox_.tracer().on(trace::Level::debug)) {
    outbox_.tracer().write(trace::Level::debug, now, "chunk",
                           {{"chunk", chunk.value}, {"missing", holdings_.missing()}});
  }
  for (auto& [handle, peer] : peers_) {
    if (peer.has.size() > 0 && peer.has.test(chunk)) {
      --peer.interesting;
      update_interest(peer, now);
      if (!peer.spreads) continue;  // a peer that has the chunk does not need the news
    }
    if (peer.bitfield_sent) {
      outbox_.send(peer.handle, wire::Have{{chunk}}, now);
    }
  }
  for (const Contributor& liar : liars) {
    host_.ban(liar, "sent wrong blocks of chunk " + std::to_string(chunk.value), now);
  }
  if (!liars.empty()) fill_all(now);
  if (holdings_.missing() > 0) {
    // The peer that suggested this chunk was asked for nothing else while it was on its way.
    for (auto& [handle, peer] : peers_) {
      if (peer.spreads && peer.requests.blocks == 0) fill(peer, now);
    }
    return;
  }
  host_.handle_completed(now);
  // Not everybody has heard of every chunk; now all learn that we are a seed.
  for (auto& [handle, peer] : peers_) {
    if (holdings_.had().all() && peer.bitfield_sent) outbox_.send(peer.handle, wire::HaveAll{}, now);
  }
  close_useless(now);
}

void Download::chunk_is_wrong(ChunkIndex chunk, Instant now) {
  PartialChunk& partial = *assembly_.find(chunk);
  if (outbox_.tracer().on(trace::Level::warn)) {
    outbox_.tracer().write(trace::Level::warn, now, "wrong chunk",
                           {{"chunk", chunk.value}, {"peers", partial.contributors.size()}});
  }
  if (partial.contributors.size() == 1) {
    const Contributor liar = partial.contributors.front();
    const auto blocks = static_cast<std::uint32_t>(partial.blocks.size());
    wasted_ += metainfo_->bytes_of(chunk);
    assembly_.discard({chunk, 0, blocks});
    partial.contributors.clear();
    partial.only_from.reset();
    if (!partial.attempts.empty()) partial.only_from = PeerHandle{0};  // the next one is to be judged, too
    host_.ban(liar, "sent wrong data for chunk " + std::to_string(chunk.value), now);
    return fill_all(now);
  }
  // Without a hash of the chunk there is nothing to compare leaves with.
  if (!host_.is_right(chunk, partial.leaves).has_value()) return fetch_from_one(chunk, now);
  partial.judged_wrong = true;
  host_.want_leaves(chunk, now);
}

void Download::fetch_from_one(ChunkIndex chunk, Instant now) {
  PartialChunk& partial = *assembly_.find(chunk);
  partial.only_from = PeerHandle{0};  // the first peer to ask takes it
  wasted_ += metainfo_->bytes_of(chunk);
  assembly_.discard_attempt(chunk);
  fill_all(now);
}

bool Download::want_again(const Bitfield& chunks, Instant now) {
  STP_ASSERT(host_.phase() == Phase::chunks || host_.phase() == Phase::complete);
  // What may still arrive of their first copies was cancelled, and counts as unrequested.
  for (auto& [handle, peer] : peers_) {
    for (std::size_t i = peer.requests.runs.size(); i-- > 0;) {
      const ChunkIndex chunk = peer.requests.runs[i].run.chunk;
      if (chunks.test(chunk) && holdings_.has(chunk)) requests_.release(peer.requests, i);
    }
  }
  std::vector<ChunkIndex> lost;
  for (ChunkIndex c; c.value < chunks.size(); ++c) {
    const bool was_had = holdings_.has(c);
    if (!chunks.test(c) || !holdings_.want_again(c)) continue;
    if (was_had) lost.push_back(c);
    picker_->add(c);
    for (auto& [handle, peer] : peers_) {
      if (peer.has.size() > 0 && peer.has.test(c)) ++peer.interesting;
    }
  }
  tell_lost(lost, now);
  return holdings_.missing() > 0;
}

void Download::handle_leaves(ChunkIndex chunk, std::span<const Hash256> leaves, Instant now) {
  PartialChunk* const partial = assembly_.find(chunk);
  if (partial == nullptr || !partial->judged_wrong) return;
  partial->judged_wrong = false;
  std::set<std::uint16_t> liars;
  for (std::uint32_t i = 0; i < partial->blocks.size(); ++i) {
    if (partial->blocks[i].state != BlockState::received || partial->leaves[i] == leaves[i]) continue;
    liars.insert(partial->blocks[i].contributor);
    wasted_ += kBlockBytes;
    assembly_.discard({chunk, i, 1});
  }
  std::vector<Contributor> banned;
  for (const std::uint16_t liar : liars) banned.push_back(partial->contributors[liar]);
  for (const Contributor& liar : banned) {
    host_.ban(liar, "sent wrong blocks of chunk " + std::to_string(chunk.value), now);
  }
  judge(chunk, now);
  fill_all(now);
}

void Download::handle_no_leaves(ChunkIndex chunk, Instant now) {
  PartialChunk* partial = assembly_.find(chunk);
  if (partial == nullptr || !partial->judged_wrong) return;
  partial->judged_wrong = false;
  fetch_from_one(chunk, now);
}

void Download::handle_timeout(Instant now) {
  if (now < next_end_game_) return;
  next_end_game_ = kNever;
  fill_all(now);
}

void Download::check_invariants() const {
  assembly_.check_invariants();
  std::vector<const RequestList*> lists;
  for (const auto& [handle, peer] : peers_) {
    lists.push_back(&peer.requests);
    STP_ASSERT(peer.held_back == (std::ranges::count(held_back_, handle) == 1));
  }
  requests_.check_invariants(lists);
  if (!picker_) return;
  picker_->check_invariants();
  holdings_.check_invariants();
  std::map<std::pair<ChunkIndex, std::uint32_t>, std::uint32_t> copies;
  std::vector<std::uint32_t> availability(holdings_.had().size(), 0);
  for (const auto& [handle, peer] : peers_) {
    for (const Outstanding& out : peer.requests.runs) {
      STP_ASSERT((!peer.choking_us || out.cancelled != kNever) && peer.has.test(out.run.chunk));
      for (std::uint32_t i = 0; i < out.run.count; ++i) ++copies[{out.run.chunk, out.run.first + i}];
    }
    std::uint32_t interesting = 0;
    for (ChunkIndex c; c.value < peer.has.size(); ++c) {
      if (!peer.has.test(c)) continue;
      ++availability[c.value];
      interesting += holdings_.lacks(c);
    }
    STP_ASSERT(interesting == peer.interesting);
  }
  for (ChunkIndex c; c.value < availability.size(); ++c) {
    STP_ASSERT(picker_->availability(c) == availability[c.value]);
    const bool partial = assembly_.all().contains(c);
    STP_ASSERT(picker_->contains(c) == (holdings_.lacks(c) && !partial));
    STP_ASSERT(!(partial && holdings_.has(c)));
  }
  for (const auto& [chunk, partial] : assembly_.all()) {
    for (std::uint32_t i = 0; i < partial.blocks.size(); ++i) {
      const auto found = copies.find({chunk, i});
      STP_ASSERT(partial.blocks[i].copies == (found == copies.end() ? 0 : found->second));
    }
  }
}

}  // namespace stp::transfer
