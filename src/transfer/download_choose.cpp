// Download: which blocks to request next from a peer.

#include <algorithm>

#include "transfer/download.h"

namespace stp::transfer {

std::optional<BlockRun> Download::choose_suggested_run(DownloadPeer& peer, std::uint32_t blocks_max) {
  for (std::size_t i = 0; i < peer.suggested.size();) {
    const ChunkIndex chunk = peer.suggested[i];
    const PartialChunk* const partial = assembly_.find(chunk);
    const bool wrong = partial != nullptr && partial->only_from;
    if (!peer.has.test(chunk) || wrong || (partial == nullptr && !picker_->contains(chunk))) {
      peer.suggested.erase(peer.suggested.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (partial == nullptr) {
      return take_new(chunk, blocks_max);
    } else if (partial->free > 0) {
      return assembly_.take_free(chunk, blocks_max);
    } else {
      ++i;
    }
  }
  return std::nullopt;
}

bool Download::awaits_suggested(const DownloadPeer& peer) {
  return std::any_of(peer.suggested.begin(), peer.suggested.end(), [&](ChunkIndex chunk) {
    const PartialChunk* const partial = assembly_.find(chunk);
    if (partial == nullptr || partial->judged_wrong) return false;
    return partial->received == partial->blocks.size() ||
           std::any_of(peer.requests.runs.begin(), peer.requests.runs.end(),
                       [chunk](const Outstanding& out) { return out.run.chunk == chunk; });
  });
}

std::optional<BlockRun> Download::take_open(DownloadPeer& peer, ChunkIndex chunk, std::uint32_t blocks_max) {
  PartialChunk& partial = *assembly_.find(chunk);
  if (partial.only_from && partial.only_from != peer.handle) {
    const DownloadPeer* holder = peers_.find(*partial.only_from);
    if (holder != nullptr && !holder->choking_us && holder->has.test(chunk)) return std::nullopt;
    partial.only_from = peer.handle;
  }
  return assembly_.take_free(chunk, blocks_max);
}

BlockRun Download::take_new(ChunkIndex chunk, std::uint32_t blocks_max) {
  picker_->remove(chunk);
  assembly_.begin(chunk, metainfo_->blocks_of(chunk));
  return assembly_.take_free(chunk, blocks_max);
}

std::optional<BlockRun> Download::choose_usual_run(DownloadPeer& peer, const Bitfield& offered,
                                                   std::uint32_t blocks_max) {
  // Before unfinished chunks: those may come from elsewhere, these can't. And while one of these is on its way, the
  // seed's time is better spent on the next peer than on our second request.
  if (config_.pick == PickPolicy::rarest_first) {
    if (const auto run = choose_suggested_run(peer, blocks_max)) return run;
    if (awaits_suggested(peer)) return std::nullopt;
  }
  for (const ChunkIndex chunk : assembly_.open()) {
    if (!offered.test(chunk)) continue;
    if (const auto run = take_open(peer, chunk, blocks_max)) return run;
  }
  const bool first_ones =
      config_.pick == PickPolicy::rarest_first && holdings_.had().count() < policy_.requests.random_first_chunks;
  const auto chunk = picker_->pick(offered, first_ones ? PickPolicy::random : config_.pick);
  return chunk ? std::optional(take_new(*chunk, blocks_max)) : std::nullopt;
}

bool Download::is_end_game() const {
  return host_.phase() == Phase::chunks && picker_->size() == 0 && assembly_.open().empty() && !assembly_.all().empty();
}

std::int64_t Download::copies_left() {
  std::int64_t cancelled = 0;
  std::int64_t twice = 0;  // both of their copies
  for (const auto& [handle, peer] : peers_) {
    for (const Outstanding& out : peer.requests.runs) {
      if (out.cancelled != kNever) {
        cancelled += out.run.count;
      } else if (const PartialChunk* const partial = assembly_.find(out.run.chunk)) {
        const auto begin = partial->blocks.begin() + out.run.first;
        twice += std::count_if(begin, begin + out.run.count, [](const Block& block) { return block.copies > 1; });
      }
    }
  }
  const std::int64_t share = holdings_.bytes_wanted() / kBlockBytes / policy_.end_game.waste_share;
  return std::max<std::int64_t>(policy_.end_game.waste_blocks, share) - received_twice_ / kBlockBytes - cancelled -
         twice / 2;
}

// Every missing block has been requested and this peer is idle: it is asked for the last request of the peer that will
// take longest, if it is much faster. Not if our own link is full: a second copy would only delay the first. The first
// copy to arrive wins; the other is cancelled and may still arrive, so copies of what only arrives slowly are bounded.
// What doesn't arrive at all is requested again at any price.
std::optional<BlockRun> Download::choose_end_game_run(const DownloadPeer& peer, std::uint32_t blocks_max, Instant now) {
  return choose_copy(peer, blocks_max, now, std::nullopt);
}

std::optional<BlockRun> Download::choose_copy(const DownloadPeer& peer, std::uint32_t blocks_max, Instant now,
                                              std::optional<ChunkIndex> only) {
  const auto seconds_for = [](std::int64_t blocks, double rate) {
    return static_cast<double>(blocks * kBlockBytes) / std::max(rate, 1.0);
  };
  const double link_seconds = seconds_of(intake_.time_for(requests_.blocks() * kBlockBytes, {}));
  const double own_rate = peer.down.rate(now, policy_.choker.rate_seconds);
  const double here_seconds = own_rate > 0 ? seconds_for(1 + peer.requests.blocks, own_rate) : link_seconds;
  const double worth_it =
      policy_.end_game.gain * std::max(here_seconds, link_seconds) + seconds_of(policy_.end_game.grace);
  const double delay_seconds = std::max(link_seconds, seconds_of(intake_.delay_mean()));
  const double silence = policy_.requests.snub_queue_times * delay_seconds + seconds_of(policy_.end_game.silence);
  const auto rate_window = static_cast<std::int64_t>(std::clamp(2 * delay_seconds, 4.0, 20.0));
  const bool link_is_full = intake_.own_link_is_full(down_.rate(now, rate_window));
  const std::int64_t left = link_is_full ? 0 : copies_left();

  const Outstanding* slowest = nullptr;
  double slowest_seconds = worth_it;
  for (const auto& [handle, other] : peers_) {
    if (other.requests.blocks == 0 || handle == peer.handle) continue;
    // After that long without a block, it is unknown when it will send one.
    const bool silent = seconds_of(now - other.last_block) > silence;
    const double rate = silent ? 0 : other.down.rate(now, policy_.choker.rate_seconds);
    if (!silent && (link_is_full || rate <= 0)) continue;
    const double seconds = rate > 0 ? seconds_for(other.requests.blocks, rate) : 1e9;
    if (seconds <= slowest_seconds) continue;
    for (const Outstanding& out : other.requests.runs) {
      if (only && out.run.chunk != *only) continue;
      const PartialChunk* const partial = assembly_.find(out.run.chunk);
      if (partial == nullptr || partial->only_from || !peer.has.test(out.run.chunk)) continue;
      // All of it: a run that arrives as one and is partly known is of no use.
      if (!silent && out.run.count > std::min<std::int64_t>(blocks_max, left)) continue;
      const auto begin = partial->blocks.begin() + out.run.first;
      const bool single = std::all_of(begin, begin + out.run.count, [this](const Block& block) {
        return block.state == BlockState::requested && block.copies < policy_.end_game.copies;
      });
      if (!single) continue;
      slowest = &out;
      slowest_seconds = seconds;
    }
  }
  if (slowest == nullptr) {
    next_end_game_ = earlier(next_end_game_, now + policy_.end_game.silence / 4);
    return std::nullopt;
  }
  BlockRun run = slowest->run;
  if (run.count > blocks_max) run = {run.chunk, run.first + run.count - blocks_max, blocks_max};
  assembly_.request_again(run);
  return run;
}

}  // namespace stp::transfer
