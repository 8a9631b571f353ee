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

/// As write_at(), but blocks of zeros become holes, or stay such, where the file system has them. The file is as long
/// as that already; `offset`, and the length of each buffer but the last, are whole blocks.
[[nodiscard]] Status write_sparse(const Fd& file, std::int64_t offset, std::span<const ByteSpan> buffers,
                                  std::string_view name);

/// Tells the holes of an open file, which must outlive this, to who reads it front to back. Where the file system does
/// not tell, there are none.
class HoleFinder {
 public:
  explicit HoleFinder(const Fd& file);
  /// Whether [offset, offset + bytes) reads as zeros since all of it lies in a hole.
  [[nodiscard]] bool is_hole(std::int64_t offset, std::int64_t bytes);

 private:
  const Fd& file_;
  bool sparse_ = false;    // the file has less space than its length
  std::int64_t from_ = 0;  // what is known of it begins here …
  std::int64_t data_ = 0;  // … up to where the next data begins
};

}  // namespace stp::content
