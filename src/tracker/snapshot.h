// Snapshot: a registry as bytes, so a restarted tracker knows its peers. No files here.
//
//   0   8  "stp trk\n"
//   8   4  version, 1                                   numbers are big-endian
//   12  8  when it was made, seconds since 1970
//   20 32  SHA-256 of bytes 0..19 and of everything that follows
//   52  …  swarms, in no particular order:
//            20  swarm key
//             4  downloads completed since the swarm appeared
//             1  short intervals that it may still send (registry.h, eager_*)
//            16  IPv4 leeches, IPv4 seeds, IPv6 leeches, IPv6 seeds: 4 bytes each, not all 0
//                (partial seeds are written as leeches: each says what it is in its next announce)
//             …  the peers in that order: 6 or 18 bytes (BEP 23, BEP 7), and 2 bytes: seconds since it was last heard
//
// A swarm may occur twice; it then has all the peers named. The bytes may be damaged or forged: they are measured
// before memory is taken, and a snapshot that does not parse is refused as a whole. What a registry would not have
// accepted from an announce (a peer nobody can dial, one more than its bounds allow) is left out, and so are peers that
// have since expired.
#pragma once

#include <cstdint>
#include <utility>

#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "tracker/registry.h"

namespace stp::tracker {

inline constexpr std::size_t kSnapshotHeaderBytes = 52;
inline constexpr std::size_t kSnapshotSwarmBytes = 41;  // without its peers

/// The largest snapshot of a registry with these bounds: larger ones can be refused without reading them.
[[nodiscard]] std::size_t snapshot_bytes_max(const RegistryConfig& config);

/// Makes a snapshot in pieces, so a registry of millions of peers can answer meanwhile. Measured on a busy core
/// (bench/micro_tracker.cpp): 100,000 peers take 1 ms in up to 1,000 swarms and 10 ms in 100,000 swarms of one; 1
/// million swarms of two take 0.2 s, that is, 2 ms for 512 KiB. Restoring is slower, about 1 µs per peer.
///
/// It goes from the last swarm to the first: when one is removed meanwhile, the last one moves into the gap and is at
/// worst written twice. So every swarm that exists from the beginning to the end of the writing is in the snapshot; new
/// ones are not.
///
/// The registry must outlive the writer and may be used between calls.
class SnapshotWriter {
 public:
  /// `unix_now` (seconds) and `now` are the same moment; ages count from it.
  SnapshotWriter(const Registry& registry, std::int64_t unix_now, Instant now);

  /// Writes swarms until this call has written `bytes` or more: a swarm is never split. Returns whether everything is
  /// written.
  bool write_some(std::size_t bytes);

  /// The snapshot, complete except for seal_snapshot(). Ends the writer.
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  template <class Set>
  void write_peers(const Set& set);

  const Registry& registry_;
  const Tick tick_;
  std::size_t left_;  // swarms not yet written: the first ones
  Bytes out_;
};

/// Fills in the checksum. Needs no registry, so another thread can do it.
void seal_snapshot(Bytes& snapshot);

/// The three steps above at once.
[[nodiscard]] Bytes make_snapshot(const Registry& registry, std::int64_t unix_now, Instant now);

/// Fills `registry`, which must be empty. The time since the snapshot was made counts as silence of its peers; if by
/// the clock it is from the future, no time has passed. Errors, after which the registry is as it was: malformed,
/// unsupported (a later version), integrity (the checksum).
[[nodiscard]] Status restore_snapshot(Registry& registry, ByteSpan snapshot, std::int64_t unix_now, Instant now);

}  // namespace stp::tracker
