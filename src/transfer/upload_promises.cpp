// Upload's promises: what a first seed suggests to whom, and whom it trusts with more.

#include <algorithm>
#include <utility>

#include "transfer/upload.h"

namespace stp::transfer {

void Upload::start_content(bool has_all) {
  if (has_all && policy_.seed_plan.enabled) seed_plan_.emplace(metainfo_->chunk_count(), policy_.seed_plan, rng_);
}

void Upload::note_chunks_known(PeerHandle handle, Instant now) {
  // Names nothing yet: it asks to hear of each chunk that the peer gets.
  if (seed_plan_ && !seed_plan_->over()) outbox_.send(handle, wire::Suggest{}, now);
}

void Upload::note_chunk_seen(PeerHandle handle, ChunkIndex chunk, Instant now) {
  if (!seed_plan_) return;
  UploadPeer& peer = peers_.at(handle);
  seed_plan_->note_seen(recipient_of(peer), chunk, now);
  keep_promise(peer, chunk, now);
}

SeedPlan::Recipient Upload::recipient_of(UploadPeer& peer) {
  if (!peer.recipient) peer.recipient = seed_plan_->join(host_.endpoint_of(peer.handle));
  return *peer.recipient;
}

std::uint32_t Upload::doubt(const UploadPeer& peer) const {
  return peer.recipient && !seed_plan_->over() ? seed_plan_->doubt(*peer.recipient) : peer.owed_us;
}

void Upload::suggest(UploadPeer& peer, Instant now) {
  if (!seed_plan_ || host_.phase() != Phase::complete || peer.choked) return;
  const Bitfield& has = host_.chunks_of(peer.handle);
  if (has.size() == 0) return;
  // With a single peer there is nothing to spread.
  if (seed_plan_->over() || peers_.size() < 2) return;
  const auto a_second = static_cast<std::size_t>(peer.up.rate(now, 4) / metainfo_->chunk_bytes());
  const std::size_t turn = std::min<std::size_t>(policy_.seed_plan.promises_min + 2 * a_second, wire::kSuggestionsMax);
  wire::Suggest message;
  while (peer.promised.size() < turn) {
    const std::optional<ChunkIndex> chunk = seed_plan_->next(recipient_of(peer), has, host_.availability(), now);
    if (!chunk) break;
    peer.promised.push_back(*chunk);
    message.chunks.push_back(*chunk);
    if (outbox_.tracer().on(trace::Level::trace)) {
      outbox_.tracer().write(trace::Level::trace, now, "promise",
                             {{"peer", outbox_.remote_of(peer.handle)}, {"chunk", chunk->value}});
    }
  }
  if (!message.chunks.empty()) outbox_.send(peer.handle, std::move(message), now);
}

// Each new chunk does most good at a peer that has nothing new yet: the turn ends with what was promised, unless all
// waiting peers are trusted less.
void Upload::keep_promise(UploadPeer& peer, ChunkIndex chunk, Instant now) {
  if (std::erase(peer.promised, chunk) == 0 || !peer.promised.empty()) return;
  if (seed_plan_->over() || !somebody_waits(doubt(peer), now)) return suggest(peer, now);
  end_turn(peer, now);
}

bool Upload::somebody_waits(std::uint32_t doubt_max, Instant now) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const UploadPeer& peer = entry.second;
    return peer.interested && peer.choked && doubt(peer) <= doubt_max && now >= peer.passed_until;
  });
}

void Upload::give_back_promises(UploadPeer& peer) {
  for (const ChunkIndex chunk : peer.promised) seed_plan_->give_back(chunk);
  peer.promised.clear();
}

}  // namespace stp::transfer
