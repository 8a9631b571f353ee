// Asking for blocks: which, of whom, and what becomes of those that are refused.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

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

}  // namespace stp::transfer
