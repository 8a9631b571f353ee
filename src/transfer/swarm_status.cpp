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
  status.phase = phase_;
  status.chunks_wanted = wanted.count();
  status.chunks_had = wanted.count() - missing;
  status.bytes_wanted = bytes_wanted;
  status.bytes_had = bytes_had;
  status.downloaded = down.total();
  status.uploaded = upload.up().total();
  status.wasted = wasted;
  status.down_rate = down.rate(now, 4);
  status.up_rate = upload.up().rate(now, 4);
  for (const auto& [handle, peer] : peers) {
    if (!roster.is_ready(handle)) {
      ++status.connecting;
      continue;
    }
    ++status.peers;
    status.seeds += peer.has_all || (metainfo && peer.has.size() > 0 && peer.has.all());
  }
  status.candidates = roster.pool().idle_count();
  status.banned = roster.pool().banned_count();
  status.trackers_only = roster.is_private();
  status.full = roster.pool().full_count();
  status.seats = config.connections_max;
  status.seats_taken = static_cast<std::uint32_t>(peers.size());
  status.turned_away = roster.turned_away();
  status.reason = reason(status);
  if (!status.reason.empty() && status.full > 0 && pause_reason.empty()) {
    status.reason += "; " + peer_count(status.full) + (status.full == 1 ? " is" : " are") + " full, trying again " +
                     wait_text(roster.pool().next_full_due().value_or(now) - now);
  }
  return status;
}

std::string Swarm::Impl::reason(const SwarmStatus& status) const {
  if (!pause_reason.empty()) return pause_reason;
  if (phase_ == Phase::complete || roster.stopped()) return {};  // there is nothing to do
  if (status.peers == 0) {
    if (status.connecting > 0) return "connecting to " + peer_count(status.connecting);
    const std::uint32_t others = status.candidates - status.full;
    if (others > 0) return "no peer connected, trying " + peer_count(others) + " again soon";
    if (status.full > 0) return "no peer connected";
    if (status.banned > 0) return "no peers found but " + peer_count(status.banned) + " that had to be banned";
    return "no peers found yet";
  }
  if (phase_ == Phase::metainfo) {
    if (proofs.has_metainfo_source()) return "fetching the metainfo";
    return "connected to " + peer_count(status.peers) +
           (status.peers == 1 ? ", which does not have the metainfo yet" : ", none has the metainfo yet");
  }
  if (phase_ == Phase::storage && (!proofs.hashes() || proofs.hashes()->complete())) return "preparing the files";
  if (phase_ == Phase::storage || phase_ == Phase::hashes) return "fetching the chunk hashes";
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
  for (const auto& [handle, member] : impl_->roster.peers()) {
    if (member.state != RosterPeer::State::ready) continue;
    const Peer& peer = *impl_->peers.find(handle);
    const UploadPeer& taker = impl_->upload.peer(handle);
    const Endpoint endpoint = member.endpoint();
    all.push_back({endpoint, member.agent, peer.down.rate(now, 4), taker.up.rate(now, 4), peer.has.count(),
                   peer.has.size() > 0 && peer.has.all(), peer.interested_in_it, peer.choking_us, taker.choked,
                   peer.outstanding_blocks, impl_->roster.pool().source_of(endpoint).value_or(discovery::Source::met),
                   member.incoming});
  }
  return all;
}

}  // namespace stp::transfer
