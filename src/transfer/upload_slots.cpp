// Upload's slots: who is unchoked.

#include <algorithm>
#include <utility>

#include "transfer/upload.h"

namespace stp::transfer {

std::uint32_t Upload::slots_in_use(Instant now) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(served_, [&](const UploadPeer* peer) { return peer->interested && takes(*peer, now); }));
}

// Sent data is at first in the system's buffers, and a peer asks for more once it has received that: without counting
// it, every peer would seem to take nothing over a slow link. A peer that was sent nothing recently has nothing there.
Duration Upload::upload_delay(Instant now) const {
  std::int64_t ahead = 0;
  for (const auto& [handle, peer] : peers_) {
    if (peer.up.sustained_rate(now,
                               std::chrono::duration_cast<std::chrono::seconds>(policy_.choker.slot_idle).count()) > 0)
      ahead += peer.uploading_bytes + policy_.requests.pipeline_start;
  }
  const auto rate = static_cast<std::int64_t>(up_.sustained_rate(now, RateMeter::kBuckets));
  if (ahead == 0) return {};
  return std::min<Duration>(std::chrono::milliseconds(1000 * ahead / std::max<std::int64_t>(rate, 1)),
                            policy_.choker.seed_turn_max);
}

bool Upload::takes(const UploadPeer& peer, Instant now) const {
  if (host_.phase() != Phase::complete) return true;
  const bool asked = !peer.asked.empty() || peer.uploading_bytes > 0;
  const Instant expected = peer.last_taken + (asked ? policy_.choker.slot_stuck : policy_.choker.slot_idle);
  return now < expected || now < expected + policy_.choker.slot_delays * upload_delay(now);
}

// The slot of a peer that takes nothing is only handed on to one that might take something, and the peer may still ask: we don't know why
// it doesn't.
void Upload::give_free_slots(Instant now) {
  auto taken = static_cast<std::uint32_t>(std::ranges::count_if(served_, &UploadPeer::interested));
  for (std::uint32_t used = slots_in_use(now); used < choker_.slots(); ++used) {
    std::vector<ChokerPeer> waiting;
    for (const auto& [handle, peer] : peers_) {
      const bool may = taken < choker_.slots() || now >= peer.passed_until;
      if (may && peer.interested && peer.choked) waiting.push_back(choker_peer(peer, now));
    }
    if (waiting.empty()) return;
    set_choked(peers_.at(choker_.next(waiting, host_.phase() == Phase::complete)), false, now);
    ++taken;
  }
}

void Upload::adapt_slots(Instant now) {
  next_slots_ = now + policy_.choker.slot_interval;
  const double rate = up_.sustained_rate(now, policy_.choker.slot_rate_seconds);
  const std::uint32_t slots_max = host_.slots_max();
  if (host_.phase() != Phase::complete) return choker_.set_upload_rate(rate, slots_max);
  constexpr std::uint32_t kAnyDoubt = ~0U;
  const bool short_of_slots = slots_in_use(now) >= choker_.slots() && somebody_waits(kAnyDoubt, now);
  choker_.set_seed_rate(rate, up_.sustained_rate(now, policy_.choker.rate_seconds), slots_max, short_of_slots);
}

ChokerPeer Upload::choker_peer(const UploadPeer& peer, Instant now) const {
  ChokerPeer view;
  view.peer = peer.handle;
  view.rate_to_us = host_.phase() == Phase::complete ? 0 : host_.rate_to_us(peer.handle, now);
  view.unchoked = !peer.choked;
  view.unchoked_since = peer.unchoked_since;
  view.amid_chunk = peer.uploading_bytes > 0 || peer.sent_blocks > 0;
  view.takes = peer.choked || takes(peer, now);
  view.passed = now < peer.passed_until;
  view.doubt = doubt(peer);
  view.chunks = host_.chunks_of(peer.handle).count();
  const std::int64_t given = host_.given_by(peer.handle);
  view.gives = given > 0 && given >= peer.up.total() / policy_.choker.givers_return;
  view.owes = owes(peer);
  view.newcomer = now < peer.since + policy_.choker.newcomer_time && view.chunks == 0 && peer.up.total() == 0;
  return view;
}

bool Upload::owes(const UploadPeer& peer) const {
  return metainfo_ && peer.up.total() >= metainfo_->chunk_bytes() && host_.given_by(peer.handle) == 0;
}

void Upload::set_choked(UploadPeer& peer, bool choked, Instant now) {
  if (peer.choked == choked) return;
  const bool whole_turn = now >= peer.last_taken + policy_.choker.seed_turn;
  if (choked && whole_turn && !takes(peer, now)) peer.passed_until = now + policy_.choker.passed_for;
  peer.choked = choked;
  if (outbox_.tracer().on(trace::Level::debug)) {
    outbox_.tracer().write(trace::Level::debug, now, choked ? "choke" : "unchoke",
                           {{"peer", outbox_.remote_of(peer.handle)},
                            {"gives", host_.rate_to_us(peer.handle, now)},
                            {"takes", peer.up.rate(now, policy_.choker.rate_seconds)}});
  }
  if (choked) {
    std::erase(served_, &peer);
    note_served();
    give_back_promises(peer);
    peer.sent_blocks = 0;
    outbox_.send(peer.handle, wire::Choke{}, now);
    for (const BlockRun& run : std::exchange(peer.asked, {})) {
      outbox_.send(peer.handle, wire::Reject{run, wire::RejectReason::choked}, now);
    }
  } else {
    served_.insert(std::ranges::upper_bound(served_, peer.handle, {}, &UploadPeer::handle), &peer);
    note_served();
    peer.unchoked_since = peer.last_taken = peer.last_use = now;
    suggest(peer, now);  // first, so it asks for the right ones at once
    outbox_.send(peer.handle, wire::Unchoke{}, now);
  }
}

void Upload::end_turn(UploadPeer& peer, Instant now) {
  set_choked(peer, true, now);
  give_free_slots(now);
}

void Upload::become_seed() {
  for (auto& [handle, peer] : peers_) peer.owed_us = owes(peer);
}

void Upload::handle_interested(PeerHandle handle, bool interested, Instant now) {
  UploadPeer& peer = peers_.at(handle);
  if (interested && !peer.interested) peer.last_use = now;
  peer.interested = interested;
  if (seed_plan_ && interested) (void)recipient_of(peer);  // what is known about it counts from the start
  if (!interested) {
    if (!peer.choked) give_free_slots(now);
  } else if (peer.choked && slots_in_use(now) < choker_.slots()) {
    set_choked(peer, false, now);  // while a slot is free, nobody else waits for one
  }
}

void Upload::rechoke(Instant now) {
  next_choke_ = now + policy_.choker.interval;
  std::vector<ChokerPeer> interested;
  for (const auto& [handle, peer] : peers_) {
    if (!peer.interested) continue;
    interested.push_back(choker_peer(peer, now));
  }
  adapt_slots(now);
  const std::vector<PeerHandle> chosen = choker_.choose(interested, host_.phase() == Phase::complete, now);
  for (auto& [handle, peer] : peers_) {
    set_choked(peer, !std::binary_search(chosen.begin(), chosen.end(), handle), now);
  }
  pump(now);
}

}  // namespace stp::transfer
