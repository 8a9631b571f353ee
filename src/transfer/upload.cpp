// Upload's data: what was requested, how much is on its way, what can no longer be read.

#include "transfer/upload.h"

#include <algorithm>
#include <utility>

namespace stp::transfer {

Upload::Upload(const SwarmConfig& config, Outbox& outbox, Host& host, Rng& rng, Instant now)
    : policy_(*config.policy),
      outbox_(outbox),
      host_(host),
      rng_(rng),
      metainfo_(config.metainfo),
      choker_(config.upload_slots_max, policy_.choker, rng),
      next_choke_(now + policy_.choker.interval) {}

void Upload::add_peer(PeerHandle handle) {
  UploadPeer peer;
  peer.handle = handle;
  peers_.emplace(handle, std::move(peer));
}

void Upload::remove_peer(PeerHandle handle, Instant now) {
  UploadPeer& peer = peers_.at(handle);
  std::erase(served_, &peer);
  uploading_bytes_ -= peer.uploading_bytes;
  give_back_promises(peer);
  if (peer.recipient) seed_plan_->leave(*peer.recipient);
  const bool was_served = !peer.choked;
  peers_.erase(handle);
  note_served();
  if (was_served && !stopped_) give_free_slots(now);
}

Status Upload::handle_request(PeerHandle handle, const BlockRun& run, Instant now) {
  if (!metainfo_ || !metainfo_->contains(run)) {
    return Error{ErrorKind::malformed, "asked for blocks that do not exist"};
  }
  UploadPeer& peer = peers_.at(handle);
  const auto refusal = !host_.offers(run.chunk)                            ? wire::RejectReason::not_there
                       : peer.choked                                       ? wire::RejectReason::choked
                       : peer.asked.size() >= policy_.uploads.requests_max ? wire::RejectReason::overloaded
                                                                           : std::optional<wire::RejectReason>();
  if (refusal) {
    outbox_.send(handle, wire::Reject{run, *refusal}, now);
    return Done{};
  }
  peer.last_use = now;
  peer.asked.push_back(run);
  pump(now);
  return Done{};
}

void Upload::handle_cancel(PeerHandle handle, const BlockRun& run, Instant now) {
  std::vector<BlockRun>& queue = peers_.at(handle).asked;
  for (std::size_t i = 0; i < queue.size();) {
    BlockRun& asked = queue[i];
    const std::uint32_t begin = std::max(run.first, asked.first);
    const std::uint32_t end = std::min(run.first + run.count, asked.first + asked.count);
    if (asked.chunk != run.chunk || begin >= end) {
      ++i;
      continue;
    }
    const BlockRun after{run.chunk, end, asked.first + asked.count - end};
    outbox_.send(handle, wire::Reject{{run.chunk, begin, end - begin}, wire::RejectReason::cancelled}, now);
    asked.count = begin - asked.first;
    if (asked.count == 0 && after.count == 0) {
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (asked.count == 0) {
      asked = after;
      ++i;
    } else {
      ++i;
      if (after.count > 0) queue.insert(queue.begin() + static_cast<std::ptrdiff_t>(i++), after);
    }
  }
}

// Round robin over the peers that asked; each has a window of bytes in the driver's hands, as large as half a second of
// its rate, and all windows together are bounded: this keeps memory use constant.
void Upload::pump(Instant now) {
  if (stopped_) return;
  bool progress = true;
  while (progress && uploading_bytes_ < policy_.uploads.window_total) {
    progress = false;
    const auto turn = std::ranges::upper_bound(served_, upload_turn_, {}, &UploadPeer::handle) - served_.begin();
    for (std::size_t i = 0; i < served_.size() && uploading_bytes_ < policy_.uploads.window_total; ++i) {
      UploadPeer& peer = *served_[(static_cast<std::size_t>(turn) + i) % served_.size()];
      if (peer.asked.empty()) continue;
      const auto window = std::clamp(static_cast<std::int64_t>(peer.up.rate(now, 4) / 2), policy_.uploads.window_min,
                                     policy_.uploads.window_max);
      if (peer.uploading_bytes >= window) continue;
      BlockRun& asked = peer.asked.front();
      const BlockRun run{asked.chunk, asked.first, std::min(asked.count, wire::kDataBlocksMax)};
      asked.first += run.count;
      asked.count -= run.count;
      if (asked.count == 0) peer.asked.erase(peer.asked.begin());
      const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
      peer.uploading_bytes += nominal;
      uploading_bytes_ += nominal;
      upload_turn_ = peer.handle;
      outbox_.send(SendBlocks{peer.handle, run}, now);
      progress = true;
    }
  }
}

void Upload::handle_blocks_sent(PeerHandle handle, const BlockRun& run, Instant now) {
  UploadPeer* peer = peers_.find(handle);
  if (peer == nullptr) return;
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  STP_ASSERT(peer->uploading_bytes >= nominal);
  peer->uploading_bytes -= nominal;
  uploading_bytes_ -= nominal;
  const std::int64_t payload = metainfo_->bytes_of(run);
  peer->last_use = peer->last_taken = now;
  peer->passed_until = {};
  peer->up.add(payload, now);
  up_.add(payload, now);
  note_sent(*peer, run, now);
  if (now >= next_slots_) {
    adapt_slots(now);
    give_free_slots(now);
  }
  pump(now);
}

void Upload::note_sent(UploadPeer& peer, const BlockRun& run, Instant now) {
  const bool another = std::exchange(peer.sent_chunk, run.chunk) != run.chunk;
  const bool went_on = another && peer.sent_blocks > 0;  // it got the rest of the last one elsewhere
  peer.sent_blocks = run.count + (another ? 0 : peer.sent_blocks);
  const bool through = peer.sent_blocks >= metainfo_->blocks_of(run.chunk);
  if (through) peer.sent_blocks = 0;
  if (seed_plan_) {
    seed_plan_->note_sent(recipient_of(peer), run.chunk, through, now);
    if (through) keep_promise(peer, run.chunk, now);
    if (through && peer.promised.empty()) suggest(peer, now);
  }
  if (host_.phase() != Phase::complete || peer.choked || !(through || went_on)) return;
  // A peer that takes chunks other than those promised has no right to a whole turn of them.
  const std::uint32_t doubted = doubt(peer);
  const bool turn_is_over = now >= peer.unchoked_since + policy_.choker.seed_turn && somebody_waits(doubted, now);
  if (turn_is_over || (doubted > 0 && somebody_waits(doubted - 1, now))) end_turn(peer, now);
}

// Only bytes that differ from what was hashed are lost for good. If the system lacks descriptors or memory, the peer
// asks again a little later. Everything else may be fixed by the user (a disk that is not mounted, a file that was
// moved): nobody is offered it until it can be read again. A leech keeps its chunk, even of a file that another program
// wrote to: the download checks the file, and then the chunk is fetched again or was correct all the time.
wire::RejectReason Upload::miss_chunk(ChunkIndex chunk, const Error& error, Instant now) {
  const bool for_good = error.kind == ErrorKind::integrity;
  if (error.kind == ErrorKind::busy || host_.phase() != Phase::complete) return wire::RejectReason::overloaded;
  // What the metainfo promises is no longer on our disk.
  const std::optional<bool> was_wanted = host_.lose(chunk, now);
  if (!was_wanted) return wire::RejectReason::not_there;
  if (seed_plan_) seed_plan_->drop(chunk);
  outbox_.report(ChunkLost{chunk, error.message, !for_good});
  if (!for_good) withheld_.emplace(chunk, *was_wanted);
  return wire::RejectReason::not_there;
}

void Upload::handle_read_failed(PeerHandle handle, const BlockRun& run, const Error& error, Instant now) {
  const wire::RejectReason reason = miss_chunk(run.chunk, error, now);
  UploadPeer* const peer = peers_.find(handle);
  if (peer == nullptr) return;
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  STP_ASSERT(peer->uploading_bytes >= nominal);
  peer->uploading_bytes -= nominal;
  uploading_bytes_ -= nominal;
  outbox_.send(peer->handle, wire::Reject{run, reason}, now);
  pump(now);
}

std::map<ChunkIndex, bool> Upload::take_withheld(std::size_t file) {
  std::map<ChunkIndex, bool> taken;
  for (auto at = withheld_.begin(); at != withheld_.end();) {
    const auto next = std::next(at);
    if (metainfo_->has_bytes_of(at->first, file)) taken.insert(withheld_.extract(at));
    at = next;
  }
  return taken;
}

void Upload::handle_file_lost(std::size_t file, const Error& error) {
  for (const auto& [chunk, was_wanted] : take_withheld(file)) outbox_.report(ChunkLost{chunk, error.message, false});
}

bool Upload::is_clogged(PeerHandle handle, Instant now) const {
  const UploadPeer& peer = peers_.at(handle);
  const bool unread = peer.uploading_bytes > 0 && now >= peer.last_taken + policy_.uploads.unread_after;
  return unread && uploading_bytes_ >= policy_.uploads.window_total;
}

void Upload::check_invariants() const {
  if (seed_plan_) seed_plan_->check_invariants();
  std::int64_t uploading = 0;
  std::vector<const UploadPeer*> unchoked;
  for (const auto& [handle, peer] : peers_) {
    uploading += peer.uploading_bytes;
    if (!peer.choked) unchoked.push_back(&peer);
    STP_ASSERT(peer.asked.empty() || !peer.choked);
    STP_ASSERT(peer.uploading_bytes >= 0);
  }
  STP_ASSERT(std::ranges::equal(unchoked, served_));
  STP_ASSERT(uploading == uploading_bytes_);
  STP_ASSERT(uploading <= policy_.uploads.window_total + std::int64_t{wire::kDataBlocksMax} * kBlockBytes);
}

}  // namespace stp::transfer
