// What a swarm says about itself: figures, its peers and why there is no progress, for people; its announcements.

#include <algorithm>
#include <set>

#include "core/text.h"
#include "transfer/swarm_impl.h"
#include "transfer/wait_text.h"

namespace stp::transfer {
namespace {

std::string peer_count(std::uint32_t count) {
  return format_count(count, "peer", "peers");
}

std::string web_seed_count(std::uint32_t count) {
  return format_count(count, "web seed", "web seeds");
}

// `left` before the metainfo is known: the true value is unknown; anything but 0 means leech.
constexpr std::int64_t kLeftUnknown = 16 * 1024;

}  // namespace

SwarmStatus Swarm::Impl::status(Instant now) const {
  const Holdings& holdings = download.holdings();
  SwarmStatus status;
  status.phase = phase_;
  status.chunks_wanted = holdings.wanted().count();
  status.chunks_had = status.chunks_wanted - holdings.missing();
  status.bytes_wanted = holdings.bytes_wanted();
  status.bytes_had = holdings.bytes_had();
  status.downloaded = download.down().total();
  status.uploaded = upload.up().total();
  status.wasted = download.wasted();
  status.down_rate = download.down().rate(now, 4);
  status.up_rate = upload.up().rate(now, 4);
  // A peer that is connected over two of its addresses counts once.
  std::set<SessionId> sessions;
  std::set<SessionId> seeds;
  for (const auto& [handle, member] : roster.peers()) {
    if (member.state != RosterPeer::State::ready) {
      ++status.connecting;
      continue;
    }
    sessions.insert(member.session);
    const DownloadPeer& peer = download.peer(handle);
    if (peer.has_all || (peer.has.size() > 0 && peer.has.all())) seeds.insert(member.session);
  }
  status.peers = static_cast<std::uint32_t>(sessions.size());
  status.web_seeds = web_seeds.joined();
  status.web_seeds_waiting = web_seeds.waiting();
  status.seeds = static_cast<std::uint32_t>(seeds.size());
  const PeerPool& pool = roster.pool();
  status.candidates = pool.idle_count();
  status.banned = pool.banned_count();
  status.trackers_only = roster.is_private();
  status.full = pool.full_count();
  status.seats = config.connections_max;
  status.seats_taken = static_cast<std::uint32_t>(roster.peers().size());
  status.turned_away = roster.turned_away();
  status.reason = reason(status);
  if (const std::string trouble = web_seeds.trouble(now); !status.reason.empty() && !trouble.empty()) {
    status.reason += "; " + trouble;
  }
  if (!status.reason.empty() && status.full > 0 && download.pause_reason().empty()) {
    status.reason += "; " + peer_count(status.full) + (status.full == 1 ? " is" : " are") + " full, trying again " +
                     wait_text(pool.next_full_due().value_or(now) - now);
  }
  return status;
}

std::string Swarm::Impl::reason(const SwarmStatus& status) const {
  if (!download.pause_reason().empty()) return download.pause_reason();
  if (phase_ == Phase::complete || roster.stopped()) return {};  // there is nothing to do
  if (phase_ == Phase::chunks && status.web_seeds > 0) {
    if (status.down_rate > 0) return {};
    if (status.peers == 0 || !download.is_served()) return "waiting for data from " + web_seed_count(status.web_seeds);
  }
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
  if (!download.has_source()) {
    return "connected to " + peer_count(status.peers) + ", none has a chunk that is missing here";
  }
  if (!download.is_served()) {
    return "waiting for a turn: " + peer_count(status.peers) + (status.peers == 1 ? " serves" : " serve") +
           " others at the moment";
  }
  return "waiting for data from " + peer_count(status.peers);
}

std::vector<PeerStatus> Swarm::peers(Instant now) const {
  std::vector<PeerStatus> all;
  all.reserve(impl_->roster.peers().size());
  for (const auto& [handle, member] : impl_->roster.peers()) {
    if (member.state != RosterPeer::State::ready) continue;
    const DownloadPeer& peer = impl_->download.peer(handle);
    const UploadPeer& taker = impl_->upload.peer(handle);
    const Endpoint endpoint = member.endpoint();
    all.push_back({endpoint, member.agent, peer.down.rate(now, 4), taker.up.rate(now, 4), peer.has.count(),
                   peer.has.size() > 0 && peer.has.all(), peer.interested_in_it, peer.choking_us, taker.choked,
                   peer.requests.blocks, impl_->roster.pool().source_of(endpoint).value_or(discovery::Source::met),
                   member.incoming, member.wire});
  }
  return all;
}

discovery::Announcement Swarm::Impl::announcement() const {
  discovery::Announcement self;
  self.port = roster.port();
  self.port_v6 = roster.port_v6();
  self.uploaded = upload.up().total();
  self.downloaded = download.down().total();
  if (download.started()) {
    self.left = download.holdings().bytes_left();
  } else {
    // How much of it is on disk is not known yet.
    self.left = proofs.metainfo() ? std::max<std::int64_t>(1, proofs.metainfo()->total_bytes()) : kLeftUnknown;
  }
  // A share without bytes also counts as missing until the download has ended.
  if (phase_ != Phase::complete) self.left = std::max<std::int64_t>(1, self.left);
  self.completed = phase_ == Phase::complete && download.holdings().began_incomplete() && self.left == 0;
  self.paused = phase_ == Phase::complete && self.left > 0;
  return self;
}

}  // namespace stp::transfer
