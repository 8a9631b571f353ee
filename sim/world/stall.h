// Whether anything in a swarm can still move: whether a peer that uploads has a chunk that a leech lacks, and the leech
// can reach it.
//
// A run that waits for its leeches would otherwise continue, event by event, until its time is up, and its result would
// not say why. Only what is certain counts as a stall: hosts that will come or return count with what they bring.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/bitfield.h"

namespace stp::sim {

/// A host that is or will be online, in one swarm.
struct ChunkHolder {
  Bitfield chunks;                     // of the swarm's number of chunks; what it has, or will bring
  bool gives = false;                  // it uploads what it has
  bool wants = false;                  // a leech that the run waits for
  bool behind_nat = false;             // two of these cannot reach each other, unless they are on one local network
  std::uint8_t part = 0;               // 0 or 1, of a split network
  std::optional<std::uint32_t> lan{};  // the local network that it is on
};

/// Chunks that leeches lack and will never get.
struct StuckChunks {
  std::uint32_t not_given = 0;    // held by no peer that uploads
  std::uint32_t unreachable = 0;  // held by some that do, but no leech that lacks it can reach them
  std::uint32_t leeches = 0;      // that lack some
};

/// nullopt if some chunk can still move or no leech lacks one. All `holders` are in one swarm of `chunks` chunks.
[[nodiscard]] std::optional<StuckChunks> find_stuck_chunks(std::span<const ChunkHolder> holders, std::uint32_t chunks);

}  // namespace stp::sim
