// Bytes on their way to a socket, in pooled buffers: what is queued stays where it is until it is consumed, so the
// front may be written while more is added at the back.
//
// Invariants (check_invariants()): no segment is empty; size() is the sum of the segments.
// Not thread-safe. The pool must outlive the queue.
#pragma once

#include <cstddef>
#include <deque>

#include "core/bytes.h"
#include "wire/buffer_pool.h"

namespace stp::wire {

class OutputQueue {
 public:
  explicit OutputQueue(BufferPool& pool) : pool_(&pool) {}

  /// Adds `size` contiguous bytes (at most kBufferBytes) for the caller to fill before anything else happens.
  [[nodiscard]] MutableByteSpan append(std::size_t size);

  /// The oldest bytes, contiguous; empty when there are none. Valid until they are consumed.
  [[nodiscard]] ByteSpan front() const;
  /// Drops the first n bytes of front().
  void consume(std::size_t n);

  [[nodiscard]] std::size_t size() const { return size_; }
  void check_invariants() const;

 private:
  struct Segment {
    PooledBuffer buffer;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  BufferPool* pool_;
  std::deque<Segment> segments_;
  std::size_t size_ = 0;
};

}  // namespace stp::wire
