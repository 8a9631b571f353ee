#include "transfer/chunk_picker.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace stp::transfer {
namespace {

TEST(ChunkPicker, PicksTheRarestChunkThatIsOffered) {
  Rng rng(1);
  ChunkPicker picker(4, rng);
  for (ChunkIndex c; c.value < 4; ++c) picker.add(c);
  picker.peer_has(ChunkIndex{0});
  picker.peer_has(ChunkIndex{0});
  picker.peer_has(ChunkIndex{1});
  picker.peer_has(ChunkIndex{2});
  picker.peer_has(ChunkIndex{2});
  Bitfield offered(4);
  offered.set(ChunkIndex{0});
  offered.set(ChunkIndex{1});
  offered.set(ChunkIndex{2});
  EXPECT_EQ(picker.pick(offered, PickPolicy::rarest_first), ChunkIndex{1});
  picker.remove(ChunkIndex{1});
  EXPECT_NE(picker.pick(offered, PickPolicy::rarest_first), ChunkIndex{1});
}

TEST(ChunkPicker, TiesAreBrokenAtRandom) {
  Rng rng(2);
  ChunkPicker picker(8, rng);
  for (ChunkIndex c; c.value < 8; ++c) picker.add(c);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(picker.pick(Bitfield(8, true), PickPolicy::rarest_first)->value);
  EXPECT_EQ(seen.size(), 8U);
}

TEST(ChunkPicker, SequentialTakesTheLowestOfferedChunk) {
  Rng rng(3);
  ChunkPicker picker(10, rng);
  for (std::uint32_t c = 9; c > 2; --c) picker.add(ChunkIndex{c});
  Bitfield offered(10, true);
  EXPECT_EQ(picker.pick(offered, PickPolicy::sequential), ChunkIndex{3});
  offered.reset(ChunkIndex{3});
  EXPECT_EQ(picker.pick(offered, PickPolicy::sequential), ChunkIndex{4});
  picker.add(ChunkIndex{1});
  EXPECT_EQ(picker.pick(offered, PickPolicy::sequential), ChunkIndex{1});
}

TEST(ChunkPicker, NothingOfferedGivesNothing) {
  Rng rng(4);
  ChunkPicker picker(5, rng);
  EXPECT_FALSE(picker.pick(Bitfield(5, true), PickPolicy::rarest_first));
  picker.add(ChunkIndex{2});
  EXPECT_FALSE(picker.pick(Bitfield(5), PickPolicy::rarest_first));
  EXPECT_FALSE(picker.pick(Bitfield(5), PickPolicy::random));
  EXPECT_FALSE(picker.pick(Bitfield(5), PickPolicy::sequential));
}

TEST(ChunkPicker, AgreesWithANaiveModelOnRandomOperations) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    constexpr std::uint32_t kChunks = 37;
    ChunkPicker picker(kChunks, rng);
    std::map<std::uint32_t, std::uint32_t> availability;
    std::set<std::uint32_t> pickable;
    std::uint32_t seeds = 0;
    for (int step = 0; step < 2000; ++step) {
      const ChunkIndex chunk{static_cast<std::uint32_t>(rng.below(kChunks))};
      switch (rng.below(7)) {
        case 0:
        case 1:
          picker.peer_has(chunk);
          ++availability[chunk.value];
          break;
        case 2:
          if (availability[chunk.value] == 0) break;
          picker.peer_lost(chunk);
          --availability[chunk.value];
          break;
        case 3:
          picker.add(chunk);
          pickable.insert(chunk.value);
          break;
        case 4:
          picker.remove(chunk);
          pickable.erase(chunk.value);
          break;
        case 5:
          if (seeds > 0 && rng.below(2) == 0) {
            picker.seed_left();
            --seeds;
          } else {
            picker.seed_joined();
            ++seeds;
          }
          break;
        default: {
          Bitfield offered(kChunks);
          for (ChunkIndex c; c.value < kChunks; ++c) {
            if (rng.below(3) == 0) offered.set(c);
          }
          std::uint32_t rarest = ~0U;
          for (const std::uint32_t c : pickable) {
            if (offered.test(ChunkIndex{c})) rarest = std::min(rarest, availability[c]);
          }
          const auto picked = picker.pick(offered, PickPolicy::rarest_first);
          ASSERT_EQ(picked.has_value(), rarest != ~0U);
          if (!picked) break;
          ASSERT_TRUE(pickable.contains(picked->value) && offered.test(*picked));
          ASSERT_EQ(availability[picked->value], rarest);
        }
      }
      picker.check_invariants();
      ASSERT_EQ(picker.availability(chunk), availability[chunk.value] + seeds);
      ASSERT_EQ(picker.size(), pickable.size());
    }
  }
}

}  // namespace
}  // namespace stp::transfer
