// The roster's seats: who leaves a full swarm for a newcomer, or for peers that have what we lack.

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "transfer/roster.h"

namespace stp::transfer {

void Roster::note_serving(bool serves) {
  serves_ = serves;
  note_held();
}

Standing Roster::standing_of(PeerHandle handle, const RosterPeer& peer, Instant now) const {
  if (peer.state == RosterPeer::State::connecting) return Standing::needed;
  if (peer.state == RosterPeer::State::greeting)
    return now < peer.since + policy_.seats.greeting_grace ? Standing::needed : Standing::idle;
  return host_.standing_of(handle, peer.since, now);
}

bool Roster::make_room(const IpAddress& origin, Instant now) {
  std::vector<Seat> taken;
  taken.reserve(peers_.size());
  for (const auto& [handle, peer] : peers_) {
    taken.push_back(
        {handle, peer.remote.address.origin(), standing_of(handle, peer, now), host_.rate_of(handle, now), peer.since});
  }
  const std::optional<PeerHandle> leaves = seats_.give_up(taken, origin, now);
  if (!leaves) return false;
  say_full(*leaves, "others wait for a turn", now);
  return true;
}

void Roster::give_up_seats(Instant now) {
  for (std::uint32_t owed = member_.owes_seats(); owed > 0; --owed) {
    using Worth = std::tuple<Standing, double, Instant>;
    std::optional<std::pair<Worth, PeerHandle>> least;
    for (const auto& [handle, peer] : peers_) {
      const Worth worth(standing_of(handle, peer, now), host_.rate_of(handle, now), peer.since);
      if (!least || worth < least->first) least = {worth, handle};
    }
    if (!least || std::get<Standing>(least->first) == Standing::needed) return;
    say_full(least->second, "other shares need the connection", now);
  }
}

void Roster::turn_away(PeerHandle handle, Instant now) {
  ++turned_away_;
  const auto taken = static_cast<std::uint32_t>(peers_.size()) - 1;  // without the newcomer
  if (now >= next_full_event_) outbox_.report(Full{taken});
  next_full_event_ = now + policy_.seats.full_event_pause;
  say_full(handle, "all " + std::to_string(taken) + " seats are taken", now);
}

void Roster::say_full(PeerHandle handle, const std::string& why, Instant now) {
  wire::Peers others = others_for(handle, {});
  if (!others.endpoints.empty()) outbox_.send(handle, std::move(others), now);
  close(handle, wire::ByeReason::full, why, policy_.peers.retry_max, now);
}

void Roster::make_room_if_stranded(Instant now) {
  if (!host_.is_stranded()) {
    stranded_since_ = kNever;
    dial_up_to_ = config_.connections_wanted;
    return;
  }
  stranded_since_ = earlier(stranded_since_, now);
  if (now < stranded_since_ + policy_.peers.stranded_after) return;
  if (peers_.size() < config_.connections_wanted || !pool_.has_due(now)) return;
  // Peers that want nothing from us either go first, then those connected longest.
  std::vector<std::tuple<bool, Instant, PeerHandle>> useless;
  for (const auto& [handle, peer] : peers_) {
    if (peer.state == RosterPeer::State::ready) useless.emplace_back(host_.wants_from_us(handle), peer.since, handle);
  }
  std::ranges::sort(useless);
  useless.resize(std::min<std::size_t>(useless.size(), policy_.peers.replaced_at_once));
  dial_up_to_ = static_cast<std::uint32_t>(peers_.size());
  for (const auto& [wants, since, handle] : useless) {
    close(handle, wire::ByeReason::no_use, "makes room for peers with other chunks", policy_.peers.useless_apart, now);
  }
}

}  // namespace stp::transfer
