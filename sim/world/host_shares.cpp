// The shares of a host: which it has and wants, when it begins with each, and what is recorded about them.

#include <algorithm>

#include "sim/network/addresses.h"
#include "sim/scenario/share_choice.h"
#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

constexpr std::uint32_t kLargeView = 500;

/// Whether it had everything of the share when it was last online.
bool had_completed(const HostShare& share) {
  return share.saved_chunks.size() > 0 && share.saved_chunks.all();
}

}  // namespace

void World::Impl::choose_shares(Host& host) {
  const Group& group = scenario_.groups[host.group];
  if (group.role == Role::node) return;
  Rng draw = topology_.fork("shares " + std::to_string(host.number));
  const MemberShares chosen = draw_member_shares(scenario_, group, draw);
  for (const std::size_t share : chosen.seeds) host.shares.push_back({.share = share, .seeds = true});
  for (const std::size_t share : chosen.wants) {
    host.shares.push_back({.share = share, .turn = static_cast<std::uint32_t>(host.shares.size())});
  }
  std::ranges::sort(host.shares, {}, &HostShare::share);
}

std::vector<Url> World::Impl::trackers_of(const Host& host) const {
  std::vector<Url> trackers;
  if (!scenario_.groups[host.group].discovery.tracker) return trackers;
  for (const Tracker& tracker : trackers_) {
    Url& url = trackers.emplace_back();
    url.host = address_of(tracker.host).to_string();
    url.port = tracker::kTrackerPort;
    url.target = "/announce";
  }
  return trackers;
}

app::ShareConfig World::Impl::share_config(Host& host, const HostShare& of) {
  const Group& group = scenario_.groups[host.group];
  app::ShareConfig config;
  config.trackers = trackers_of(host);
  if (group.discovery.given) {
    const auto seed = std::find_if(hosts_.begin(), hosts_.end(), [&](const auto& other) {
      if (other->group == kNoGroup || scenario_.groups[other->group].role != Role::seed) return false;
      return other->find(of.share) != nullptr;
    });
    if (seed != hosts_.end()) config.peers.push_back({address_of((*seed)->number), kListenPort});
  }
  transfer::SwarmConfig& swarm = config.swarm;
  const VirtualShare& share = shares_[of.share];
  swarm.info_hashes = share.metainfo()->info_hashes();
  swarm.keys = {share.key()};
  host.rng->fill(swarm.session.bytes);
  if (of.seeds || group.knows_metainfo || of.saved_chunks.size() > 0) swarm.metainfo = share.metainfo();
  swarm.policy = policies_.groups[host.group].transfer;
  swarm.pick = group.pick;
  swarm.upload_slots_max = group.upload_slots;
  swarm.connections_max = group.connections_max;
  swarm.connections_wanted = group.connections_wanted;
  if (host.behaviour == Behaviour::free_rider || host.behaviour == Behaviour::large_view) swarm.upload_slots_max = 0;
  if (host.behaviour == Behaviour::large_view) {
    swarm.connections_max = kLargeView;
    swarm.connections_wanted = kLargeView * 4 / 5;
  }
  return config;
}

void World::Impl::begin_content(Host& host, HostShare& of) {
  const VirtualShare& share = shares_[of.share];
  const std::uint32_t chunks = share.metainfo()->chunk_count();
  std::optional<content::ChunkHashes> hashes;
  Bitfield had(chunks, of.seeds);
  if (of.seeds || scenario_.groups[host.group].knows_metainfo) hashes = share.hashes();
  if (of.saved_chunks.size() == chunks) {
    had = of.saved_chunks;
    hashes = share.hashes();
  }
  of.swarm->start_content(std::move(hashes), std::move(had), Bitfield(chunks, true), now_);
  host.participant->touch(host.id_of(of));
  count_chunks(host, of, 1);
}

std::vector<HostShare*> World::Impl::next_shares(Host& host) {
  std::vector<HostShare*> next;
  std::vector<HostShare*> waiting;
  if (host.shares.empty()) return next;
  const std::uint32_t at_a_time = scenario_.groups[host.group].at_a_time;
  std::uint32_t running = 0;
  for (HostShare& share : host.shares) {
    if (share.swarm != nullptr) {
      running += share.seeds || share.complete ? 0 : 1;
    } else if (share.seeds || at_a_time == 0 || had_completed(share)) {
      next.push_back(&share);
    } else {
      waiting.push_back(&share);
    }
  }
  std::ranges::sort(waiting, {}, &HostShare::turn);
  const std::size_t room = at_a_time > running ? at_a_time - running : 0;
  const auto beyond = static_cast<std::ptrdiff_t>(std::min(room, waiting.size()));
  next.insert(next.end(), waiting.begin(), waiting.begin() + beyond);
  return next;
}

void World::Impl::add_share(Host& host, HostShare& share, app::ShareConfig config) {
  const app::ShareId id = host.id_of(share);
  STP_ASSERT(host.participant->add(id, std::move(config), now_));
  share.swarm = host.participant->swarm(id);
}

void World::Impl::begin_next_shares(Host& host) {
  for (HostShare* const share : next_shares(host)) {
    add_share(host, *share, share_config(host, *share));
    if (ShareRecord* const record = record_of(host, *share)) record->started = since_start();
    if (share->swarm->metainfo() != nullptr) begin_content(host, *share);
    arm(host, now_);
  }
}

void World::Impl::open_share_records(Host& host) {
  if (!has_share_records(scenario_.groups[host.group])) return;
  for (HostShare& share : host.shares) {
    ShareRecord record;
    record.peer = host.record;
    record.share = share.share;
    record.seed = share.seeds;
    if (share.swarm != nullptr) record.started = since_start();
    share.record = result_.shares.size();
    result_.shares.push_back(record);
  }
}

ShareRecord* World::Impl::record_of(const Host& host, const HostShare& share) {
  return host.group != kNoGroup && has_share_records(scenario_.groups[host.group]) ? &result_.shares[share.record]
                                                                                   : nullptr;
}

}  // namespace stp::sim
