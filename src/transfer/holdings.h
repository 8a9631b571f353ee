// Which chunks we have and want, and what they add up to in bytes.
//
// had, wanted and missing are independent of how chunks are fetched: a chunk that cannot be read is neither had nor
// wanted, one that another program damaged is wanted again.
//
// Invariants (check_invariants()): missing() counts the wanted chunks that are not had; the sums of bytes are right.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "content/metainfo.h"
#include "core/bitfield.h"
#include "core/ids.h"

namespace stp::transfer {

class Holdings {
 public:
  /// Both of the metainfo's size.
  void start(std::shared_ptr<const content::Metainfo> metainfo, Bitfield had, Bitfield wanted);

  /// A missing chunk is complete.
  void add(ChunkIndex chunk);
  /// A chunk is gone and no longer wanted. Returns whether it was; nullopt and no effect: it was not had.
  std::optional<bool> lose(ChunkIndex chunk);
  /// It is back after lose(), which returned `was_wanted`. Returns false, without effect, if it is wanted again.
  bool regain(ChunkIndex chunk, bool was_wanted);
  /// It is wanted and counts as missing, whatever was before. Returns false if that is so already.
  bool want_again(ChunkIndex chunk);

  /// Of size 0 before start().
  [[nodiscard]] const Bitfield& had() const { return had_; }
  [[nodiscard]] const Bitfield& wanted() const { return wanted_; }
  [[nodiscard]] bool has(ChunkIndex chunk) const { return had_.size() > 0 && had_.test(chunk); }
  [[nodiscard]] bool lacks(ChunkIndex chunk) const { return wanted_.test(chunk) && !had_.test(chunk); }
  [[nodiscard]] std::uint32_t missing() const { return missing_; }
  /// Whether wanted chunks were missing at the start.
  [[nodiscard]] bool began_incomplete() const { return began_incomplete_; }
  [[nodiscard]] std::int64_t bytes_wanted() const { return bytes_wanted_; }
  /// Of the wanted ones.
  [[nodiscard]] std::int64_t bytes_had() const { return bytes_had_; }
  /// Of all chunks that we have not got, wanted or not.
  [[nodiscard]] std::int64_t bytes_left() const { return bytes_unwanted_ + bytes_wanted_ - bytes_had_; }
  void check_invariants() const;

 private:
  std::shared_ptr<const content::Metainfo> metainfo_;
  Bitfield had_;
  Bitfield wanted_;
  std::uint32_t missing_ = 0;
  bool began_incomplete_ = false;
  std::int64_t bytes_wanted_ = 0;
  std::int64_t bytes_had_ = 0;
  std::int64_t bytes_unwanted_ = 0;  // neither wanted nor had
};

}  // namespace stp::transfer
