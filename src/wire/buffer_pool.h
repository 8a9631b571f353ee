// Buffers of one size that circulate: from the socket to decryption, hashing and the disk, and back, without a copy and
// without asking the system for memory. Everything large that a channel holds is in such buffers, so counting them
// bounds memory.
//
// Lifetime: the pool must outlive its buffers. Threading: the pool belongs to one thread, and buffers are taken and
// returned on it. In between, a buffer may be moved to another thread (a disk thread) and used there; it comes back to
// be released.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/bytes.h"
#include "wire/frame.h"

namespace stp::wire {

/// Holds the longest frame, or the longest data frame sealed, or a read of the socket; a whole number of pages.
inline constexpr std::size_t kBufferBytes = 260 * 1024;
inline constexpr std::size_t kBufferAlignment = 64;
static_assert(kBufferBytes >= kFrameBytesMax + 2 * kBufferAlignment);

class BufferPool;

/// A buffer on loan: kBufferBytes, aligned to kBufferAlignment, contents undefined at first. Movable; its bytes stay in
/// place. An empty one (default or moved from) has no bytes.
class PooledBuffer {
 public:
  PooledBuffer() = default;
  PooledBuffer(PooledBuffer&& other) noexcept;
  PooledBuffer& operator=(PooledBuffer&& other) noexcept;
  ~PooledBuffer() { release(); }

  [[nodiscard]] explicit operator bool() const { return data_ != nullptr; }
  [[nodiscard]] MutableByteSpan bytes() { return {data_, data_ == nullptr ? 0 : kBufferBytes}; }
  [[nodiscard]] ByteSpan bytes() const { return {data_, data_ == nullptr ? 0 : kBufferBytes}; }

  /// Returns it to the pool; empty afterwards.
  void release();

 private:
  friend class BufferPool;
  PooledBuffer(BufferPool& pool, std::byte* data) : pool_(&pool), data_(data) {}

  BufferPool* pool_ = nullptr;
  std::byte* data_ = nullptr;
};

class BufferPool {
 public:
  /// Keeps up to `idle_max` unused buffers; more are freed as they come back.
  explicit BufferPool(std::size_t idle_max = 32);
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  [[nodiscard]] PooledBuffer take();
  /// Buffers on loan now.
  [[nodiscard]] std::size_t taken() const { return taken_; }
  /// Buffers kept unused now.
  [[nodiscard]] std::size_t idle() const { return idle_.size(); }

 private:
  friend class PooledBuffer;
  void give_back(std::byte* data);

  const std::size_t idle_max_;
  std::vector<std::byte*> idle_;  // last in, first out: the warmest is used again
  std::size_t taken_ = 0;
};

}  // namespace stp::wire
