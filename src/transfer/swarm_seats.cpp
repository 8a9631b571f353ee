// A full swarm: who gives up a seat for a newcomer, and what newcomers without a seat are told.

#include <algorithm>
#include <tuple>

#include "transfer/swarm_impl.h"

namespace stp::transfer {

Standing Swarm::Impl::standing_of(const Peer& peer, Instant now) const {
  if (peer.state == Peer::State::connecting) return Standing::needed;
  if (peer.state == Peer::State::greeting)
    return now < peer.since + policy.seats.greeting_grace ? Standing::needed : Standing::idle;
  if (!peer.promised.empty() || peer.outstanding_blocks > 0) return Standing::needed;
  const bool wants = peer.interested_in_us;
  const Instant last_use = std::max(peer.last_use, proofs.last_use(peer.handle));
  const bool moved_lately = now < std::max({peer.since, last_use, peer.last_block}) + policy.seats.idle_after;
  if (!peer.choked_by_us && wants) return moved_lately || peer.uploading_bytes > 0 ? Standing::served : Standing::idle;
  const bool gives = phase != Phase::complete && (peer.interesting > 0 || !picker);
  if (!wants && !gives) return moved_lately ? Standing::waiting : Standing::idle;
  if (gives && (!peer.choking_us || peer.down.rate(now, policy.choker.rate_seconds) > 0)) return Standing::needed;
  // Peers that have had a chunk from us (or at least part of one, if their turn ended long ago), let their turn pass,
  // or have had time to give us something.
  const bool has_chunk = metainfo && peer.up.total() >= metainfo->chunk_bytes();
  const bool passed = peer.passed_until != Instant{};
  const bool had_turn = gives ? !moved_lately : has_chunk || passed || (peer.up.total() > 0 && !moved_lately);
  return had_turn ? Standing::had_turn : Standing::waiting;
}

bool Swarm::Impl::make_room(const IpAddress& origin, Instant now) {
  std::vector<Seat> taken;
  taken.reserve(peers.size());
  for (const auto& [handle, peer] : peers) {
    taken.push_back({handle, peer.remote.address.origin(), standing_of(peer, now),
                     peer.up.rate(now, policy.choker.rate_seconds) + peer.down.rate(now, policy.choker.rate_seconds),
                     peer.since});
  }
  const std::optional<PeerHandle> leaves = seats.give_up(taken, origin, now);
  if (!leaves) return false;
  say_full(*leaves, "others wait for a turn", now);
  return true;
}

void Swarm::Impl::give_up_seats(Instant now) {
  for (std::uint32_t owed = member.owes_seats(); owed > 0; --owed) {
    const Peer* least = nullptr;
    const auto worth = [&](const Peer& peer) {
      return std::tuple(standing_of(peer, now),
                        peer.up.rate(now, policy.choker.rate_seconds) + peer.down.rate(now, policy.choker.rate_seconds),
                        peer.since);
    };
    for (const auto& [handle, peer] : peers) {
      if (least == nullptr || worth(peer) < worth(*least)) least = &peer;
    }
    if (least == nullptr || standing_of(*least, now) == Standing::needed) return;
    say_full(least->handle, "other shares need the connection", now);
  }
}

void Swarm::Impl::turn_away(PeerHandle handle, Instant now) {
  ++turned_away;
  const auto taken = static_cast<std::uint32_t>(peers.size()) - 1;  // without the newcomer
  if (now >= next_full_event) outbox.report(Full{taken});
  next_full_event = now + policy.seats.full_event_pause;
  say_full(handle, "all " + std::to_string(taken) + " seats are taken", now);
}

void Swarm::Impl::say_full(PeerHandle handle, const std::string& why, Instant now) {
  Peer* const peer = find(handle);
  if (peer == nullptr) return;
  wire::Peers others = others_for(*peer, {});
  if (!others.endpoints.empty()) outbox.send(peer->handle, std::move(others), now);
  close(handle, wire::ByeReason::full, why, policy.peers.retry_max, now);
}

}  // namespace stp::transfer
