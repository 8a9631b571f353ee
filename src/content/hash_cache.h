// HashCache: what files hashed to, so sharing them again reads nothing.
//
// One file in the cache directory for each set of paths shared together. A file's hashes are taken from it only while
// its signature (size, times, inode, device) is the one it was hashed with. As clocks tick coarsely, a file may change
// within the tick in which it was hashed without its times changing: one modified less than kRacyNs before it was
// hashed is not remembered ("racily clean" in git's terms).
//
// The cache is only ever a hint: a damaged entry counts as none, and the caller may ignore write errors.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "content/posix_file.h"
#include "content/scan.h"
#include "core/bytes.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::content {

/// What a file hashed to.
struct CachedFile {
  FileSignature signature;
  Hash256 root;
  std::vector<Hash256> layer;  // empty for a file of one chunk
};

/// All files of one set of paths, by source path.
struct CachedShare {
  std::uint32_t chunk_bytes = 0;
  std::unordered_map<std::string, CachedFile> files;
};

/// The bytes of an entry, and back; decode returns malformed for anything that encode does not produce.
[[nodiscard]] Bytes encode_cached_share(const CachedShare& share);
[[nodiscard]] Result<CachedShare> decode_cached_share(ByteSpan bytes);

class HashCache {
 public:
  static constexpr std::int64_t kRacyNs = 2'000'000'000;
  static constexpr std::size_t kEntriesMax = 256;
  static constexpr std::size_t kEntryBytesMax = std::size_t{128} * 1024 * 1024;

  /// `directory` is created if missing (its parent is not).
  explicit HashCache(std::string directory, std::size_t entries_max = kEntriesMax)
      : directory_(std::move(directory)), entries_max_(entries_max) {}

  /// What is known about a share of these paths and this name; empty when there is nothing or it is damaged.
  [[nodiscard]] CachedShare load(const Scan& scan) const;
  /// Remembers `share`, all of it hashed after `hashed_at_ns`, and forgets the oldest entries beyond `entries_max`.
  [[nodiscard]] Status store(const Scan& scan, CachedShare share, std::int64_t hashed_at_ns) const;

  /// Whether a file with this signature, hashed at that time, may be remembered.
  [[nodiscard]] static bool is_settled(const FileSignature& signature, std::int64_t hashed_at_ns);

 private:
  [[nodiscard]] static std::string entry_name(const Scan& scan);
  std::string directory_;
  std::size_t entries_max_;
};

}  // namespace stp::content
