// Storage: where the blocks of one share are read from and written to.
//
// The network host calls it from its disk threads while other threads run the swarm core; every implementation is
// thread-safe and its reads and writes run in parallel (pread, pwritev). Errors name the file: disk_full, too_large,
// denied, not_found, io, busy (the same call may succeed a moment later), or integrity for a file that is not what it
// was: only that one is final.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "content/metainfo.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

class Storage {
 public:
  virtual ~Storage() = default;

  /// Fills `out` from the first block of `run` on. metainfo.contains(run); `out` is usually as long as the run, and may
  /// extend over the following chunks of the same file, but not past its end.
  [[nodiscard]] virtual Status read(const BlockRun& run, MutableByteSpan out) = 0;

  /// After a read of the file failed with an error that is not final: whether it can be read again and is unchanged.
  /// Takes as long as hashing the file. Errors: integrity (it never will be), or it can't be read yet.
  [[nodiscard]] virtual Status recheck(std::size_t /*file*/, const std::atomic<bool>& /*cancel*/) { return Done{}; }

  /// Writes `buffers`, which are consecutive in the file, from the first block of `first` on. They may extend over the
  /// following chunks of the same file, but not past its end. The caller decides how much is written at once.
  [[nodiscard]] virtual Status write(const BlockRun& first, std::span<const ByteSpan> buffers) = 0;
};

/// A place in a file: where a run of blocks begins.
struct FilePosition {
  std::size_t file = 0;
  std::int64_t offset = 0;
};
/// metainfo.contains(run), and `bytes` from there do not pass the file's end; anything else is our own mistake and
/// asserts.
[[nodiscard]] FilePosition locate(const Metainfo& metainfo, const BlockRun& run, std::size_t bytes);

}  // namespace stp::content
