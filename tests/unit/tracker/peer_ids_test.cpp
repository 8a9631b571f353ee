#include "tracker/peer_ids.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "core/rng.h"

namespace stp::tracker {
namespace {

SessionId id_of(std::uint64_t number) {
  SessionId id;
  store_be(id.bytes.data(), number);
  return id;
}

TEST(PeerIds, AgreesWithAMapAndAQueue) {
  constexpr std::size_t kMax = 100;
  PeerIds ids(kMax);
  std::map<std::uint64_t, SessionId> model;
  std::deque<std::uint64_t> order;
  Rng rng(8);
  for (int step = 0; step < 20'000; ++step) {
    // Few different hashes: some share their slots, and most are known already.
    const std::uint64_t who = rng.below(150) * (rng.below(2) == 0 ? 1 : 64);
    if (rng.below(2) == 0) {
      const SessionId id = id_of(rng.next());
      ids.remember(who, id);
      if (!model.contains(who)) {
        order.push_back(who);
        if (order.size() > kMax) {
          model.erase(order.front());
          order.pop_front();
        }
      }
      model[who] = id;
    } else {
      const auto known = model.find(who);
      ASSERT_EQ(ids.find(who), known == model.end() ? std::nullopt : std::optional(known->second));
    }
    ASSERT_EQ(ids.size(), model.size());
  }
}

TEST(PeerIds, MayHaveNoRoomAtAll) {
  PeerIds ids(0);
  ids.remember(1, id_of(1));
  EXPECT_EQ(ids.find(1), std::nullopt);
}

TEST(PeerIds, TakeAtMostTenMebibytesByDefault) {
  constexpr std::size_t kDefault = std::size_t{1} << 18;
  PeerIds ids(kDefault);
  Rng rng(9);
  for (std::size_t i = 0; i < kDefault + 1000; ++i) ids.remember(rng.next(), id_of(i));
  EXPECT_EQ(ids.size(), kDefault);
  EXPECT_LE(ids.memory_bytes(), std::size_t{10} << 20);
}

}  // namespace
}  // namespace stp::tracker
