#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/rng.h"
#include "wire/buffer_pool.h"
#include "wire/output_queue.h"

namespace stp::wire {
namespace {

TEST(BufferPool, TheLastBufferGivenBackIsTakenNext) {
  BufferPool pool;
  PooledBuffer first = pool.take();
  PooledBuffer second = pool.take();
  const std::byte* const place = first.bytes().data();
  second.release();
  first.release();
  EXPECT_EQ(pool.take().bytes().data(), place);
}

TEST(BufferPool, BuffersAreAlignedAndOfOneSize) {
  BufferPool pool;
  PooledBuffer buffer = pool.take();
  EXPECT_EQ(buffer.bytes().size(), kBufferBytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % kBufferAlignment, 0U);
}

TEST(BufferPool, KeepsNoMoreThanItsLimitIdle) {
  BufferPool pool(2);
  {
    std::vector<PooledBuffer> buffers;
    for (int i = 0; i < 5; ++i) buffers.push_back(pool.take());
    EXPECT_EQ(pool.taken(), 5U);
  }
  EXPECT_EQ(pool.taken(), 0U);
  EXPECT_EQ(pool.idle(), 2U);
}

TEST(BufferPool, MovedBufferIsGivenBackOnce) {
  BufferPool pool;
  PooledBuffer buffer = pool.take();
  PooledBuffer other = std::move(buffer);
  EXPECT_FALSE(static_cast<bool>(buffer));  // NOLINT(bugprone-use-after-move): empty by contract
  EXPECT_TRUE(buffer.bytes().empty());
  other = pool.take();
  EXPECT_EQ(pool.taken(), 1U);
  other.release();
  other.release();
  EXPECT_EQ(pool.taken(), 0U);
}

TEST(OutputQueue, BytesComeOutInOrderWhateverTheSizes) {
  BufferPool pool;
  OutputQueue queue(pool);
  Rng rng(4);
  Bytes in;
  Bytes out;
  while (out.size() < 4'000'000) {
    if (rng.below(2) == 0) {
      const MutableByteSpan room = queue.append(1 + rng.below(100'000));
      rng.fill(room);
      append(in, room);
    } else if (queue.size() > 0) {
      const ByteSpan front = queue.front();
      ASSERT_FALSE(front.empty());
      const std::size_t n = 1 + rng.below(front.size());
      append(out, front.first(n));
      queue.consume(n);
    }
    queue.check_invariants();
    ASSERT_EQ(queue.size(), in.size() - out.size());
  }
  EXPECT_TRUE(std::equal(out.begin(), out.end(), in.begin()));
}

}  // namespace
}  // namespace stp::wire
