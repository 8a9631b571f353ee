// Swarms of v1: chunks are judged by the driver, and wrong ones say nothing about who lied.

#include <gtest/gtest.h>

#include "unit/transfer/swarm_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kV1ChunkBytes = 16 * kBlockBytes;

class V1Swarm : public SwarmTest {
 protected:
  // Files of odd sizes: chunks cross them, and the last one is short.
  const test::VirtualShare share = test::make_virtual_v1_share(kV1ChunkBytes, {3'000'001, 5, 0, 2'000'000, 77'777});

  std::vector<Endpoint> add_seeds(std::size_t count) {
    std::vector<Endpoint> seeds;
    for (std::size_t i = 0; i < count; ++i) seeds.push_back(add(share, Knows::everything, {}).at);
    return seeds;
  }
};

TEST_F(V1Swarm, EveryChunkIsHashedOnceAndNobodyIsAskedForHashes) {
  net.check_every_event = true;
  const std::vector<Endpoint> seeds = add_seeds(2);
  test::VirtualHost& leech = add(share, Knows::metainfo, seeds);
  ASSERT_TRUE(run_until_complete(2, 2, 10min));
  const std::uint32_t chunks = share.metainfo->chunk_count();
  EXPECT_EQ(leech.hashed, chunks);
  EXPECT_EQ(leech.chunks_completed, chunks);
  EXPECT_EQ(leech.swarm->status(net.now()).wasted, 0);
  EXPECT_TRUE(leech.banned.empty());
}

TEST_F(V1Swarm, TheMetainfoOfALinkIsTakenWhenItHasTheSha1) {
  const std::vector<Endpoint> seeds = add_seeds(1);
  test::VirtualHost& leech = add(share, Knows::link, seeds);
  ASSERT_TRUE(run_until_complete(1, 1, 10min));
  EXPECT_EQ(leech.swarm->metainfo()->info_hashes(), share.metainfo->info_hashes());
}

// BEP 52: both hashes of a link are of one info dictionary. It is not the peer's fault.
TEST_F(V1Swarm, ALinkWithTheHashesOfTwoSharesIsUnusableWhicheverIsFound) {
  const test::VirtualShare other = test::make_virtual_share(kV1ChunkBytes, {3'000'001}, 2);
  const InfoHashes both{share.metainfo->info_hashes().v1, other.metainfo->info_hashes().v2};
  const Endpoint of_v1 = add(share, Knows::everything, {}).at;
  const Endpoint of_v2 = add(other, Knows::everything, {}).at;
  for (const auto& [peer, version] : {std::pair(of_v1, "v1"), std::pair(of_v2, "v2")}) {
    test::VirtualHost& leech = add(share, Knows::link, {peer}, both);
    ASSERT_TRUE(net.run_until([&] { return !leech.troubles.empty(); }, 1min)) << version;
    EXPECT_EQ(leech.troubles.front(), std::string("the link's two info-hashes are of different shares: the one of ") +
                                          version +
                                          " is that of share, the other is not; ask for a link that names one of them");
    EXPECT_EQ(leech.swarm->metainfo(), nullptr);
    EXPECT_TRUE(leech.banned.empty());
  }
}

TEST_F(V1Swarm, APeerWithAnotherMetainfoIsBanned) {
  const test::VirtualShare other = test::make_virtual_v1_share(kV1ChunkBytes, {3'000'001}, 2);
  const Endpoint liar = add(other, Knows::everything, {}).at;
  test::VirtualHost& leech = add(share, Knows::link, {liar});
  ASSERT_TRUE(net.run_until([&] { return !leech.banned.empty(); }, 1min));
  EXPECT_EQ(leech.swarm->metainfo(), nullptr);
}

TEST_F(V1Swarm, AChunkThatCannotBeReadBackIsFetchedAgainOnceTheDiskWorks) {
  net.check_every_event = true;
  const std::vector<Endpoint> seeds = add_seeds(1);
  test::VirtualHost& leech = add(share, Knows::metainfo, seeds);
  leech.hash_error = Error{ErrorKind::io, "the disk is broken"};
  ASSERT_TRUE(net.run_until([&] { return leech.hashed > 0; }, 1min));
  net.run_until([] { return false; }, 30s);
  EXPECT_EQ(leech.chunks_completed, 0U);
  EXPECT_EQ(leech.swarm->status(net.now()).reason, "the disk is broken");
  leech.hash_error.reset();
  leech.swarm->resume(net.now());
  net.touch(1);
  ASSERT_TRUE(run_until_complete(1, 1, 10min));
  EXPECT_TRUE(leech.banned.empty());
}

struct LiarCase {
  const char* name;
  std::size_t liars;
  std::size_t honest;
  std::uint32_t lies_once_in;
};

class V1Liars : public V1Swarm, public ::testing::WithParamInterface<LiarCase> {};

TEST_P(V1Liars, EndBannedAndNobodyElseDoes) {
  net.check_every_event = true;
  const LiarCase& how = GetParam();
  std::vector<Endpoint> seeds = add_seeds(how.liars + how.honest);
  for (std::size_t i = 0; i < how.liars; ++i) {
    net.host(i).lies = true;
    net.host(i).lies_once_in = how.lies_once_in;
  }
  test::VirtualHost& leech = add(share, Knows::metainfo, seeds);
  const std::size_t number = net.size() - 1;
  ASSERT_TRUE(run_until_complete(number, number, 30min));
  const std::uint32_t chunks = share.metainfo->chunk_count();
  EXPECT_EQ(leech.chunks_completed, chunks);
  for (ChunkIndex c; c.value < chunks; ++c) {
    for (const auto& [block, leaf] : leech.disk[c]) EXPECT_EQ(leaf, share.leaves[c.value][block]) << c.value;
  }
  // Every liar that lied is banned, and the honest ones are still connected or left in peace.
  std::size_t lied = 0;
  for (std::size_t i = 0; i < how.liars; ++i) lied += net.host(i).may_lie >= how.lies_once_in;
  EXPECT_GT(lied, 0U);
  EXPECT_EQ(leech.banned.size(), lied);
  EXPECT_EQ(leech.swarm->status(net.now()).banned, lied);
}

INSTANTIATE_TEST_SUITE_P(Kinds, V1Liars,
                         ::testing::Values(LiarCase{"AllWrong", 1, 2, 1}, LiarCase{"OneInAHundred", 1, 2, 100},
                                           LiarCase{"TwoTogether", 2, 2, 1}, LiarCase{"TwoNowAndThen", 2, 1, 7},
                                           LiarCase{"MoreLiarsThanHonest", 3, 1, 3}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace stp::transfer
