#include "sim/engine/event_queue.h"

#include <gtest/gtest.h>

#include <map>

#include "core/rng.h"

namespace stp::sim {
namespace {

TEST(EventQueue, EqualTimesComeInTheOrderOfPushing) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < 100; ++i) queue.push(Instant{} + std::chrono::seconds(1), 0, i, 0);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(queue.pop().host, i);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_at(), kNever);
}

TEST(EventQueue, AgreesWithAnOrderedMapOnRandomUse) {
  Rng rng(1);
  EventQueue queue;
  std::map<std::pair<Instant, std::uint64_t>, std::uint64_t> model;
  std::uint64_t pushed = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (model.empty() || rng.below(5) < 3) {
      const Instant at{Duration(static_cast<std::int64_t>(rng.below(1000)))};
      queue.push(at, 1, 2, step);
      model[{at, ++pushed}] = static_cast<std::uint64_t>(step);
      continue;
    }
    ASSERT_EQ(queue.next_at(), model.begin()->first.first);
    const Event event = queue.pop();
    ASSERT_EQ(event.payload, model.begin()->second);
    model.erase(model.begin());
    ASSERT_EQ(queue.size(), model.size());
  }
}

}  // namespace
}  // namespace stp::sim
