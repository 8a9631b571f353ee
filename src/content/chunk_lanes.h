// ChunkLanes: hashes several chunks of a layout side by side, for shares with SHA-1.
//
// SHA-1 takes the bytes of a chunk one after the other, and is several times as fast with 16 chunks at once
// (crypto/sha1_lanes.h). Both kinds of hash are made of the same bytes while these are in the cache. The caller puts the
// next bytes of each lane's chunk where next() says, then calls advance(). No I/O. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "content/layout.h"
#include "content/proof.h"
#include "core/bytes.h"
#include "crypto/sha1_lanes.h"

namespace stp::content {

class ChunkLanes {
 public:
  static constexpr std::size_t kLanes = crypto::Sha1Lanes::kLanes;
  /// Of a lane: one block, so that a step has at most one leaf of the chunk's tree.
  static constexpr std::size_t kStepBytes = kBlockBytes;

  /// `layout` must outlive this. Merkle roots are only made where no chunk has bytes of two files.
  ChunkLanes(const Layout& layout, HashKinds kinds);

  /// The lane starts over with this chunk. `chunks_of_file` determines the width of its tree.
  void begin(std::size_t lane, ChunkIndex chunk, std::uint32_t chunks_of_file);
  /// The lane is not used until begin().
  void end(std::size_t lane) { lanes_[lane].used = false; }

  struct Step {
    std::int64_t position = 0;  // in the layout
    MutableByteSpan bytes;      // where to put what is there; empty: only zeros_after() are left
  };
  [[nodiscard]] Step next(std::size_t lane);
  /// The bytes that were put there are zeros, which need not be hashed one by one.
  void set_zero(std::size_t lane) { lanes_[lane].zero = true; }
  /// Hashes the next step of every lane that is used.
  void advance();

  /// Whether the lane's chunk has been hashed.
  [[nodiscard]] bool done(std::size_t lane) const { return lanes_[lane].taken == lanes_[lane].total; }
  /// Only when done().
  [[nodiscard]] ChunkDigest digest(std::size_t lane) const;

 private:
  struct Lane {
    ChunkIndex chunk;
    std::uint32_t chunks_of_file = 0;
    bool used = false;
    bool zero = false;
    std::uint32_t bytes = 0;  // of the chunk
    std::uint32_t total = 0;  // with the zeros after it
    std::uint32_t taken = 0;  // of these
    std::vector<Hash256> leaves;
    Hash160 sha1;
    Hash160 sha1_alone;
  };
  using Inputs = std::array<ByteSpan, kLanes>;

  [[nodiscard]] MutableByteSpan buffer(std::size_t lane);
  /// What the step has of the chunk's bytes.
  [[nodiscard]] static std::uint32_t step_bytes(const Lane& lane);
  void hash_blocks();
  void hash_pieces();

  const Layout& layout_;
  const HashKinds kinds_;
  std::array<Lane, kLanes> lanes_;
  crypto::Sha1Lanes sha1_;
  std::vector<std::byte> buffers_;
};

}  // namespace stp::content
