// Storage: where the blocks of one share are read from and written to.
//
// The network host calls it from its disk threads while other threads run the swarm core; every implementation is
// thread-safe and its reads and writes run in parallel (pread, pwritev). Errors name the file: disk_full, too_large,
// denied, not_found, io, busy (the same call may succeed a moment later), or integrity for a file that is not what it
// was: only that one is final.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "content/layout.h"
#include "content/metainfo.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

class Storage {
 public:
  virtual ~Storage() = default;

  /// Fills `out` from the first block of `run` on. metainfo.contains(run); `out` is usually as long as the run, and may
  /// extend over the following chunks up to the next gap in the layout (layout.h). Pads read as zeros.
  [[nodiscard]] virtual Status read(const BlockRun& run, MutableByteSpan out) = 0;

  /// After a read of the file failed with an error that is not final: whether it can be read again and is unchanged.
  /// Takes as long as hashing the file. Errors: integrity (it never will be), or it can't be read yet.
  [[nodiscard]] virtual Status recheck(std::size_t /*file*/, const std::atomic<bool>& /*cancel*/) { return Done{}; }

  /// Writes `buffers`, which are consecutive in the layout, from the first block of `first` on. They may extend over the
  /// following chunks up to the next gap. Pads are left out. The caller decides how much is written at once.
  [[nodiscard]] virtual Status write(const BlockRun& first, std::span<const ByteSpan> buffers) = 0;
};

/// Storage::read() of a share of `metainfo`: zeros for pads, and what `read_file` fills in for each extent of a file.
[[nodiscard]] Status read_extents(const Metainfo& metainfo, const BlockRun& run, MutableByteSpan out,
                                  const std::function<Status(const Extent&, MutableByteSpan)>& read_file);

/// The part of `buffers` for each of `extents`, which have as many bytes together.
[[nodiscard]] std::vector<std::vector<ByteSpan>> split(std::span<const ByteSpan> buffers,
                                                       std::span<const Extent> extents);

}  // namespace stp::content
