// Download: chunks that somebody waits for come before all others.
//
// They are requested in their order, from peers that are not much slower than another one that has the chunk: what a
// slow peer was asked for, nobody else is asked for soon. A slow peer is asked for other chunks, and for the last of
// these if it has no others. If a slow peer holds the next chunk up all the same, a faster one is asked for a copy, within
// the bounds of the end game.

#include <algorithm>

#include "transfer/download.h"

namespace stp::transfer {

void Download::want_first(std::vector<ChunkIndex> chunks, Instant now) {
  if (chunks == urgent_) return;
  urgent_ = std::move(chunks);
  if (picker_) fill_all(now);
}

std::vector<const DownloadPeer*> Download::much_faster_than(const DownloadPeer& peer) const {
  std::vector<const DownloadPeer*> faster;
  const double enough = policy_.urgent.slow_times * peer.pipeline.rate();
  for (const auto& [handle, other] : peers_) {
    const bool serves = !other.choking_us && !other.turned_away && other.has.size() > 0;
    if (serves && other.pipeline.rate() > enough) faster.push_back(&other);
  }
  return faster;
}

std::optional<BlockRun> Download::take_urgent(DownloadPeer& peer, ChunkIndex chunk, std::uint32_t blocks_max) {
  if (!peer.has.test(chunk)) return std::nullopt;
  if (const PartialChunk* const partial = assembly_.find(chunk)) {
    return partial->free > 0 ? take_open(peer, chunk, blocks_max) : std::nullopt;
  }
  if (!picker_->contains(chunk)) return std::nullopt;  // it is here, or not wanted
  return take_new(chunk, blocks_max);
}

std::optional<BlockRun> Download::choose_run(DownloadPeer& peer, std::uint32_t blocks_max) {
  if (urgent_.empty()) return choose_usual_run(peer, peer.has, blocks_max);
  const std::vector<const DownloadPeer*> faster = much_faster_than(peer);
  const auto is_left_to_others = [&](ChunkIndex chunk) {
    return std::ranges::any_of(faster, [chunk](const DownloadPeer* other) { return other->has.test(chunk); });
  };
  for (const ChunkIndex chunk : urgent_) {
    if (is_left_to_others(chunk)) continue;
    if (const auto run = take_urgent(peer, chunk, blocks_max)) return run;
  }
  if (faster.empty()) return choose_usual_run(peer, peer.has, blocks_max);
  Bitfield others = peer.has;
  for (const ChunkIndex chunk : urgent_) {
    if (is_left_to_others(chunk)) others.reset(chunk);
  }
  if (const auto run = choose_usual_run(peer, others, blocks_max)) return run;
  for (auto chunk = urgent_.rbegin(); chunk != urgent_.rend(); ++chunk) {
    if (const auto run = take_urgent(peer, *chunk, blocks_max)) return run;
  }
  return std::nullopt;
}

std::optional<BlockRun> Download::choose_urgent_copy(const DownloadPeer& peer, std::uint32_t blocks_max, Instant now) {
  const auto next = std::ranges::find_if(urgent_, [this](ChunkIndex chunk) { return holdings_.lacks(chunk); });
  if (next == urgent_.end() || !peer.has.test(*next)) return std::nullopt;
  const PartialChunk* const partial = assembly_.find(*next);
  if (partial == nullptr || partial->free > 0 || partial->received == partial->blocks.size()) return std::nullopt;
  return choose_copy(peer, blocks_max, now, *next);
}

}  // namespace stp::transfer
