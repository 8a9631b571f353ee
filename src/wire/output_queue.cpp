#include "wire/output_queue.h"

#include <utility>

#include "core/result.h"

namespace stp::wire {

MutableByteSpan OutputQueue::append(std::size_t size) {
  STP_ASSERT(size > 0 && size <= kBufferBytes);
  if (segments_.empty() || kBufferBytes - segments_.back().end < size)
    segments_.push_back(Segment{pool_->take(), 0, 0});
  Segment& last = segments_.back();
  const MutableByteSpan room = last.buffer.bytes().subspan(last.end, size);
  last.end += size;
  size_ += size;
  return room;
}

ByteSpan OutputQueue::front() const {
  if (segments_.empty()) return {};
  const Segment& first = segments_.front();
  return first.buffer.bytes().subspan(first.begin, first.end - first.begin);
}

void OutputQueue::consume(std::size_t n) {
  if (n == 0) return;
  STP_ASSERT(n <= front().size());
  Segment& first = segments_.front();
  first.begin += n;
  size_ -= n;
  if (first.begin == first.end) segments_.pop_front();
}

void OutputQueue::check_invariants() const {
  std::size_t sum = 0;
  for (const Segment& segment : segments_) {
    STP_ASSERT(segment.begin < segment.end && segment.end <= kBufferBytes);
    sum += segment.end - segment.begin;
  }
  STP_ASSERT(sum == size_);
}

}  // namespace stp::wire
