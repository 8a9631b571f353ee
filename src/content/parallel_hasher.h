// Hashes the chunks of a layout with all cores: the engine behind sharing, verifying and comparing.
//
// Ranges of chunks are cut into units of a few MiB; each thread takes the next unit, reads it in kReadBytes steps and
// hashes it while it is hot in the cache (chunk_digester.h). With SHA-1, the chunks of a unit are read side by side
// (chunk_lanes.h). A large file keeps all threads busy, and so do thousands of small ones. Memory: one buffer of
// kReadBytes per thread, 16 of a block with SHA-1, at most kThreadsMax threads, whatever is hashed. Not a
// net/worker_pool.h, which serves an event loop: here the caller works as well and waits for the end of one job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "content/chunk_digester.h"
#include "content/layout.h"
#include "content/posix_file.h"
#include "content/proof.h"
#include "core/ids.h"
#include "core/result.h"

namespace stp::content {

struct HashOptions {
  /// Threads that hash, including the calling one; 0: one per core.
  unsigned threads = 0;
  /// Called with the bytes done and the total, from any of the threads and often: whatever displays it must limit the
  /// rate.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  /// Anybody may set it to end the work early, with an Error "interrupted" of kind other.
  const std::atomic<bool>* cancel = nullptr;
};

/// `count` chunks from `first` on.
struct HashRange {
  ChunkIndex first;
  std::uint32_t count = 0;
};

class ParallelHasher {
 public:
  /// Small enough to be hashed from the cache: measured 5 % faster than 512 KiB. The disk still sees larger reads, as
  /// the kernel is told of each unit in advance.
  static constexpr std::size_t kReadBytes = ChunkDigester::kStepBytes;
  static constexpr unsigned kThreadsMax = 32;

  /// Where the bytes come from and the hashes go. Called from several threads at once, for different chunks.
  class Files {
   public:
    virtual ~Files() = default;
    [[nodiscard]] virtual Result<Fd> open(std::size_t file) = 0;
    /// For error messages.
    [[nodiscard]] virtual std::string name(std::size_t file) const = 0;
    /// How many chunks the file has.
    [[nodiscard]] virtual std::uint32_t chunk_count(std::size_t file) const = 0;
    /// Called after a part of the file was read: an error makes that part fail.
    [[nodiscard]] virtual Status check_after(std::size_t /*file*/, const Fd& /*opened*/) { return Done{}; }
    virtual void on_chunk(ChunkIndex chunk, const ChunkDigest& digest) = 0;
    /// A part of the file could not be read, and there is no on_chunk() for the chunks that have bytes of it. Returns
    /// whether to go on with the others.
    [[nodiscard]] virtual bool on_error(std::size_t file, const Error& error) = 0;
  };

  /// Returns when all ranges are hashed, on_error() said stop (its error is returned), or cancelled. No range is empty
  /// or passes the end of the layout.
  [[nodiscard]] static Status run(const Layout& layout, HashKinds kinds, std::vector<HashRange> ranges, Files& files,
                                  const HashOptions& options);
};

}  // namespace stp::content
