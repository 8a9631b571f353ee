#include "transfer/requests.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "core/rng.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

class RequestsTest : public ::testing::Test {
 protected:
  static constexpr ChunkIndex kChunk{7};
  static constexpr std::uint32_t kBlocks = 24;

  RequestsTest() { assembly.begin(kChunk, kBlocks); }

  /// Takes the first free blocks, as choosing does.
  BlockRun ask(RequestList& list, std::uint32_t blocks) {
    const BlockRun run = assembly.take_free(kChunk, blocks);
    requests.add(list, run, kStart);
    return run;
  }

  ChunkAssembly assembly;
  Requests requests{assembly};
  RequestList alice;
  RequestList bob;
};

TEST_F(RequestsTest, APartOfARunLeavesTheRestOnTheList) {
  ask(alice, 8);
  const Requests::Struck struck = requests.strike(alice, {kChunk, 2, 3});
  EXPECT_EQ(struck.blocks, 3U);
  EXPECT_TRUE(struck.freed);
  ASSERT_EQ(alice.runs.size(), 2U);
  EXPECT_EQ(alice.runs[0].run, (BlockRun{kChunk, 0, 2}));
  EXPECT_EQ(alice.runs[1].run, (BlockRun{kChunk, 5, 3}));
  EXPECT_EQ(requests.strike(alice, {kChunk, 2, 3}).blocks, 0U) << "once";
  EXPECT_EQ(requests.strike(alice, {ChunkIndex{8}, 0, 8}).blocks, 0U) << "another chunk";
}

TEST_F(RequestsTest, ACancelIsSaidOnceAndKeepsTheBlocksOnTheList) {
  ask(alice, 8);
  const BlockRun part{kChunk, 6, 4};
  EXPECT_EQ(requests.cancel(alice, part, kStart), (std::vector<BlockRun>{{kChunk, 6, 2}}));
  EXPECT_TRUE(requests.cancel(alice, part, kStart).empty());
  EXPECT_EQ(requests.cancel_all(alice, kStart), (std::vector<BlockRun>{{kChunk, 0, 6}}));
  EXPECT_EQ(alice.blocks, 8U);
  EXPECT_EQ(requests.blocks(), 8);
}

TEST_F(RequestsTest, ACopyThatIsLeftKeepsABlockFromBeingFree) {
  const BlockRun run = ask(alice, 4);
  assembly.request_again(run);
  requests.add(bob, run, kStart);
  EXPECT_EQ(requests.sources(), 2U);
  EXPECT_FALSE(requests.strike(alice, run).freed);
  EXPECT_TRUE(requests.release(bob, 0));
  EXPECT_EQ(requests.sources(), 0U);
}

TEST_F(RequestsTest, AStalledListDoesNotCountAsASource) {
  ask(alice, 4);
  ask(bob, 2);
  requests.set_stalled(alice, true);
  EXPECT_EQ(requests.blocks(), 2);
  EXPECT_EQ(requests.sources(), 1U);
  requests.release_all(alice);
  requests.set_stalled(alice, false);
  EXPECT_EQ(requests.blocks(), 2);
}

// The model: for each list the set of its blocks, and which of them are cancelled.
TEST_F(RequestsTest, AgreesWithAModelOfSingleBlocks) {
  Rng rng(3);
  std::array<RequestList, 3> lists;
  std::array<std::map<std::uint32_t, bool>, 3> model;  // block, cancelled
  for (int step = 0; step < 3000; ++step) {
    const std::size_t i = rng.below(lists.size());
    const auto first = static_cast<std::uint32_t>(rng.below(kBlocks));
    const BlockRun run{kChunk, first, static_cast<std::uint32_t>(1 + rng.below(kBlocks - first))};
    switch (rng.below(5)) {
      case 0:
        if (!assembly.open().empty()) {
          const BlockRun asked = ask(lists[i], 1 + static_cast<std::uint32_t>(rng.below(6)));
          for (std::uint32_t b = 0; b < asked.count; ++b) model[i][asked.first + b] = false;
        }
        break;
      case 1: {
        std::uint32_t there = 0;
        for (std::uint32_t b = run.first; b < run.first + run.count; ++b) there += model[i].erase(b) > 0 ? 1 : 0;
        const Requests::Struck struck = requests.strike(lists[i], run);
        ASSERT_EQ(struck.blocks, there);
        ASSERT_EQ(struck.freed, there > 0);  // no block is asked of two
        break;
      }
      case 2: {
        std::set<std::uint32_t> news;
        for (std::uint32_t b = run.first; b < run.first + run.count; ++b) {
          const auto found = model[i].find(b);
          if (found != model[i].end() && !std::exchange(found->second, true)) news.insert(b);
        }
        std::set<std::uint32_t> told;
        for (const BlockRun& part : requests.cancel(lists[i], run, kStart)) {
          for (std::uint32_t b = 0; b < part.count; ++b) told.insert(part.first + b);
        }
        ASSERT_EQ(told, news);
        break;
      }
      case 3: requests.set_stalled(lists[i], rng.below(2) == 0); break;
      default:
        if (!lists[i].runs.empty()) {
          const std::size_t entry = rng.below(lists[i].runs.size());
          const BlockRun gone = lists[i].runs[entry].run;
          for (std::uint32_t b = 0; b < gone.count; ++b) model[i].erase(gone.first + b);
          ASSERT_TRUE(requests.release(lists[i], entry));
        }
    }
    for (std::size_t l = 0; l < lists.size(); ++l) {
      std::map<std::uint32_t, bool> listed;
      for (const Outstanding& out : lists[l].runs) {
        for (std::uint32_t b = 0; b < out.run.count; ++b) listed[out.run.first + b] = out.cancelled != kNever;
      }
      ASSERT_EQ(listed, model[l]);
    }
    const std::array<const RequestList*, 3> all = {&lists[0], &lists[1], &lists[2]};
    requests.check_invariants(all);
    assembly.check_invariants();
  }
}

}  // namespace
}  // namespace stp::transfer
