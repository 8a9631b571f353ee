// ChunkDigester: hashes consecutive chunks of a layout while their bytes pass by in order, for shares without SHA-1
// (those with it: chunk_lanes.h). Whole blocks are hashed, several at once (crypto/sha256_lanes.h). One thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "content/layout.h"
#include "content/proof.h"
#include "core/bytes.h"

namespace stp::content {

class ChunkDigester {
 public:
  /// Where zeros come from that are fed in place of holes and pads.
  static constexpr std::size_t kStepBytes = 64 * 1024;
  [[nodiscard]] static ByteSpan zeros();

  /// The hash of a block in a hole, which is not read.
  [[nodiscard]] static Hash256 hash_of_zeros(std::size_t bytes);

  /// `layout` must outlive this. No chunk of it has bytes of two files.
  explicit ChunkDigester(const Layout& layout) : layout_(layout) {}

  /// Starts over with `count` chunks from `first` on. count > 0.
  void begin(ChunkIndex first, std::uint32_t count);
  /// What follows is from a file with this number of chunks, which determines the width of its tree.
  void begin_file(std::uint32_t chunks_of_file) { chunks_of_file_ = chunks_of_file; }
  /// The next bytes, at most kStepBytes; of a file only the last may end within a block. `zero`: they are zeros.
  void feed(ByteSpan bytes, bool zero = false);
  /// The next bytes can't be read: the chunks that have them have no digest.
  void skip(std::int64_t bytes);
  /// Nor have the chunks from that one up to the present one.
  void fail_from(ChunkIndex chunk);

  /// The chunk that the next byte belongs to.
  [[nodiscard]] ChunkIndex at() const { return {first_.value + at_}; }
  struct Outcome {
    ChunkDigest digest;
    bool failed = false;
  };
  /// One per chunk. Once all bytes were fed or skipped.
  [[nodiscard]] const std::vector<Outcome>& outcomes() const { return outcomes_; }

 private:
  void advance(std::int64_t bytes);
  void end_chunk();
  [[nodiscard]] std::vector<Hash256> hash_blocks(ByteSpan bytes, bool zero);

  const Layout& layout_;
  ChunkIndex first_;
  std::uint32_t at_ = 0;   // of outcomes_
  std::int64_t left_ = 0;  // bytes of that chunk
  std::uint32_t chunks_of_file_ = 0;
  std::vector<Outcome> outcomes_;
  std::vector<Hash256> leaves_;  // of that chunk
};

}  // namespace stp::content
