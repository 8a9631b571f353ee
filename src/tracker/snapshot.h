// Snapshot: a registry and its catalogue as bytes, so a restarted tracker knows its peers and the shares by name. No
// files here.
//
//   0   8  "stp trk\n"
//   8   4  version, 3                                   numbers are big-endian
//   12  8  when it was made, seconds since 1970
//   20 32  SHA-256 of bytes 0..19 and of everything that follows
//   52  8  how many bytes the swarms take
//   60  …  swarms, in no particular order:
//            20  swarm key
//             4  downloads completed since the swarm appeared
//             1  short intervals that it may still send (registry.h, eager_*)
//            16  IPv4 leeches, IPv4 seeds, IPv6 leeches, IPv6 seeds: 4 bytes each, not all 0
//                (partial seeds are written as leeches: each says what it is in its next announce)
//             …  the peers in that order: 6 or 18 bytes (BEP 23, BEP 7), and 2 bytes: seconds since it was last heard
//    …  …  the listed entries of the catalogue, in no particular order:
//            32  info-hash
//             8  size of the share in bytes
//             4  number of files
//             4  seconds since it was listed
//             1  4 or 16, and as many bytes: the address from which it was put
//             1  1 to 255, and as many bytes: the name
//             1  0 or 20, and as many bytes: the v1 info-hash of a hybrid
//
// Version 2 had no v1 info-hashes, version 1 neither the entries nor the eight bytes at 52; both are still read.
//
// A swarm may occur twice; it then has all the peers named. The bytes may be damaged or forged: they are measured
// before memory is taken, and a snapshot that does not parse is refused as a whole. What a registry would not have
// accepted from an announce (a peer nobody can dial, one more than its bounds allow) is left out, and so are peers that
// have since expired, entries that the catalogue has no room for, and names that no share can have.
#pragma once

#include <cstdint>
#include <utility>

#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "tracker/catalogue.h"
#include "tracker/registry.h"

namespace stp::tracker {

inline constexpr std::size_t kSnapshotHeaderBytes = 60;
inline constexpr std::size_t kSnapshotSwarmBytes = 41;      // without its peers
inline constexpr std::size_t kSnapshotEntryBytesMax = 342;  // with an IPv6 source and the longest name

/// The largest snapshot within these bounds: larger ones can be refused without reading them.
[[nodiscard]] std::size_t snapshot_bytes_max(const RegistryConfig& config, const CatalogueConfig& catalogue);

/// Makes a snapshot in pieces, so a registry of millions of peers can answer meanwhile. Measured on a busy core
/// (bench/micro_tracker.cpp): 100,000 peers take 1 ms in up to 1,000 swarms and 10 ms in 100,000 swarms of one; 1
/// million swarms of two take 0.2 s, that is, 2 ms for 512 KiB. Restoring is slower, about 1 µs per peer.
///
/// It goes from the last swarm to the first: when one is removed meanwhile, the last one moves into the gap and is at
/// worst written twice. So every swarm that exists from the beginning to the end of the writing is in the snapshot; new
/// ones are not. The entries of the catalogue follow in the same way.
///
/// Registry and catalogue must outlive the writer and may be used between calls.
class SnapshotWriter {
 public:
  /// `unix_now` (seconds) and `now` are the same moment; ages count from it. `catalogue` may be null.
  SnapshotWriter(const Registry& registry, std::int64_t unix_now, Instant now, const Catalogue* catalogue = nullptr);

  /// Writes until this call has written `bytes` or more: a swarm is never split. Returns whether everything is written.
  bool write_some(std::size_t bytes);

  /// The snapshot, complete except for seal_snapshot(). Ends the writer.
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  template <class Set>
  void write_peers(const Set& set);
  void write_swarm(const Registry::Swarm& swarm);
  void write_entry(const Catalogue::Entry& entry);

  const Registry& registry_;
  const Catalogue* const catalogue_;
  const Tick tick_;
  const Instant now_;
  std::size_t left_;  // swarms not yet written: the first ones
  bool swarms_written_ = false;
  std::size_t entries_left_;  // the same of the catalogue
  Bytes out_;
};

/// Fills in the checksum. Needs no registry, so another thread can do it.
void seal_snapshot(Bytes& snapshot);

/// The three steps above at once.
[[nodiscard]] Bytes make_snapshot(const Registry& registry, std::int64_t unix_now, Instant now,
                                  const Catalogue* catalogue = nullptr);

/// Fills `registry` and, unless it is null, `catalogue`; both must be empty. The time since the snapshot was made
/// counts as silence of its peers; if by the clock it is from the future, no time has passed. Errors, after which both
/// are as they were: malformed, unsupported (a later version), integrity (the checksum).
[[nodiscard]] Status restore_snapshot(Registry& registry, ByteSpan snapshot, std::int64_t unix_now, Instant now,
                                      Catalogue* catalogue = nullptr);

}  // namespace stp::tracker
