#include "transfer/chunk_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/transfer/swarm_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using Cell = ChunkMap::Cell;

class ChunkMapTest : public SwarmTest {
 protected:
  const test::VirtualShare share = test::make_virtual_share(kBlockBytes, {10 * kBlockBytes});
};

TEST_F(ChunkMapTest, IsEmptyUntilTheChunksAreKnown) {
  const test::VirtualHost& leech = add(share, Knows::link, {});
  EXPECT_EQ(chunk_map(*leech.swarm, 4).chunks, 0U);
  EXPECT_THAT(chunk_map(*leech.swarm, 4).cells, IsEmpty());
}

TEST_F(ChunkMapTest, HasAsManyCellsAsWereAskedForOrChunks) {
  const test::VirtualHost& seed = add(share, Knows::everything, {});
  EXPECT_EQ(chunk_map(*seed.swarm, 4).chunks, 10U);
  EXPECT_THAT(chunk_map(*seed.swarm, 4).cells, testing::AllOf(testing::SizeIs(4), Each(Cell{1, 0})));
  EXPECT_THAT(chunk_map(*seed.swarm, 100).cells, testing::SizeIs(10));
  EXPECT_THAT(chunk_map(*seed.swarm, 0).cells, IsEmpty());
}

TEST_F(ChunkMapTest, TellsWhatIsHereAndWhatConnectedPeersHave) {
  // Each wants the last chunk, which neither has, so the two stay as they are.
  const auto begin = [&](test::VirtualHost& host, std::size_t index, std::uint32_t count) {
    Bitfield had(10);
    for (std::uint32_t chunk = 0; chunk < count; ++chunk) had.set(ChunkIndex{chunk});
    Bitfield wanted = had;
    wanted.set(ChunkIndex{9});
    host.swarm->start_content(share.hashes(), had, wanted, net.now());
    net.touch(index);
  };
  test::VirtualHost& most = add(share, Knows::metainfo_alone, {});
  test::VirtualHost& half = add(share, Knows::metainfo_alone, {most.at});
  begin(most, 0, 9);
  begin(half, 1, 5);
  ASSERT_TRUE(net.run_until([&] { return most.swarm->status(net.now()).peers == 1; }, 1min));
  ASSERT_TRUE(net.run_until([&] { return chunk_map(*most.swarm, 10).cells.front().availability_min == 1; }, 1min));
  EXPECT_THAT(chunk_map(*most.swarm, 2).cells, ElementsAre(Cell{1, 1}, Cell{0.8F, 0}));
  EXPECT_EQ(chunk_map(*half.swarm, 2).cells[0].had, 1);
  EXPECT_EQ(chunk_map(*half.swarm, 2).cells[1].had, 0);
  EXPECT_EQ(chunk_map(*half.swarm, 4).cells[1].had, 1);
  EXPECT_EQ(chunk_map(*half.swarm, 4).cells[2].had, 0) << "chunks 5 and 6";
}

}  // namespace
}  // namespace stp::transfer
