// What a swarm tells people: figures, its peers, and why nothing moves.

#include <algorithm>

#include "transfer/swarm_impl.h"

namespace stp::transfer {
namespace {

std::string peer_count(std::uint32_t count) {
  return std::to_string(count) + (count == 1 ? " peer" : " peers");
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
  for (const auto& [handle, peer] : peers) {
    if (peer.state != Peer::State::ready) {
      ++status.connecting;
      continue;
    }
    ++status.peers;
    status.seeds += peer.has_all || (metainfo && peer.has.size() > 0 && peer.has.all());
  }
  status.candidates = pool.idle_count();
  status.banned = pool.banned_count();
  status.trackers_only = trackers_only;
  status.reason = reason(status);
  return status;
}

std::string Swarm::Impl::reason(const SwarmStatus& status) const {
  if (!pause_reason.empty()) return pause_reason;
  if (phase == Phase::complete || stopped) return {};  // nothing is to move
  if (status.peers == 0) {
    if (status.connecting > 0) return "connecting to " + peer_count(status.connecting);
    if (status.candidates > 0) return "no peer connected, trying " + peer_count(status.candidates) + " again soon";
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
    all.push_back({peer.listen.value_or(peer.remote), peer.agent, peer.down.rate(now, 4), peer.up.rate(now, 4),
                   peer.has.count(), peer.has.size() > 0 && peer.has.all(), peer.interested_in_it, peer.choking_us,
                   peer.choked_by_us, peer.outstanding_blocks});
  }
  return all;
}

}  // namespace stp::transfer
