// Requesting blocks: which, from whom, and what becomes of those that are refused.

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
  // Before unfinished chunks: those may come from elsewhere, these can't. And while one of these is on its way, the
  // seed's time is better spent on the next peer than on our second request.
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
  const bool first_ones = config.pick == PickPolicy::rarest_first && had.count() < policy.requests.random_first_chunks;
  const auto chunk = picker->pick(peer.has, first_ones ? PickPolicy::random : config.pick);
  if (!chunk) return std::nullopt;
  picker->remove(*chunk);
  assembly.begin(*chunk, metainfo->blocks_of(*chunk));
  return assembly.take_free(*chunk, blocks_max);
}

bool Swarm::Impl::is_end_game() const {
  return phase_ == Phase::chunks && picker->size() == 0 && assembly.open().empty() && !assembly.all().empty();
}

std::int64_t Swarm::Impl::copies_left() {
  std::int64_t cancelled = 0;
  std::int64_t twice = 0;  // both of their copies
  for (const auto& [handle, peer] : peers) {
    for (const Outstanding& out : peer.outstanding) {
      if (out.cancelled != kNever) {
        cancelled += out.run.count;
      } else if (const PartialChunk* const partial = assembly.find(out.run.chunk)) {
        const auto begin = partial->blocks.begin() + out.run.first;
        twice += std::count_if(begin, begin + out.run.count, [](const Block& block) { return block.copies > 1; });
      }
    }
  }
  const std::int64_t share = bytes_wanted / kBlockBytes / policy.end_game.waste_share;
  return std::max<std::int64_t>(policy.end_game.waste_blocks, share) - received_twice / kBlockBytes - cancelled -
         twice / 2;
}

// Every missing block has been requested and this peer is idle: it is asked for the last request of the peer that will
// take longest, if it is much faster. Not if our own link is full: a second copy would only delay the first. The first
// copy to arrive wins; the other is cancelled and may still arrive, so copies of what only arrives slowly are bounded.
// What doesn't arrive at all is requested again at any price.
std::optional<BlockRun> Swarm::Impl::choose_end_game_run(const Peer& peer, std::uint32_t blocks_max, Instant now) {
  const auto seconds_for = [](std::int64_t blocks, double rate) {
    return static_cast<double>(blocks * kBlockBytes) / std::max(rate, 1.0);
  };
  const double link_seconds = seconds_of(intake.time_for(outstanding_blocks * kBlockBytes, {}));
  const double own_rate = peer.down.rate(now, policy.choker.rate_seconds);
  const double here_seconds = own_rate > 0 ? seconds_for(1, own_rate) : link_seconds;
  const double worth_it =
      policy.end_game.gain * std::max(here_seconds, link_seconds) + seconds_of(policy.end_game.grace);
  const double delay_seconds = std::max(link_seconds, seconds_of(intake.delay_mean()));
  const double silence = policy.requests.snub_queue_times * delay_seconds + seconds_of(policy.end_game.silence);
  const auto rate_window = static_cast<std::int64_t>(std::clamp(2 * delay_seconds, 4.0, 20.0));
  const bool link_is_full = intake.own_link_is_full(down.rate(now, rate_window));
  const std::int64_t left = link_is_full ? 0 : copies_left();

  const Outstanding* slowest = nullptr;
  double slowest_seconds = worth_it;
  for (const auto& [handle, other] : peers) {
    if (other.outstanding_blocks == 0 || handle == peer.handle) continue;
    // After that long without a block, it is unknown when it will send one.
    const bool silent = seconds_of(now - other.last_block) > silence;
    const double rate = silent ? 0 : other.down.rate(now, policy.choker.rate_seconds);
    if (!silent && (link_is_full || rate <= 0)) continue;
    const double seconds = rate > 0 ? seconds_for(other.outstanding_blocks, rate) : 1e9;
    if (seconds <= slowest_seconds) continue;
    for (const Outstanding& out : other.outstanding) {
      const PartialChunk* const partial = assembly.find(out.run.chunk);
      if (partial == nullptr || partial->only_from || !peer.has.test(out.run.chunk)) continue;
      // All of it: a run that arrives as one and is partly known is of no use.
      if (!silent && out.run.count > std::min<std::int64_t>(blocks_max, left)) continue;
      const auto begin = partial->blocks.begin() + out.run.first;
      const bool single = std::all_of(begin, begin + out.run.count, [this](const Block& block) {
        return block.state == BlockState::requested && block.copies < policy.end_game.copies;
      });
      if (!single) continue;
      slowest = &out;
      slowest_seconds = seconds;
    }
  }
  if (slowest == nullptr) {
    next_end_game = earlier(next_end_game, now + policy.end_game.silence / 4);
    return std::nullopt;
  }
  BlockRun run = slowest->run;
  if (run.count > blocks_max) run = {run.chunk, run.first + run.count - blocks_max, blocks_max};
  assembly.request_again(run);
  return run;
}

std::uint32_t Swarm::Impl::intake_allows(const Peer& peer, std::uint32_t blocks) const {
  if (intake.window_bytes() / kBlockBytes - outstanding_blocks >= static_cast<std::int64_t>(blocks)) return blocks;
  return peer.outstanding_blocks == 0 && sources < intake.sources_max() ? 1 : 0;
}

void Swarm::Impl::hold_back(Peer& peer) {
  intake.on_held_back();
  if (peer.held_back) return;
  peer.held_back = true;
  held_back.push_back(peer.handle);
}

void Swarm::Impl::fill_held_back(Instant now) {
  for (std::size_t waiting = held_back.size(); waiting > 0; --waiting) {
    if (intake.window_bytes() / kBlockBytes <= outstanding_blocks && sources >= intake.sources_max()) return;
    Peer* const peer = find(held_back.front());
    held_back.pop_front();
    if (peer == nullptr) continue;
    peer->held_back = false;
    fill(*peer, now);  // this may hold it back again: others need less room
  }
}

void Swarm::Impl::ask(Peer& peer, const BlockRun& run, Instant now) {
  if (outstanding_blocks == 0) intake.on_busy(now);
  if (peer.outstanding.empty()) peer.last_block = now;
  if (outbox.tracer().on(trace::Level::trace) && run.first == 0) {  // a line per chunk, not per block
    outbox.tracer().write(trace::Level::trace, now, "ask",
                          {{"peer", outbox.remote_of(peer.handle)}, {"chunk", run.chunk.value}});
  }
  peer.outstanding.push_back({run, now});
  count_outstanding(peer, run.count);
  outbox.send(peer.handle, wire::Request{run}, now);
}

void Swarm::Impl::count_outstanding(Peer& peer, std::int64_t blocks) {
  const bool before = peer.outstanding_blocks > 0;
  peer.outstanding_blocks = static_cast<std::uint32_t>(peer.outstanding_blocks + blocks);
  if (peer.stalled) return;
  outstanding_blocks += blocks;
  const bool after = peer.outstanding_blocks > 0;
  if (after && !before) ++sources;
  if (before && !after) --sources;
}

void Swarm::Impl::set_stalled(Peer& peer, bool stalled) {
  if (peer.stalled == stalled) return;
  peer.stalled = stalled;
  if (peer.outstanding_blocks == 0) return;
  outstanding_blocks += stalled ? -std::int64_t{peer.outstanding_blocks} : std::int64_t{peer.outstanding_blocks};
  if (stalled) {
    --sources;
  } else {
    ++sources;
  }
}

void Swarm::Impl::fill(Peer& peer, Instant now) {
  if (phase_ != Phase::chunks || !pause_reason.empty() || peer.choking_us || peer.interesting == 0) return;
  const auto room = [&] {
    const std::int64_t target = std::min(peer.pipeline.target_bytes(), intake.source_bytes(peer.pipeline.rate()));
    return target / kBlockBytes - static_cast<std::int64_t>(peer.outstanding_blocks);
  };
  const std::uint32_t run_blocks = peer.pipeline.run_blocks();
  // Wait until a whole request fits, so requests do not shrink to the size of the last arrival.
  if (!peer.outstanding.empty() && room() < run_blocks) return;
  do {
    if (peer.outstanding.size() >= policy.uploads.requests_max / 2) return;
    const std::uint32_t allowed = intake_allows(peer, run_blocks);
    if (allowed == 0) return hold_back(peer);
    std::optional<BlockRun> run = choose_run(peer, allowed);
    const bool room_for_copies = outstanding_blocks < intake.window_bytes() / kBlockBytes;
    if (!run && peer.outstanding.empty() && room_for_copies && is_end_game()) {
      run = choose_end_game_run(peer, allowed, now);
    }
    if (!run) return;
    ask(peer, *run, now);
  } while (room() > 0);
}

void Swarm::Impl::fill_all(Instant now) {
  if (phase_ != Phase::chunks || peers.empty()) return;
  // Starts at a different peer each time: otherwise the first one would always get the freed blocks.
  const std::size_t first = rng.below(peers.size());
  for (std::size_t i = 0; i < peers.size(); ++i) fill(peers.at_place((first + i) % peers.size()), now);
}

Swarm::Impl::Struck Swarm::Impl::strike(Peer& peer, const BlockRun& run) {
  Struck struck;
  if (peer.outstanding_blocks == 0) return struck;
  for (std::size_t i = 0; i < peer.outstanding.size() && struck.blocks < run.count;) {
    Outstanding& out = peer.outstanding[i];
    const std::uint32_t begin = std::max(run.first, out.run.first);
    const std::uint32_t end = std::min(run.first + run.count, out.run.first + out.run.count);
    if (out.run.chunk != run.chunk || begin >= end) {
      ++i;
      continue;
    }
    struck.asked = out.asked;
    struck.blocks += end - begin;
    struck.freed |= assembly.release({run.chunk, begin, end - begin});
    const BlockRun before{run.chunk, out.run.first, begin - out.run.first};
    const BlockRun after{run.chunk, end, out.run.first + out.run.count - end};
    Outstanding tail = out;
    tail.run = after;
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
  count_outstanding(peer, -std::int64_t{struck.blocks});
  return struck;
}

bool Swarm::Impl::release(Peer& peer, std::size_t entry) {
  const BlockRun run = peer.outstanding[entry].run;
  peer.outstanding.erase(peer.outstanding.begin() + static_cast<std::ptrdiff_t>(entry));
  count_outstanding(peer, -std::int64_t{run.count});
  return assembly.release(run);
}

bool Swarm::Impl::release_outstanding(Peer& peer) {
  bool freed = false;
  while (!peer.outstanding.empty()) freed |= release(peer, peer.outstanding.size() - 1);
  return freed;
}

void Swarm::Impl::cancel(Peer& peer, const BlockRun& run, Instant now) {
  if (peer.outstanding_blocks == 0) return;
  for (std::size_t i = 0; i < peer.outstanding.size(); ++i) {
    const Outstanding out = peer.outstanding[i];
    const std::uint32_t begin = std::max(run.first, out.run.first);
    const std::uint32_t end = std::min(run.first + run.count, out.run.first + out.run.count);
    if (out.run.chunk != run.chunk || begin >= end || out.cancelled != kNever) continue;
    const auto put = [&](std::uint32_t first, std::uint32_t last, Instant cancelled) {
      if (first >= last) return;
      const Outstanding part{{run.chunk, first, last - first}, out.asked, cancelled};
      peer.outstanding.insert(peer.outstanding.begin() + static_cast<std::ptrdiff_t>(i++), part);
    };
    peer.outstanding.erase(peer.outstanding.begin() + static_cast<std::ptrdiff_t>(i));
    put(out.run.first, begin, kNever);
    put(begin, end, now);
    put(end, out.run.first + out.run.count, kNever);
    --i;
    outbox.send(peer.handle, wire::Cancel{{run.chunk, begin, end - begin}}, now);
  }
}

void Swarm::Impl::cancel_outstanding(Peer& peer, Instant now) {
  for (Outstanding& out : peer.outstanding) {
    if (out.cancelled != kNever) continue;
    out.cancelled = now;
    outbox.send(peer.handle, wire::Cancel{out.run}, now);
  }
}

void Swarm::Impl::close_if_settled(PeerHandle handle, Instant now) {
  const Peer* const peer = find(handle);
  if (peer != nullptr && is_useless_to_seed(*peer)) close_as_seed(handle, now);
}

void Swarm::Impl::on_reject(Peer& peer, const wire::Reject& reject, Instant now) {
  if (!metainfo || !metainfo->contains(reject.run)) return;
  const PeerHandle handle = peer.handle;
  Struck struck = strike(peer, reject.run);
  if (struck.blocks == 0) return;
  switch (reject.reason) {
    case wire::RejectReason::not_there: {
      const BlockRun chunk{reject.run.chunk, 0, metainfo->blocks_of(reject.run.chunk)};
      while (true) {
        const Struck more = strike(peer, chunk);
        if (more.blocks == 0) break;
        struck.freed |= more.freed;
      }
      on_unavailable(peer, reject.run.chunk, now);
      break;
    }
    case wire::RejectReason::overloaded:
      peer.pipeline.on_snub();
      peer.turned_away = true;
      break;
    case wire::RejectReason::choked:
    case wire::RejectReason::cancelled: break;
  }
  if (phase_ == Phase::complete) return close_if_settled(handle, now);
  // This peer is asked again only when something from it arrives, so a refusal can't turn into a loop, unless the
  // refusal answers something that we said.
  const bool itself = reject.reason == wire::RejectReason::not_there || reject.reason == wire::RejectReason::cancelled;
  if (!struck.freed) {
    if (itself) fill(peer, now);
    return fill_held_back(now);
  }
  for (auto& [other_handle, other] : peers) {
    if (other_handle != handle || itself) fill(other, now);
  }
}

}  // namespace stp::transfer
