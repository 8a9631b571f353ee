// Layout: where the bytes of a share's chunks are in its files.
//
// Bytes have positions: chunk c begins at position c · chunk_bytes(). Stretches of positions belong to files:
//
//   v2, hybrid (BEP 52)   every file begins a chunk; its last chunk is short, and the positions after it have no bytes
//   v1 (BEP 3, BEP 47)    files and pads follow each other without a gap; a chunk may have bytes of several files
//
//   position   0       L      2L      3L      4L
//   v2         |aaaaaaa|aaa    |bbbbbbb|b      |      a has chunks 0 and 1, b has chunks 2 and 3
//   v1         |aaaaaaa|aaabbbb|bbbb..c|ccc    |      chunk 2 has bytes of b, of a pad and of c
//
// A pad is zeros that are in no file: it reads as zeros, and what is written to it goes nowhere. In a hybrid, the v1
// view has zeros after each short chunk. They are no payload (bytes_of() leaves them out), but SHA-1 covers them:
// zeros_after().
//
// Invariants:
//   1. stretches ascend, do not overlap, and are not empty;
//   2. the bytes of a chunk are consecutive and begin at its first position.
// Immutable once built; then any thread may read it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/blocks.h"
#include "core/ids.h"

namespace stp::content {

/// Consecutive bytes of one file, or of a pad.
struct Extent {
  static constexpr std::uint32_t kPad = UINT32_MAX;
  std::uint32_t file = kPad;  // index in the metainfo
  std::int64_t offset = 0;    // in the file; of a pad: meaningless
  std::int64_t bytes = 0;
  [[nodiscard]] bool is_pad() const { return file == kPad; }
  bool operator==(const Extent&) const = default;
};

class Layout {
 public:
  /// Without files. chunk_bytes > 0.
  explicit Layout(std::uint32_t chunk_bytes = kChunkBytesMin) : chunk_bytes_(chunk_bytes) {}

  /// What is added next begins a chunk.
  void begin_chunk();
  /// Adds a file (or a pad) behind what is there; nothing if it is empty. The caller bounds the number of chunks.
  void add_file(std::uint32_t file, std::int64_t bytes);
  void add_pad(std::int64_t bytes);
  /// The v1 view of a hybrid ends at this position: everything up to there that has no bytes is zeros.
  void set_padded_end(std::int64_t end) { padded_end_ = end; }

  [[nodiscard]] std::uint32_t chunk_bytes() const { return chunk_bytes_; }
  [[nodiscard]] std::uint32_t chunk_count() const;
  /// Chunks that the v1 view has: more than chunk_count() if it ends with a long pad.
  [[nodiscard]] std::int64_t padded_chunks() const;
  /// One past the last position with a byte.
  [[nodiscard]] std::int64_t end() const { return end_; }

  /// Payload bytes of the chunk: chunk_bytes(), or less before a gap. chunk < chunk_count(), here and below. O(log
  /// files), as everything that follows.
  [[nodiscard]] std::uint32_t bytes_of(ChunkIndex chunk) const;
  [[nodiscard]] std::uint32_t blocks_of(ChunkIndex chunk) const;
  /// Zeros that the v1 view of a hybrid has after the chunk's bytes.
  [[nodiscard]] std::uint32_t zeros_after(ChunkIndex chunk) const;
  /// Whether the run is inside its chunk and not empty.
  [[nodiscard]] bool contains(const BlockRun& run) const;
  /// Payload bytes of the run; the chunk's last block may be short. contains(run).
  [[nodiscard]] std::uint32_t bytes_of(const BlockRun& run) const;

  [[nodiscard]] std::int64_t position(ChunkIndex chunk) const { return std::int64_t{chunk.value} * chunk_bytes_; }
  [[nodiscard]] std::int64_t position(const BlockRun& run) const {
    return position(run.chunk) + std::int64_t{run.first} * kBlockBytes;
  }
  /// Where `bytes` bytes from `position` on are, in order. There must be no gap between them: anything else is our own
  /// mistake and asserts.
  [[nodiscard]] std::vector<Extent> extents(std::int64_t position, std::int64_t bytes) const;
  [[nodiscard]] std::vector<Extent> extents(const BlockRun& run) const { return extents(position(run), bytes_of(run)); }
  [[nodiscard]] std::vector<Extent> extents(ChunkIndex chunk) const {
    return extents(position(chunk), bytes_of(chunk));
  }

 private:
  struct Stretch {
    std::int64_t begin = 0;
    std::int64_t bytes = 0;
    std::uint32_t file = Extent::kPad;
  };
  void add(std::uint32_t file, std::int64_t bytes);
  /// The last stretch that begins at or before `position`, which is not negative; there is one.
  [[nodiscard]] std::vector<Stretch>::const_iterator stretch_at(std::int64_t position) const;

  std::uint32_t chunk_bytes_;
  std::int64_t end_ = 0;
  std::int64_t padded_end_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace stp::content
