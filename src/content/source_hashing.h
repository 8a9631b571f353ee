// Hashes files where they are, while they may be in use: one that changes meanwhile is hashed again, one that vanishes,
// can't be read or keeps changing is given up with a reason. What build_share() and build_each() have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "content/file_hashes.h"
#include "content/hash_store.h"
#include "content/parallel_hasher.h"
#include "content/scan.h"
#include "core/result.h"

namespace stp::content {

/// A file on its way into a share.
struct HashedSource {
  ScannedFile file;               // as it was when last checked
  std::uint32_t chunk_bytes = 0;  // of `layer`; the caller may ask for another size before a round
  std::vector<Hash256> layer;     // chunk hashes; empty: not known yet, or the file is empty
  std::uint32_t layer_chunk_bytes = 0;
  PieceHashes pieces = {};  // of the same chunks, if they were asked for
  int attempts = 0;         // that failed
  bool read = false;        // `layer` was hashed, not taken from the store
  bool renamed = false;     // `layer` is what the store knew under another path
  std::optional<Error> given_up = std::nullopt;
};

class SourceHashing {
 public:
  /// `store` may be null. Hashing begins at `started_ns`, by the clock of file times. `with_pieces`: SHA-1, too.
  SourceHashing(std::vector<ScannedFile> files, const HashStore* store, std::int64_t started_ns, bool with_pieces);

  [[nodiscard]] std::vector<HashedSource>& files() { return files_; }
  /// Hashes what is not known yet in chunks of chunk_bytes. Then all files are checked once more. Returns whether each
  /// is hashed or given up; otherwise another round is needed. The error is "interrupted".
  [[nodiscard]] Result<bool> round(const HashOptions& options);
  /// Remembers what was read, for the next time.
  void remember();

 private:
  /// Takes what the store knows; the files that have to be read.
  [[nodiscard]] std::vector<std::size_t> take_known();
  [[nodiscard]] bool look_again(std::size_t number, const std::optional<Error>& failure);

  std::vector<HashedSource> files_;
  const HashStore* store_;
  const std::int64_t started_ns_;
  const bool with_pieces_;
};

/// The time by the clock of file times.
[[nodiscard]] std::int64_t file_clock_ns();

}  // namespace stp::content
