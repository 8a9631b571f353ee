// Serving: what was requested, how much is on its way, what can no longer be read.

#include <algorithm>
#include <utility>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::on_request(Peer& peer, const BlockRun& run, Instant now) {
  if (!metainfo || !metainfo->contains(run)) {
    return protocol_error(peer.handle, "asked for blocks that do not exist", now);
  }
  if (had.size() == 0 || !had.test(run.chunk)) {
    return outbox.send(peer.handle, wire::Reject{run, wire::RejectReason::not_there}, now);
  }
  if (peer.choked_by_us) return outbox.send(peer.handle, wire::Reject{run, wire::RejectReason::choked}, now);
  if (peer.asked_of_us.size() >= policy.uploads.requests_max) {
    return outbox.send(peer.handle, wire::Reject{run, wire::RejectReason::overloaded}, now);
  }
  peer.last_use = now;
  peer.asked_of_us.push_back(run);
  pump_uploads(now);
}

void Swarm::Impl::on_cancel(Peer& peer, const BlockRun& run, Instant now) {
  std::vector<BlockRun>& queue = peer.asked_of_us;
  for (std::size_t i = 0; i < queue.size();) {
    BlockRun& asked = queue[i];
    const std::uint32_t begin = std::max(run.first, asked.first);
    const std::uint32_t end = std::min(run.first + run.count, asked.first + asked.count);
    if (asked.chunk != run.chunk || begin >= end) {
      ++i;
      continue;
    }
    const BlockRun after{run.chunk, end, asked.first + asked.count - end};
    outbox.send(peer.handle, wire::Reject{{run.chunk, begin, end - begin}, wire::RejectReason::cancelled}, now);
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
void Swarm::Impl::pump_uploads(Instant now) {
  if (roster.stopped()) return;
  bool progress = true;
  while (progress && uploading_bytes < policy.uploads.window_total) {
    progress = false;
    const auto turn = std::ranges::upper_bound(served, upload_turn, {}, &Peer::handle) - served.begin();
    for (std::size_t i = 0; i < served.size() && uploading_bytes < policy.uploads.window_total; ++i) {
      Peer& peer = *served[(static_cast<std::size_t>(turn) + i) % served.size()];
      if (peer.asked_of_us.empty()) continue;
      const auto window = std::clamp(static_cast<std::int64_t>(peer.up.rate(now, 4) / 2), policy.uploads.window_min,
                                     policy.uploads.window_max);
      if (peer.uploading_bytes >= window) continue;
      BlockRun& asked = peer.asked_of_us.front();
      const BlockRun run{asked.chunk, asked.first, std::min(asked.count, wire::kDataBlocksMax)};
      asked.first += run.count;
      asked.count -= run.count;
      if (asked.count == 0) peer.asked_of_us.erase(peer.asked_of_us.begin());
      const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
      peer.uploading_bytes += nominal;
      uploading_bytes += nominal;
      upload_turn = peer.handle;
      outbox.send(SendBlocks{peer.handle, run}, now);
      progress = true;
    }
  }
}

void Swarm::Impl::handle_blocks_sent(PeerHandle handle, const BlockRun& run, Instant now) {
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  STP_ASSERT(peer->uploading_bytes >= nominal);
  peer->uploading_bytes -= nominal;
  uploading_bytes -= nominal;
  const std::int64_t payload = metainfo->bytes_of(run);
  peer->last_use = peer->last_taken = now;
  peer->passed_until = {};
  peer->up.add(payload, now);
  up.add(payload, now);
  note_sent(*peer, run, now);
  if (now >= next_slots) {
    adapt_slots(now);
    give_free_slots(now);
  }
  pump_uploads(now);
}

void Swarm::Impl::note_sent(Peer& peer, const BlockRun& run, Instant now) {
  const bool another = std::exchange(peer.sent_chunk, run.chunk) != run.chunk;
  const bool went_on = another && peer.sent_blocks > 0;  // it got the rest of the last one elsewhere
  peer.sent_blocks = run.count + (another ? 0 : peer.sent_blocks);
  const bool through = peer.sent_blocks >= metainfo->blocks_of(run.chunk);
  if (through) peer.sent_blocks = 0;
  if (seed_plan) {
    seed_plan->note_sent(recipient_of(peer), run.chunk, through, now);
    if (through) keep_promise(peer, run.chunk, now);
    if (through && peer.promised.empty()) suggest(peer, now);
  }
  if (phase_ != Phase::complete || peer.choked_by_us || !(through || went_on)) return;
  // A peer that takes chunks other than those promised has no right to a whole turn of them.
  const std::uint32_t doubted = doubt(peer);
  const bool turn_is_over = now >= peer.unchoked_since + policy.choker.seed_turn && somebody_waits(doubted, now);
  if (turn_is_over || (doubted > 0 && somebody_waits(doubted - 1, now))) end_turn(peer, now);
}

// Only bytes that differ from what was hashed are lost for good. If the system lacks descriptors or memory, the peer
// asks again a little later. Everything else may be fixed by the user (a disk that is not mounted, a file that was
// moved): nobody is offered it until it can be read again. A leech keeps its chunk, even of a file that another program
// wrote to: the download checks the file, and then the chunk is fetched again or was correct all the time.
wire::RejectReason Swarm::Impl::miss_chunk(ChunkIndex chunk, const Error& error) {
  const bool for_good = error.kind == ErrorKind::integrity;
  if (error.kind == ErrorKind::busy || phase_ != Phase::complete) return wire::RejectReason::overloaded;
  if (!had.reset(chunk)) return wire::RejectReason::not_there;
  if (seed_plan) seed_plan->drop(chunk);
  outbox.report(ChunkLost{chunk, error.message, !for_good});
  // What the metainfo promises is no longer on our disk.
  const bool was_wanted = wanted.reset(chunk);
  if (!for_good) withheld.emplace(chunk, was_wanted);
  if (!was_wanted) return wire::RejectReason::not_there;
  bytes_wanted -= metainfo->bytes_of(chunk);
  bytes_had -= metainfo->bytes_of(chunk);
  bytes_unwanted += metainfo->bytes_of(chunk);
  return wire::RejectReason::not_there;
}

void Swarm::Impl::handle_read_failed(PeerHandle handle, const BlockRun& run, const Error& error, Instant now) {
  const wire::RejectReason reason = miss_chunk(run.chunk, error);
  Peer* peer = find(handle);
  if (peer == nullptr) return;
  const std::int64_t nominal = std::int64_t{run.count} * kBlockBytes;
  peer->uploading_bytes -= nominal;
  uploading_bytes -= nominal;
  outbox.send(peer->handle, wire::Reject{run, reason}, now);
  pump_uploads(now);
}

std::map<ChunkIndex, bool> Swarm::Impl::take_withheld(std::size_t file) {
  std::map<ChunkIndex, bool> taken;
  for (auto at = withheld.begin(); at != withheld.end();) {
    const auto next = std::next(at);
    if (metainfo->file_of(at->first) == file) taken.insert(withheld.extract(at));
    at = next;
  }
  return taken;
}

void Swarm::Impl::handle_file_back(std::size_t file, Instant now) {
  std::vector<ChunkIndex> chunks;
  for (const auto& [chunk, was_wanted] : take_withheld(file)) {
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
      if (peer.bitfield_sent) outbox.send(peer.handle, have, now);
    }
  }
}

void Swarm::Impl::handle_file_lost(std::size_t file, const Error& error) {
  for (const auto& [chunk, was_wanted] : take_withheld(file)) outbox.report(ChunkLost{chunk, error.message, false});
}

}  // namespace stp::transfer
