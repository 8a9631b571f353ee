#include "sim/world/stall.h"

#include <algorithm>
#include <array>
#include <vector>

#include "sim/world/world_impl.h"

namespace stp::sim {
namespace {

/// Longer than any packet is in flight.
constexpr Duration kQuietAtLeast = std::chrono::seconds(30);

/// Those in one part of the network that give a chunk, or that lack it.
struct Side {
  bool any = false;
  bool open = false;                  // one of them can be dialled from everywhere
  std::vector<std::uint32_t> lans{};  // of the others that are on one: each once, ascending

  void add(const ChunkHolder& holder) {
    any = true;
    open |= !holder.behind_nat;
    if (!holder.behind_nat || !holder.lan) return;
    const auto at = std::ranges::lower_bound(lans, *holder.lan);
    if (at == lans.end() || *at != *holder.lan) lans.insert(at, *holder.lan);
  }
};

bool reach(const Side& a, const Side& b) {
  if ((a.any && b.open) || (a.open && b.any)) return true;
  return std::ranges::any_of(a.lans, [&](std::uint32_t lan) { return std::ranges::binary_search(b.lans, lan); });
}

}  // namespace

std::optional<StuckChunks> find_stuck_chunks(std::span<const ChunkHolder> holders, std::uint32_t chunks) {
  StuckChunks stuck;
  for (ChunkIndex chunk; chunk.value < chunks; ++chunk) {
    // By part of the network.
    std::array<Side, 2> given{};
    std::array<Side, 2> lacked{};
    for (const ChunkHolder& holder : holders) {
      const bool has = holder.chunks.test(chunk);
      if (has ? !holder.gives : !holder.wants) continue;
      (has ? given : lacked).at(holder.part).add(holder);
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
    const HostShare* const of = host->find(share);
    if (of == nullptr) continue;
    const Group& group = scenario_.groups[host->group];
    const bool comes = !host->online && (host->stay == 0 || group.away);
    if (!host->is_peer() && !comes && !(host->leaving && group.away)) continue;
    ChunkHolder holder;
    const Bitfield& kept = host->is_peer() && of->swarm != nullptr ? of->swarm->had() : of->saved_chunks;
    holder.chunks = kept.size() == chunks ? kept : Bitfield(chunks, of->seeds);
    holder.gives = group.upload_slots > 0 && group.behaviour != Behaviour::free_rider &&
                   group.behaviour != Behaviour::large_view && group.behaviour != Behaviour::silent;
    holder.wants = host->counts_as_open && !of->seeds;
    holder.behind_nat = host->behind_nat;
    holder.part = split_ ? host->half : 0;
    if (host->lan != kNoLan) holder.lan = host->lan;
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
