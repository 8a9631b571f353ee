// HashStore: what files hashed to, so sharing them again reads nothing, whatever share they are part of.
//
// A file is found by device and inode. Its hashes count
//   - while its whole signature (size, times, inode, device) is the one it was hashed with; or
//   - under another path, while size and modification time are the same: a rename changes the change time. The inode
//     must not have been given to another file since: the birth time is compared, and on a file system without one the
//     modification time must have a fraction of a second, which times set by programs rarely have.
// Under its old path a file with another change time may have been edited and given its old times: it is hashed again.
// As clocks tick coarsely, a file may change within the tick in which it was hashed without its times changing: one
// modified just before it was hashed is not remembered ("racily clean" in git's terms).
//
// The store is a directory of kShards files, chosen by device and inode, each replaced as a whole in one step; a shard
// that is damaged counts as empty. It holds nothing in memory between calls. It is only ever a hint: the caller may
// ignore errors. Several processes may use a directory: they change it in turn, under a lock. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "content/file_hashes.h"
#include "content/hash_shard.h"
#include "content/posix_file.h"
#include "core/result.h"

namespace stp::content {

class HashStore {
 public:
  static constexpr std::size_t kShards = 256;
  /// Beyond these, the records of a shard that were written longest ago are forgotten; the newest never is.
  static constexpr std::size_t kRecordsMax = 4096;
  static constexpr std::size_t kRecordsBytesMax = std::size_t{4} * 1024 * 1024;
  /// How long before it was hashed a file must have been modified: where times have fractions, and where they do not.
  static constexpr std::int64_t kRacyNs = 100'000'000;
  static constexpr std::int64_t kRacyCoarseNs = 2'000'000'000;

  struct File {
    std::string path;
    FileSignature signature;
  };
  struct Known {
    FileHashes hashes;
    bool renamed = false;  // found under another path: worth remembering again
  };
  struct Hashed {
    File file;
    FileHashes hashes;
  };

  /// `directory` is created if missing (its parent is not).
  explicit HashStore(std::string directory) : directory_(std::move(directory)) {}

  /// What is known about each of the files, in their order. Reads each shard once at most.
  [[nodiscard]] std::vector<std::optional<Known>> find(std::span<const File> files) const;
  /// Remembers those that may be remembered; all were hashed after `hashed_at_ns`. Empty files are left out.
  [[nodiscard]] Status remember(std::vector<Hashed> files, std::int64_t hashed_at_ns) const;

  /// Whether a file with this signature, hashed at that time, may be remembered.
  [[nodiscard]] static bool is_settled(const FileSignature& signature, std::int64_t hashed_at_ns);

 private:
  [[nodiscard]] static std::size_t shard_of(const FileSignature& signature);
  /// Empty when there is none, or it is damaged.
  [[nodiscard]] static std::vector<HashRecord> load(const Fd& folder, std::size_t shard);
  std::string directory_;
};

}  // namespace stp::content
