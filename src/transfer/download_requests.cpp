// Download: how much is requested from whom, and what becomes of requests that are not answered with blocks.

#include <algorithm>
#include <utility>

#include "transfer/download.h"

namespace stp::transfer {

void Download::fill(DownloadPeer& peer, Instant now) {
  if (host_.phase() != Phase::chunks || !pause_reason_.empty()) return;
  if (peer.choking_us || peer.turned_away || peer.interesting == 0) return;
  const auto room = [&] {
    const std::int64_t target = std::min(peer.pipeline.target_bytes(), intake_.source_bytes(peer.pipeline.rate()));
    return target / kBlockBytes - static_cast<std::int64_t>(peer.requests.blocks);
  };
  const std::uint32_t run_blocks = peer.pipeline.run_blocks();
  // Wait until a whole request fits, so requests do not shrink to the size of the last arrival.
  if (!peer.requests.runs.empty() && room() < run_blocks) return;
  do {
    if (peer.requests.runs.size() >= policy_.uploads.requests_max / 2) return;
    const std::uint32_t allowed = intake_allows(peer, run_blocks);
    if (allowed == 0) return hold_back(peer);
    std::optional<BlockRun> run = urgent_.empty() ? std::nullopt : choose_urgent_copy(peer, allowed, now);
    if (!run) run = choose_run(peer, allowed);
    const bool room_for_copies = requests_.blocks() < intake_.window_bytes() / kBlockBytes;
    if (!run && peer.requests.runs.empty() && room_for_copies && is_end_game()) {
      run = choose_end_game_run(peer, allowed, now);
    }
    if (!run) return;
    ask(peer, *run, now);
  } while (room() > 0);
}

void Download::fill_all(Instant now) {
  if (host_.phase() != Phase::chunks || peers_.empty()) return;
  // Starts at a different peer each time: otherwise the first one would always get the freed blocks.
  const std::size_t first = rng_.below(peers_.size());
  for (std::size_t i = 0; i < peers_.size(); ++i) fill(peers_.at_place((first + i) % peers_.size()), now);
}

void Download::ask(DownloadPeer& peer, const BlockRun& run, Instant now) {
  if (requests_.blocks() == 0) intake_.on_busy(now);
  if (peer.requests.runs.empty()) peer.last_block = now;
  if (outbox_.tracer().on(trace::Level::trace) && run.first == 0) {  // a line per chunk, not per block
    outbox_.tracer().write(trace::Level::trace, now, "ask",
                           {{"peer", outbox_.remote_of(peer.handle)}, {"chunk", run.chunk.value}});
  }
  requests_.add(peer.requests, run, now);
  outbox_.send(peer.handle, wire::Request{run}, now);
}

std::uint32_t Download::intake_allows(const DownloadPeer& peer, std::uint32_t blocks) const {
  if (intake_.window_bytes() / kBlockBytes - requests_.blocks() >= static_cast<std::int64_t>(blocks)) return blocks;
  return peer.requests.blocks == 0 && requests_.sources() < intake_.sources_max() ? 1 : 0;
}

void Download::hold_back(DownloadPeer& peer) {
  intake_.on_held_back();
  if (peer.held_back) return;
  peer.held_back = true;
  held_back_.push_back(peer.handle);
}

void Download::fill_held_back(Instant now) {
  for (std::size_t waiting = held_back_.size(); waiting > 0; --waiting) {
    if (intake_.window_bytes() / kBlockBytes <= requests_.blocks() && requests_.sources() >= intake_.sources_max())
      return;
    DownloadPeer* const peer = peers_.find(held_back_.front());
    held_back_.pop_front();
    if (peer == nullptr) continue;
    peer->held_back = false;
    fill(*peer, now);  // this may hold it back again: others need less room
  }
}

void Download::cancel_all(DownloadPeer& peer, Instant now) {
  for (const BlockRun& run : requests_.cancel_all(peer.requests, now)) {
    outbox_.send(peer.handle, wire::Cancel{run}, now);
  }
}

void Download::close_if_settled(PeerHandle handle, Instant now) {
  const DownloadPeer* const peer = peers_.find(handle);
  if (peer != nullptr && is_useless(*peer)) host_.close_as_seed(handle, now);
}

void Download::handle_choke(PeerHandle handle, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  peer.choking_us = true;
  outbox_.trace_peer(handle, "choked", {}, now);
  // What is on its way still arrives, and the rest is rejected, even requests that the peer has not received yet. So
  // until then nobody else is asked for it: the peer may unchoke us again before our last request reaches it.
  static_cast<void>(requests_.cancel_all(peer.requests, now));
}

void Download::handle_unchoke(PeerHandle handle, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  peer.choking_us = peer.turned_away = false;
  outbox_.trace_peer(handle, "unchoked", {}, now);
  fill(peer, now);
}

void Download::handle_suggest(PeerHandle handle, std::vector<ChunkIndex> chunks, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (!picker_ || peer.has.size() == 0) return;
  peer.spreads = true;
  std::erase_if(chunks, [&](ChunkIndex chunk) { return chunk.value >= peer.has.size(); });
  peer.suggested.insert(peer.suggested.end(), chunks.begin(), chunks.end());
  // Suggestions beyond one message's worth are ignored.
  if (peer.suggested.size() > wire::kSuggestionsMax) peer.suggested.resize(wire::kSuggestionsMax);
  fill(peer, now);
}

void Download::handle_woken(Instant now) {
  for (auto& [handle, peer] : peers_) {
    peer.last_block = now;
    for (Outstanding& out : peer.requests.runs) out.asked = now;
  }
}

void Download::retry(PeerHandle handle, Instant now) {
  DownloadPeer& peer = peers_.at(handle);
  if (std::exchange(peer.turned_away, false)) fill(peer, now);
}

void Download::handle_reject(PeerHandle handle, const wire::Reject& reject, Instant now) {
  if (!metainfo_ || !metainfo_->contains(reject.run)) return;
  DownloadPeer& peer = peers_.at(handle);
  Requests::Struck struck = requests_.strike(peer.requests, reject.run);
  if (struck.blocks == 0) return;
  switch (reject.reason) {
    case wire::RejectReason::not_there: struck.freed |= note_unavailable(peer, reject.run.chunk, now); break;
    case wire::RejectReason::overloaded: peer.pipeline.on_snub(); [[fallthrough]];
    case wire::RejectReason::choked:
    case wire::RejectReason::cancelled:
      // Two peers that refuse whatever they are asked for would otherwise be asked in turn, without end.
      if (struck.was_awaited) peer.turned_away = true;
  }
  if (host_.phase() == Phase::complete) return close_if_settled(handle, now);
  const bool itself = reject.reason == wire::RejectReason::not_there || reject.reason == wire::RejectReason::cancelled;
  if (!struck.freed) {
    if (itself) fill(peer, now);
    return fill_held_back(now);
  }
  for (auto& [other_handle, other] : peers_) {
    if (other_handle != handle || itself) fill(other, now);
  }
}

// What was requested from given-up peers also still arrives, and takes its share of a slow link.
Duration Download::snub_patience(Instant now) const {
  std::int64_t blocks = 0;
  bool bytes_come = false;
  for (const auto& [handle, peer] : peers_) {
    blocks += peer.requests.blocks;
    bytes_come |= peer.requests.blocks > 0 && peer.last_progress != Instant{} &&
                  now < peer.last_progress + policy_.requests.snub_after;
  }
  const Duration queue = intake_.time_for(blocks * kBlockBytes, bytes_come ? policy_.peers.silent_after : Duration{});
  return std::clamp<Duration>(policy_.requests.snub_queue_times * queue, policy_.requests.snub_after,
                              policy_.peers.silent_after);
}

// A peer that sends nothing while others do hangs or is overloaded: it is asked to give back what it has not begun to
// send, and in the end it is disconnected. Until then nobody else is asked for the same, except in the end game.
void Download::check_outstanding(Instant now) {
  const Duration patience = snub_patience(now);
  const auto waiting =
      std::ranges::count_if(peers_, [](const auto& entry) { return entry.second.requests.blocks > 0; });
  bool freed = false;
  std::vector<PeerHandle> hopeless;
  std::vector<PeerHandle> settled;
  for (auto& [handle, peer] : peers_) {
    if (peer.requests.blocks == 0) continue;
    bool waits = peer.snubs > 0;
    for (std::size_t i = peer.requests.runs.size(); i-- > 0;) {
      const Instant cancelled = peer.requests.runs[i].cancelled;
      waits = waits || cancelled == kNever;
      if (cancelled != kNever && now - cancelled >= policy_.requests.cancel_patience + patience)
        freed |= requests_.release(peer.requests, i);
    }
    if (host_.phase() == Phase::complete) settled.push_back(handle);
    // Bytes of a frame count for a while, but not forever.
    const Instant heard =
        std::max(peer.last_block, earlier(peer.last_progress, peer.last_block + policy_.fetch.timeout_max));
    if (!waits || host_.phase() != Phase::chunks || now < std::max(heard, peer.last_snub) + patience) continue;
    // If nobody sends anything and several should, our own link hangs.
    const bool own_link = waiting > 1 && down_.rate(now, policy_.choker.rate_seconds) <= 0;
    if (++peer.snubs >= policy_.requests.snubs_max && !own_link) hopeless.push_back(handle);
    peer.pipeline.on_snub();
    requests_.set_stalled(peer.requests, true);
    freed = true;  // room, if not blocks
    peer.last_snub = now;
    outbox_.trace_peer(peer.handle, "snub", {}, now);
    cancel_all(peer, now);
  }
  for (const PeerHandle handle : hopeless) {
    host_.close(handle, "sends nothing of what it was asked for", policy_.peers.retry_max, now);
  }
  for (const PeerHandle handle : settled) close_if_settled(handle, now);
  if (freed || !hopeless.empty()) fill_all(now);
}

}  // namespace stp::transfer
