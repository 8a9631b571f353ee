#include "transfer/chunk_assembly.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace stp::transfer {
namespace {

constexpr ChunkIndex kChunk{7};

Contributor peer(std::uint32_t number) {
  return {PeerHandle{number}, {IpAddress::v4(number), 1}};
}

TEST(ChunkAssembly, FreeBlocksAreTakenInOrderAndOnce) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 5);
  EXPECT_EQ(assembly.take_free(kChunk, 2), (BlockRun{kChunk, 0, 2}));
  EXPECT_EQ(assembly.take_free(kChunk, 9), (BlockRun{kChunk, 2, 3}));
  EXPECT_TRUE(assembly.open().empty());
}

TEST(ChunkAssembly, BlockBecomesFreeWhenItsLastRequestIsGone) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 4);
  const BlockRun run = assembly.take_free(kChunk, 4);
  assembly.request_again({kChunk, 1, 2});
  EXPECT_TRUE(assembly.release(run));
  EXPECT_EQ(assembly.find(kChunk)->free, 2U);
  EXPECT_TRUE(assembly.release({kChunk, 1, 2}));
  EXPECT_EQ(assembly.find(kChunk)->free, 4U);
  assembly.check_invariants();
}

TEST(ChunkAssembly, RunWithABlockThatIsThereAlreadyIsRefusedWhole) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 4);
  const std::vector<Hash256> leaves(4);
  EXPECT_TRUE(assembly.receive({kChunk, 1, 1}, std::span(leaves).first(1), peer(1)));
  EXPECT_FALSE(assembly.receive({kChunk, 0, 3}, std::span(leaves).first(3), peer(2)));
  EXPECT_EQ(assembly.find(kChunk)->received, 1U);
  EXPECT_EQ(assembly.find(kChunk)->contributors.size(), 1U);
  assembly.check_invariants();
}

TEST(ChunkAssembly, FinishedMeansReceivedAndWritten) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 2);
  const std::vector<Hash256> leaves(2);
  EXPECT_TRUE(assembly.receive({kChunk, 0, 2}, leaves, peer(1)));
  EXPECT_FALSE(assembly.find(kChunk)->finished());
  assembly.mark_written({kChunk, 0, 1});
  assembly.mark_written({kChunk, 0, 1});  // twice counts once
  EXPECT_FALSE(assembly.find(kChunk)->finished());
  assembly.mark_written({kChunk, 1, 1});
  EXPECT_TRUE(assembly.find(kChunk)->finished());
}

TEST(ChunkAssembly, DiscardedBlockIsFreeAgainAndItsChunkOpen) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 2);
  const std::vector<Hash256> leaves(2);
  EXPECT_TRUE(assembly.receive({kChunk, 0, 2}, leaves, peer(1)));
  EXPECT_TRUE(assembly.open().empty());
  assembly.discard({kChunk, 1, 1});
  EXPECT_EQ(assembly.open(), std::vector{kChunk});
  EXPECT_EQ(assembly.take_free(kChunk, 4), (BlockRun{kChunk, 1, 1}));
  assembly.check_invariants();
}

TEST(ChunkAssembly, LiarsAreWhoSentOtherBlocksInAnyAttempt) {
  ChunkAssembly assembly;
  assembly.begin(kChunk, 3);
  std::vector<Hash256> leaves(3);
  const auto attempt = [&](std::uint32_t wrong_block, std::vector<std::uint32_t> senders) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      Hash256 leaf = leaves[i];
      if (i == wrong_block) leaf.bytes[0] ^= std::byte{1};
      EXPECT_TRUE(assembly.receive({kChunk, i, 1}, std::span(&leaf, 1), peer(senders[i])));
    }
  };
  attempt(1, {1, 2, 3});
  assembly.discard_attempt(kChunk);
  attempt(0, {4, 2, 2});
  assembly.discard_attempt(kChunk);
  EXPECT_EQ(assembly.find(kChunk)->free, 3U);
  attempt(9, {5, 5, 5});
  std::vector<PeerHandle> liars;
  for (const Contributor& liar : assembly.liars(kChunk)) liars.push_back(liar.peer);
  EXPECT_EQ(liars, (std::vector{PeerHandle{2}, PeerHandle{4}}));
  for (std::size_t i = 0; i < 2 * ChunkAssembly::kAttemptsMax; ++i) {
    assembly.discard_attempt(kChunk);
    attempt(9, {5, 5, 5});
    assembly.check_invariants();
  }
  EXPECT_TRUE(assembly.liars(kChunk).empty()) << "what was forgotten is not held against anybody";
}

TEST(ChunkAssembly, BooksBalanceOnRandomOperations) {
  Rng rng(11);
  const std::vector<Hash256> leaves(16);
  ChunkAssembly assembly;
  std::vector<BlockRun> requests;
  for (int step = 0; step < 5000; ++step) {
    const ChunkIndex chunk{static_cast<std::uint32_t>(rng.below(4))};
    if (assembly.find(chunk) == nullptr) assembly.begin(chunk, 16);
    const auto first = static_cast<std::uint32_t>(rng.below(16));
    const BlockRun any{chunk, first, 1 + static_cast<std::uint32_t>(rng.below(16 - first))};
    switch (rng.below(6)) {
      case 0:
        if (assembly.find(chunk)->free > 0) requests.push_back(assembly.take_free(chunk, any.count));
        break;
      case 1:
        if (requests.empty()) break;
        assembly.release(requests.back());
        requests.pop_back();
        break;
      case 2:
        (void)assembly.receive(any, std::span(leaves).first(any.count),
                               peer(1 + static_cast<std::uint32_t>(rng.below(3))));
        break;
      case 3: assembly.mark_written(any); break;
      case 4: assembly.discard(any); break;
      default:
        if (!assembly.find(chunk)->finished()) break;
        std::erase_if(requests, [&](const BlockRun& run) { return run.chunk == chunk; });
        assembly.erase(chunk);
    }
    assembly.check_invariants();
  }
}

}  // namespace
}  // namespace stp::transfer
