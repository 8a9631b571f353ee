// Holes: parts of a file that read as zeros and take no disk space.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "content/posix_file.h"
#include "core/blocks.h"
#include "core/bytes.h"
#include "core/result.h"

namespace stp::content {

[[nodiscard]] bool is_zero(ByteSpan bytes);

/// Like write_at(), but blocks of zeros become or stay holes where the file system has them. Blocks are counted from
/// the start of each buffer. The file must already be long enough.
[[nodiscard]] Status write_sparse(const Fd& file, std::int64_t offset, std::span<const ByteSpan> buffers,
                                  std::string_view name);

/// Finds the holes of an open file, which must outlive this, while it is read front to back. If the file system does
/// not report holes, there are none.
class HoleFinder {
 public:
  explicit HoleFinder(const Fd& file);
  /// Whether [offset, offset + bytes) reads as zeros because all of it is in a hole.
  [[nodiscard]] bool is_hole(std::int64_t offset, std::int64_t bytes);

 private:
  const Fd& file_;
  bool sparse_ = false;    // the file occupies less space than its length
  std::int64_t from_ = 0;  // what is known about it begins here …
  std::int64_t data_ = 0;  // … up to where the next data begins
};

}  // namespace stp::content
