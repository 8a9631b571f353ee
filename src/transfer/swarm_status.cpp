// A swarm's status for people: figures, its peers, and why there is no progress.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {
namespace {

std::string peer_count(std::uint32_t count) {
  return std::to_string(count) + (count == 1 ? " peer" : " peers");
}

std::string wait_text(Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return seconds > 0 ? "in " + std::to_string(seconds) + " s" : "now";
}

}  // namespace

SwarmStatus Swarm::Impl::status(Instant now) const {
  SwarmStatus status;
  status.phase = phase;
  status.chunks_wanted = wanted.count();
  status.chunks_had = wanted.count() - missing;
  status.bytes_wanted = bytes_wanted;
  status.bytes_had = bytes_had;
  status.downloaded = down.total();
  status.uploaded = up.total();
  status.wasted = wasted;
  status.down_rate = down.rate(now, 4);
  status.up_rate = up.rate(now, 4);
  // A peer that is connected over two of its addresses counts once.
  std::set<SessionId> sessions;
  std::set<SessionId> seeds;
  for (const auto& [handle, peer] : peers) {
    if (peer.state != Peer::State::ready) {
      ++status.connecting;
      continue;
    }
    sessions.insert(peer.session);
    if (peer.has_all || (metainfo && peer.has.size() > 0 && peer.has.all())) seeds.insert(peer.session);
  }
  status.peers = static_cast<std::uint32_t>(sessions.size());
  status.seeds = static_cast<std::uint32_t>(seeds.size());
  status.candidates = pool.idle_count();
  status.banned = pool.banned_count();
  status.trackers_only = trackers_only;
  status.full = pool.full_count();
  status.seats = config.connections_max;
  status.seats_taken = static_cast<std::uint32_t>(peers.size());
  status.turned_away = turned_away;
  status.reason = reason(status);
  if (!status.reason.empty() && status.full > 0 && pause_reason.empty()) {
    status.reason += "; " + peer_count(status.full) + (status.full == 1 ? " is" : " are") + " full, trying again " +
                     wait_text(pool.next_full_due().value_or(now) - now);
  }
  return status;
}

std::string Swarm::Impl::reason(const SwarmStatus& status) const {
  if (!pause_reason.empty()) return pause_reason;
  if (phase == Phase::complete || stopped) return {};  // there is nothing to do
  if (status.peers == 0) {
    if (status.connecting > 0) return "connecting to " + peer_count(status.connecting);
    const std::uint32_t others = status.candidates - status.full;
    if (others > 0) return "no peer connected, trying " + peer_count(others) + " again soon";
    if (status.full > 0) return "no peer connected";
    if (status.banned > 0) return "no peers found but " + peer_count(status.banned) + " that had to be banned";
    return "no peers found yet";
  }
  if (phase == Phase::metainfo) {
    if (metainfo_fetch.has_source()) return "fetching the metainfo";
    return "connected to " + peer_count(status.peers) +
           (status.peers == 1 ? ", which does not have the metainfo yet" : ", none has the metainfo yet");
  }
  if (phase == Phase::storage && (!hashes || hashes->complete())) return "preparing the files";
  if (phase == Phase::storage || phase == Phase::hashes) return "fetching the chunk hashes";
  if (status.down_rate > 0) return {};
  const auto any = [&](auto&& test) {
    return std::any_of(peers.begin(), peers.end(), [&](const auto& entry) { return test(entry.second); });
  };
  if (!any([](const Peer& peer) { return peer.interesting > 0; })) {
    return "connected to " + peer_count(status.peers) + ", none has a chunk that is missing here";
  }
  if (!any([](const Peer& peer) { return peer.interesting > 0 && !peer.choking_us; })) {
    return "waiting for a turn: " + peer_count(status.peers) + (status.peers == 1 ? " serves" : " serve") +
           " others at the moment";
  }
  return "waiting for data from " + peer_count(status.peers);
}

std::vector<PeerStatus> Swarm::peers(Instant now) const {
  std::vector<PeerStatus> all;
  all.reserve(impl_->peers.size());
  for (const auto& [handle, peer] : impl_->peers) {
    if (peer.state != Peer::State::ready) continue;
    const Endpoint endpoint = peer.listen.value_or(peer.remote);
    all.push_back({endpoint, peer.agent, peer.down.rate(now, 4), peer.up.rate(now, 4), peer.has.count(),
                   peer.has.size() > 0 && peer.has.all(), peer.interested_in_it, peer.choking_us, peer.choked_by_us,
                   peer.outstanding_blocks, impl_->pool.source_of(endpoint).value_or(discovery::Source::met),
                   peer.incoming});
  }
  return all;
}

}  // namespace stp::transfer
