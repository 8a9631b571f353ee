// Serving: who is unchoked, and what a first seed promises to whom.

#include <algorithm>
#include <utility>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

void Swarm::Impl::on_interested(Peer& peer, bool interested, Instant now) {
  if (interested && !peer.interested_in_us) peer.last_use = now;
  peer.interested_in_us = interested;
  if (seed_plan && interested) (void)recipient_of(peer);  // what is known about it counts from the start
  if (!interested) {
    if (!peer.choked_by_us) give_free_slots(now);
  } else if (peer.choked_by_us && slots_in_use(now) < choker.slots()) {
    set_choked(peer, false, now);  // while a slot is free, nobody else waits for one
  }
}

std::uint32_t Swarm::Impl::slots_in_use(Instant now) const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(served, [&](const Peer* peer) { return peer->interested_in_us && takes(*peer, now); }));
}

// Sent data is at first in the system's buffers, and a peer asks for more once it has received that: without counting
// it, every peer would seem to take nothing over a slow link. A peer that was sent nothing recently has nothing there.
Duration Swarm::Impl::upload_delay(Instant now) const {
  std::int64_t ahead = 0;
  for (const auto& [handle, peer] : peers) {
    if (peer.up.sustained_rate(now, std::chrono::duration_cast<std::chrono::seconds>(policy.choker.slot_idle).count()) >
        0)
      ahead += peer.uploading_bytes + policy.requests.pipeline_start;
  }
  const auto rate = static_cast<std::int64_t>(up.sustained_rate(now, RateMeter::kBuckets));
  if (ahead == 0) return {};
  return std::min<Duration>(std::chrono::milliseconds(1000 * ahead / std::max<std::int64_t>(rate, 1)),
                            policy.choker.seed_turn_max);
}

bool Swarm::Impl::takes(const Peer& peer, Instant now) const {
  if (phase_ != Phase::complete) return true;
  const bool asked = !peer.asked_of_us.empty() || peer.uploading_bytes > 0;
  const Instant expected = peer.last_taken + (asked ? policy.choker.slot_stuck : policy.choker.slot_idle);
  return now < expected || now < expected + policy.choker.slot_delays * upload_delay(now);
}

// Otherwise an unused slot would stay idle for up to a round; the next round may decide differently. The slot of a peer
// that takes nothing is only handed on to one that might take something, and the peer may still ask: we don't know why
// it doesn't.
void Swarm::Impl::give_free_slots(Instant now) {
  auto taken = static_cast<std::uint32_t>(std::ranges::count_if(served, &Peer::interested_in_us));
  for (std::uint32_t used = slots_in_use(now); used < choker.slots(); ++used) {
    std::vector<ChokerPeer> waiting;
    for (const auto& [handle, peer] : peers) {
      const bool may = taken < choker.slots() || now >= peer.passed_until;
      if (may && peer.interested_in_us && peer.choked_by_us) waiting.push_back(choker_peer(peer, now));
    }
    if (waiting.empty()) return;
    set_choked(*find(choker.next(waiting, phase_ == Phase::complete)), false, now);
    ++taken;
  }
}

void Swarm::Impl::adapt_slots(Instant now) {
  next_slots = now + policy.choker.slot_interval;
  const double rate = up.sustained_rate(now, policy.choker.slot_rate_seconds);
  const std::uint32_t slots_max = roster.slots_max();
  if (phase_ != Phase::complete) return choker.set_upload_rate(rate, slots_max);
  constexpr std::uint32_t kAnyDoubt = ~0U;
  const bool short_of_slots = slots_in_use(now) >= choker.slots() && somebody_waits(kAnyDoubt, now);
  choker.set_seed_rate(rate, up.sustained_rate(now, policy.choker.rate_seconds), slots_max, short_of_slots);
}

ChokerPeer Swarm::Impl::choker_peer(const Peer& peer, Instant now) const {
  ChokerPeer view;
  view.peer = peer.handle;
  view.rate_to_us = phase_ == Phase::complete ? 0 : peer.down.rate(now, policy.choker.rate_seconds);
  view.unchoked = !peer.choked_by_us;
  view.unchoked_since = peer.unchoked_since;
  view.amid_chunk = peer.uploading_bytes > 0 || peer.sent_blocks > 0;
  view.takes = peer.choked_by_us || takes(peer, now);
  view.passed = now < peer.passed_until;
  view.doubt = doubt(peer);
  view.chunks = peer.has.count();
  view.gives = peer.down.total() > 0 && peer.down.total() >= peer.up.total() / policy.choker.givers_return;
  view.owes = owes(peer);
  view.newcomer = now < peer.since + policy.choker.newcomer_time && peer.has.count() == 0 && peer.up.total() == 0;
  return view;
}

bool Swarm::Impl::owes(const Peer& peer) const {
  return metainfo && peer.up.total() >= metainfo->chunk_bytes() && peer.down.total() == 0;
}

SeedPlan::Recipient Swarm::Impl::recipient_of(Peer& peer) {
  if (!peer.recipient) peer.recipient = seed_plan->join(roster.endpoint_of(peer.handle));
  return *peer.recipient;
}

std::uint32_t Swarm::Impl::doubt(const Peer& peer) const {
  return peer.recipient && !seed_plan->over() ? seed_plan->doubt(*peer.recipient) : peer.owed_us;
}

void Swarm::Impl::set_choked(Peer& peer, bool choked, Instant now) {
  if (peer.choked_by_us == choked) return;
  const bool whole_turn = now >= peer.last_taken + policy.choker.seed_turn;
  if (choked && whole_turn && !takes(peer, now)) peer.passed_until = now + policy.choker.passed_for;
  peer.choked_by_us = choked;
  if (outbox.tracer().on(trace::Level::debug)) {
    outbox.tracer().write(trace::Level::debug, now, choked ? "choke" : "unchoke",
                          {{"peer", outbox.remote_of(peer.handle)},
                           {"gives", peer.down.rate(now, policy.choker.rate_seconds)},
                           {"takes", peer.up.rate(now, policy.choker.rate_seconds)}});
  }
  if (choked) {
    std::erase(served, &peer);
    note_served();
    give_back_promises(peer);
    peer.sent_blocks = 0;
    outbox.send(peer.handle, wire::Choke{}, now);
    for (const BlockRun& run : std::exchange(peer.asked_of_us, {})) {
      outbox.send(peer.handle, wire::Reject{run, wire::RejectReason::choked}, now);
    }
  } else {
    served.insert(std::ranges::upper_bound(served, peer.handle, {}, &Peer::handle), &peer);
    note_served();
    peer.unchoked_since = peer.last_taken = peer.last_use = now;
    suggest(peer, now);  // first, so it asks for the right ones at once
    outbox.send(peer.handle, wire::Unchoke{}, now);
  }
}

void Swarm::Impl::suggest(Peer& peer, Instant now) {
  if (!seed_plan || phase_ != Phase::complete || peer.choked_by_us || peer.has.size() == 0) return;
  // With a single peer there is nothing to spread.
  if (seed_plan->over() || peers.size() < 2) return;
  const auto a_second = static_cast<std::size_t>(peer.up.rate(now, 4) / metainfo->chunk_bytes());
  const std::size_t turn = std::min<std::size_t>(policy.seed_plan.promises_min + 2 * a_second, wire::kSuggestionsMax);
  wire::Suggest message;
  while (peer.promised.size() < turn) {
    const std::optional<ChunkIndex> chunk = seed_plan->next(recipient_of(peer), peer.has, *picker, now);
    if (!chunk) break;
    peer.promised.push_back(*chunk);
    message.chunks.push_back(*chunk);
    if (outbox.tracer().on(trace::Level::trace)) {
      outbox.tracer().write(trace::Level::trace, now, "promise",
                            {{"peer", outbox.remote_of(peer.handle)}, {"chunk", chunk->value}});
    }
  }
  if (!message.chunks.empty()) outbox.send(peer.handle, std::move(message), now);
}

// Each new chunk does most good at a peer that has nothing new yet: the turn ends with what was promised, unless all
// waiting peers are trusted less.
void Swarm::Impl::keep_promise(Peer& peer, ChunkIndex chunk, Instant now) {
  if (std::erase(peer.promised, chunk) == 0 || !peer.promised.empty()) return;
  if (seed_plan->over() || !somebody_waits(doubt(peer), now)) return suggest(peer, now);
  end_turn(peer, now);
}

bool Swarm::Impl::somebody_waits(std::uint32_t doubt_max, Instant now) const {
  return std::any_of(peers.begin(), peers.end(), [&](const auto& entry) {
    const Peer& peer = entry.second;
    return peer.interested_in_us && peer.choked_by_us && doubt(peer) <= doubt_max && now >= peer.passed_until;
  });
}

void Swarm::Impl::end_turn(Peer& peer, Instant now) {
  set_choked(peer, true, now);
  give_free_slots(now);
}

void Swarm::Impl::give_back_promises(Peer& peer) {
  for (const ChunkIndex chunk : peer.promised) seed_plan->give_back(chunk);
  peer.promised.clear();
}

void Swarm::Impl::rechoke(Instant now) {
  next_choke = now + policy.choker.interval;
  std::vector<ChokerPeer> interested;
  for (const auto& [handle, peer] : peers) {
    if (!peer.interested_in_us) continue;
    interested.push_back(choker_peer(peer, now));
  }
  adapt_slots(now);
  const std::vector<PeerHandle> chosen = choker.choose(interested, phase_ == Phase::complete, now);
  for (auto& [handle, peer] : peers) {
    set_choked(peer, !std::binary_search(chosen.begin(), chosen.end(), handle), now);
  }
  pump_uploads(now);
}

}  // namespace stp::transfer
