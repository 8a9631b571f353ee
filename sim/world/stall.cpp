#include "sim/world/stall.h"

#include <algorithm>
#include <array>

#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

/// Longer than any packet is in flight.
constexpr Duration kQuietAtLeast = std::chrono::seconds(30);

struct Side {
  bool any = false;
  bool open = false;
};

bool reach(const Side& a, const Side& b) {
  return (a.any && b.open) || (a.open && b.any);
}

}  // namespace

std::optional<StuckChunks> find_stuck_chunks(std::span<const ChunkHolder> holders, std::uint32_t chunks) {
  StuckChunks stuck;
  for (ChunkIndex chunk; chunk.value < chunks; ++chunk) {
    // By part of the network: whether there is any, and whether there is one that can be dialled.
    std::array<Side, 2> given{};
    std::array<Side, 2> lacked{};
    for (const ChunkHolder& holder : holders) {
      const bool has = holder.chunks.test(chunk);
      if (has ? !holder.gives : !holder.wants) continue;
      Side& side = (has ? given : lacked).at(holder.part);
      side.any = true;
      side.open |= !holder.behind_nat;
    }
    if (!lacked[0].any && !lacked[1].any) continue;
    if (reach(given[0], lacked[0]) || reach(given[1], lacked[1])) return std::nullopt;
    ++(given[0].any || given[1].any ? stuck.unreachable : stuck.not_given);
  }
  for (const ChunkHolder& holder : holders) stuck.leeches += holder.wants && !holder.chunks.all();
  if (stuck.leeches == 0) return std::nullopt;
  return stuck;
}

std::vector<ChunkHolder> World::Impl::holders_of(std::size_t share) const {
  const std::uint32_t chunks = scenario_.shares[share].chunks;
  std::vector<ChunkHolder> holders;
  for (const auto& host : hosts_) {
    if (host->group == kNoGroup || host->share != share) continue;
    const Group& group = scenario_.groups[host->group];
    const bool comes = !host->online && (host->stay == 0 || group.away);
    if (group.role == Role::node || (!host->is_peer() && !comes && !(host->leaving && group.away))) continue;
    ChunkHolder holder;
    const Bitfield& kept = host->is_peer() ? host->swarm()->had() : host->saved_chunks;
    holder.chunks = kept.size() == chunks ? kept : Bitfield(chunks, group.role == Role::seed);
    holder.gives = group.upload_slots > 0 && group.behaviour != Behaviour::free_rider &&
                   group.behaviour != Behaviour::large_view && group.behaviour != Behaviour::silent;
    holder.wants = host->counts_as_open;
    // Its neighbours can reach it; that others cannot is not counted, so a stall may be missed but is never invented.
    holder.behind_nat = host->behind_nat && host->lan == kNoLan;
    holder.part = split_ ? host->half : 0;
    holders.push_back(std::move(holder));
  }
  return holders;
}

void World::Impl::look_for_stall() {
  if (scenario_.until != Until::complete || open_leeches_ == 0 || fluid_.next_at() != kNever) return;
  if (now_ < last_payload_at_ + kQuietAtLeast) return;
  // What the scenario is still going to do may change everything.
  for (const ScenarioEvent& event : scenario_.events) {
    if (!event.when && event.at > since_start()) return;
    if (event.when && event.when->after.value_or(Duration{}) > since_start()) return;
  }
  Stall stall{last_chunk_at_ - Instant{}, 0, 0, 0};
  for (std::size_t share = 0; share < shares_.size(); ++share) {
    const std::vector<ChunkHolder> holders = holders_of(share);
    const bool wanted = std::ranges::any_of(holders, &ChunkHolder::wants);
    if (!wanted) continue;
    const std::optional<StuckChunks> stuck = find_stuck_chunks(holders, scenario_.shares[share].chunks);
    if (!stuck) return;
    stall.not_given += stuck->not_given;
    stall.unreachable += stuck->unreachable;
    stall.leeches += stuck->leeches;
  }
  if (stall.leeches > 0) result_.stall = stall;
}

}  // namespace stp::sim
