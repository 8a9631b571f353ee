// Download without a swarm: peers are made up, and what it asks for is compared with a naive model.

#include "transfer/download.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "unit/transfer/download_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class DownloadTest : public DownloadFixture {};

TEST_F(DownloadTest, AsksOnlyWhoServesUsAndOnlyForWhatItHas) {
  begin(8);
  const PeerHandle alice = join();
  says(alice, {2, 5});
  EXPECT_EQ(drain(outbox).to<wire::Interested>(alice), std::vector<wire::Interested>{{true}});
  EXPECT_EQ(chunks_known, 1);
  download->handle_unchoke(alice, now);
  const std::vector<BlockRun> runs = asked(alice);
  ASSERT_FALSE(runs.empty());
  for (const BlockRun& run : runs) EXPECT_TRUE(run.chunk.value == 2 || run.chunk.value == 5);
}

TEST_F(DownloadTest, TwoThatWantNothingMorePart) {
  begin(2);
  const PeerHandle alice = join();
  const PeerHandle bob = join();
  says(bob, {0});
  download->note_upload_only(alice, true, now);
  EXPECT_TRUE(left.empty()) << "we want something";
  is = Phase::complete;
  download->close_useless(now);
  EXPECT_TRUE(left.empty()) << "it has not said yet what it has";
  says(alice, {1});
  download->close_useless(now);
  EXPECT_EQ(left, std::vector{alice});
  download->note_upload_only(bob, true, now);
  EXPECT_EQ(left, (std::vector{alice, bob}));
}

TEST_F(DownloadTest, TheRarestChunkComesFirst) {
  begin(8);
  for (int i = 0; i < 3; ++i) says(join(), {0, 1, 2, 4, 5, 6, 7});
  const PeerHandle alice = join();
  says(alice, Bitfield(8, true));
  drain(outbox);
  download->handle_unchoke(alice, now);
  ASSERT_FALSE(download->peer(alice).requests.runs.empty());
  EXPECT_EQ(download->peer(alice).requests.runs.front().run.chunk, ChunkIndex{3});
}

TEST_F(DownloadTest, WhatAPeerThatLeavesWasAskedForIsAskedOfTheNext) {
  begin(1);
  const PeerHandle alice = join();
  says(alice, {0});
  download->handle_unchoke(alice, now);
  ASSERT_FALSE(asked(alice).empty());
  const PeerHandle bob = join();
  says(bob, {0});
  leave(alice);
  download->handle_unchoke(bob, now);
  ASSERT_FALSE(asked(bob).empty());
  EXPECT_EQ(download->peer(bob).requests.runs.front().run.first, 0U);
}

TEST_F(DownloadTest, WhatAPeerHasLostIsAskedOfTheNext) {
  begin(2);
  const PeerHandle alice = join();
  says(alice, {0, 1});  // a seed until now
  download->handle_unchoke(alice, now);
  ASSERT_FALSE(download->peer(alice).requests.runs.empty());
  const ChunkIndex lost = download->peer(alice).requests.runs.front().run.chunk;
  const ChunkIndex other{1 - lost.value};
  const PeerHandle bob = join();
  says(bob, {lost.value});
  download->handle_unchoke(bob, now);
  drain(outbox);
  ASSERT_EQ(download->availability().availability(lost), 2U);
  ASSERT_TRUE(download->handle_dont_have(alice, {{lost}}, now));
  EXPECT_EQ(download->availability().availability(lost), 1U);
  for (const Outstanding& out : download->peer(alice).requests.runs) EXPECT_EQ(out.run.chunk, other);
  EXPECT_FALSE(download->peer(alice).requests.runs.empty());
  EXPECT_FALSE(asked(bob).empty());
  ASSERT_TRUE(download->handle_dont_have(alice, {{lost, other}}, now));
  EXPECT_EQ(drain(outbox).to<wire::Interested>(alice), std::vector<wire::Interested>{{false}});
  EXPECT_EQ(download->availability().availability(other), 0U);
  EXPECT_EQ(download->peer(alice).requests.blocks, 0U);
  download->check_invariants();
  gives(alice, {other, 0, 1});  // it was on its way
  EXPECT_TRUE(closed.empty());
  ASSERT_TRUE(download->handle_have(alice, {{other}}, now));
  EXPECT_FALSE(asked(alice).empty()) << "it is back";
  download->check_invariants();
}

TEST_F(DownloadTest, AChunkThatNoShareHasCannotBeLost) {
  begin(2);
  const PeerHandle alice = join();
  const wire::DontHave second{{ChunkIndex{1}}};
  EXPECT_FALSE(download->handle_dont_have(alice, second, now)) << "before it said what it has";
  says(alice, {0});
  ASSERT_TRUE(download->handle_dont_have(alice, second, now)) << "it did not have it";
  EXPECT_EQ(download->availability().availability(ChunkIndex{1}), 0U);
  EXPECT_FALSE(download->handle_dont_have(alice, {{ChunkIndex{2}}}, now));
}

TEST_F(DownloadTest, LossesBeforeTheMetainfoIsKnownCount) {
  share = test::make_virtual_share(kChunkBytes, {3 * kChunkBytes});
  config.metainfo = nullptr;
  config.policy = settings;
  rng.emplace(1);
  download.emplace(config, outbox, *this, *rng);
  const PeerHandle alice = join();
  const PeerHandle bob = join();
  download->note_chunks(alice, true, {});
  download->note_chunks(bob, false, {std::byte{0xc0}});
  for (const PeerHandle peer : {alice, bob}) {
    ASSERT_TRUE(download->handle_dont_have(peer, {{ChunkIndex{0}, ChunkIndex{1}, ChunkIndex{9}}}, now));
    ASSERT_TRUE(download->handle_have(peer, {{ChunkIndex{1}}}, now));
    EXPECT_FALSE(download->handle_dont_have(peer, {{ChunkIndex{kChunksMax}}}, now));
  }
  download->set_metainfo(share.metainfo);
  download->start_content(Bitfield(3), Bitfield(3, true));
  is = Phase::chunks;
  for (const PeerHandle peer : {alice, bob}) ASSERT_TRUE(download->learn_chunks(peer, now));
  const std::vector<std::uint32_t> expected = {0, 2, 1};
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(download->availability().availability(ChunkIndex{i}), expected[i]) << i;
  }
  download->check_invariants();
}

TEST_F(DownloadTest, WhatWeLoseIsSaidToEverybodyWhoKnowsWhatWeHave) {
  begin(2);
  const PeerHandle alice = join();
  says(alice, {0, 1});
  download->handle_unchoke(alice, now);
  while (is == Phase::chunks) {
    const BlockRun run = download->peer(alice).requests.runs.front().run;
    gives(alice, run);
  }
  ASSERT_EQ(is, Phase::complete);
  const PeerHandle bob = join();
  download->send_bitfield(bob, now);
  const PeerHandle carol = join();
  drain(outbox);
  EXPECT_EQ(download->lose(ChunkIndex{0}, now), std::optional(true));
  EXPECT_EQ(download->lose(ChunkIndex{0}, now), std::nullopt);
  EXPECT_TRUE(download->want_again(Bitfield(2, true), now));
  const Drained out = drain(outbox);
  EXPECT_EQ(out.to<wire::DontHave>(bob), (std::vector<wire::DontHave>{{{ChunkIndex{0}}}, {{ChunkIndex{1}}}}));
  EXPECT_TRUE(out.to<wire::DontHave>(carol).empty()) << "it is told what is there when its turn comes";
}

TEST_F(DownloadTest, TheOnlySenderOfAWrongChunkIsBanned) {
  begin(1);
  const PeerHandle alice = join();
  says(alice, {0});
  download->handle_unchoke(alice, now);
  EXPECT_EQ(gives(alice, {ChunkIndex{0}, 0, 4}, true), DataVerdict::keep);
  EXPECT_EQ(banned, std::vector{alice});
  EXPECT_TRUE(leaves_wanted.empty());
  EXPECT_EQ(download->wasted(), kChunkBytes);
  EXPECT_EQ(download->holdings().missing(), 1U);
}

TEST_F(DownloadTest, OfSeveralSendersTheLeavesNameTheLiar) {
  begin(1);
  const PeerHandle alice = join();
  const PeerHandle bob = join();
  for (const PeerHandle peer : {alice, bob}) {
    says(peer, {0});
    download->handle_unchoke(peer, now);
  }
  gives(alice, {ChunkIndex{0}, 0, 2});
  gives(bob, {ChunkIndex{0}, 2, 2}, true);
  ASSERT_EQ(leaves_wanted, std::vector{ChunkIndex{0}});
  EXPECT_TRUE(banned.empty());
  download->handle_leaves(ChunkIndex{0}, share.leaves[0], now);
  EXPECT_EQ(banned, std::vector{bob});
  EXPECT_EQ(download->wasted(), kBlockBytes) << "the block that differs";
  gives(alice, {ChunkIndex{0}, 2, 1});
  EXPECT_EQ(is, Phase::complete);
}

TEST_F(DownloadTest, WithoutLeavesOnePeerIsAskedForAllOfIt) {
  begin(1);
  const PeerHandle alice = join();
  const PeerHandle bob = join();
  for (const PeerHandle peer : {alice, bob}) {
    says(peer, {0});
    download->handle_unchoke(peer, now);
  }
  gives(alice, {ChunkIndex{0}, 0, 2});
  gives(bob, {ChunkIndex{0}, 2, 2}, true);
  drain(outbox);
  download->handle_no_leaves(ChunkIndex{0}, now);
  EXPECT_TRUE(banned.empty());
  const Drained out = drain(outbox);
  EXPECT_NE(out.to<wire::Request>(alice).empty(), out.to<wire::Request>(bob).empty());
}

TEST_F(DownloadTest, AChunkWithoutAHashAwaitsItsVerdictAndIsNotAskedForAgain) {
  const PeerHandle alice = begin_with_a_chunk_without_a_hash();
  const Drained out = drain(outbox);
  ASSERT_EQ(out.actions<HashChunk>().size(), 1U);
  EXPECT_EQ(out.actions<HashChunk>()[0].chunk, ChunkIndex{0});
  EXPECT_EQ(download->holdings().missing(), 1U);
  download->handle_written({ChunkIndex{0}, 0, 4}, now);  // says nothing new
  download->fill_all(now);
  EXPECT_TRUE(drain(outbox).others.empty());
  EXPECT_TRUE(asked(alice).empty());
  download->check_invariants();
  download->handle_hashed(ChunkIndex{0}, {{}, true, true}, now);
  EXPECT_EQ(is, Phase::complete);
  EXPECT_EQ(right, std::vector{ChunkIndex{0}});
  download->handle_hashed(ChunkIndex{0}, {{}, true, false}, now);  // late
  EXPECT_TRUE(banned.empty());
}

TEST_F(DownloadTest, AChunkThatCannotBeReadBackIsFetchedAgainAfterThePause) {
  const PeerHandle alice = begin_with_a_chunk_without_a_hash();
  drain(outbox);
  download->handle_hash_failed(ChunkIndex{0}, {ErrorKind::io, "the disk is broken"}, now);
  EXPECT_EQ(download->pause_reason(), "the disk is broken");
  EXPECT_TRUE(asked(alice).empty());
  download->resume(now);
  EXPECT_FALSE(asked(alice).empty());
  EXPECT_TRUE(banned.empty());
  download->check_invariants();
}

TEST_F(DownloadTest, WhoSentOtherBlocksThanTheRightOnesIsBannedOnceOneGaveAll) {
  begin(1);
  hashes_known = false;
  const PeerHandle alice = join();
  const PeerHandle bob = join();
  for (const PeerHandle peer : {alice, bob}) {
    says(peer, {0});
    download->handle_unchoke(peer, now);
  }
  gives(alice, {ChunkIndex{0}, 0, 2});
  gives(bob, {ChunkIndex{0}, 2, 2}, true);
  drain(outbox);
  download->handle_hashed(ChunkIndex{0}, {{}, true, false}, now);
  EXPECT_TRUE(banned.empty()) << "either may have lied";
  EXPECT_TRUE(leaves_wanted.empty()) << "there is nothing to compare them with";
  EXPECT_EQ(download->wasted(), kChunkBytes);
  const Drained out = drain(outbox);
  ASSERT_NE(out.to<wire::Request>(alice).empty(), out.to<wire::Request>(bob).empty()) << "one of them alone";
  gives(alice, {ChunkIndex{0}, 0, 4});
  download->handle_hashed(ChunkIndex{0}, {{}, true, true}, now);
  EXPECT_EQ(banned, std::vector{bob});
  EXPECT_EQ(is, Phase::complete);
}

TEST_F(DownloadTest, NothingIsAskedWhilePaused) {
  begin(2);
  download->pause("disk is full", now);
  const PeerHandle alice = join();
  says(alice, Bitfield(2, true));
  download->handle_unchoke(alice, now);
  EXPECT_TRUE(asked(alice).empty());
  download->resume(now);
  EXPECT_FALSE(asked(alice).empty());
}

TEST_F(DownloadTest, HavesThatNoHonestPeerSendsAreRefused) {
  begin(2);
  const PeerHandle alice = join();
  EXPECT_FALSE(download->handle_have(alice, {{ChunkIndex{0}}}, now)) << "before its bitfield";
  says(alice, {0});
  EXPECT_FALSE(download->handle_have(alice, {{ChunkIndex{2}}}, now)) << "past the end";
  EXPECT_TRUE(download->handle_have(alice, {{ChunkIndex{1}}}, now));
  EXPECT_EQ(seen, (std::vector<std::pair<PeerHandle, ChunkIndex>>{{alice, ChunkIndex{1}}}));
}

TEST_F(DownloadTest, APeerThatSendsOnlyWhatNobodyAskedForIsReported) {
  settings->requests.unrequested_max = 2 * kBlockBytes;
  begin(4);
  const PeerHandle alice = join();
  const std::vector<Hash256> leaf = {share.leaves[0][0]};
  EXPECT_TRUE(download->handle_data(alice, {ChunkIndex{0}, 0, 1}, leaf, now));
  EXPECT_TRUE(download->handle_data(alice, {ChunkIndex{0}, 0, 1}, leaf, now));
  EXPECT_FALSE(download->handle_data(alice, {ChunkIndex{0}, 0, 1}, leaf, now));
  EXPECT_EQ(download->wasted(), 3 * kBlockBytes);
}

TEST_F(DownloadTest, ASilentPeerIsAskedToGiveItBackAndInTheEndLeaves) {
  begin(8);
  const PeerHandle alice = join();
  says(alice, Bitfield(8, true));
  download->handle_unchoke(alice, now);
  const std::size_t runs = asked(alice).size();
  ASSERT_GT(runs, 0U);
  now += settings->requests.snub_after + 1s;
  download->check_outstanding(now);
  EXPECT_EQ(drain(outbox).to<wire::Cancel>(alice).size(), runs);
  EXPECT_TRUE(download->peer(alice).requests.stalled);
  for (int i = 0; i < 100 && closed.empty(); ++i) {
    now += settings->requests.snub_after + 1s;
    download->check_outstanding(now);
  }
  EXPECT_EQ(closed, std::vector<std::string>{"sends nothing of what it was asked for"});
}

// A crowd that joins, leaves, chokes, rejects and delivers at random. Nothing here knows how Download chooses; the model
// only knows who has what, and checks each request when it is made.
class DownloadModelTest : public DownloadTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(DownloadModelTest, EachRequestIsOneThatANaiveModelAllows) {
  const std::uint64_t seed = GetParam();
  constexpr std::uint32_t kChunks = 40;
  begin(kChunks, seed);
  Rng dice(100 + seed);
  std::map<PeerHandle, Bitfield> crowd;
  std::map<PeerHandle, std::vector<BlockRun>> open;  // what each may still answer
  std::set<ChunkIndex> begun;
  const auto check_requests = [&] {
    for (const auto& [peer, message] : drain(outbox).messages) {
      const auto* const request = std::get_if<wire::Request>(&message);
      if (request == nullptr) continue;
      const BlockRun run = request->run;
      ASSERT_TRUE(crowd.at(peer).test(run.chunk));
      ASSERT_FALSE(download->peer(peer).choking_us);
      ASSERT_FALSE(download->holdings().has(run.chunk));
      open[peer].push_back(run);
      begun.insert(run.chunk);
    }
  };
  for (int step = 0; step < 20'000 && is != Phase::complete; ++step) {
    now += 10ms;
    if (crowd.size() < 6) {
      const PeerHandle peer = join();
      Bitfield has(kChunks);
      for (ChunkIndex c; c.value < kChunks; ++c) {
        if (dice.below(2) == 0) has.set(c);
      }
      crowd.emplace(peer, has);
      says(peer, has);
    }
    const auto who = std::next(crowd.begin(), static_cast<std::ptrdiff_t>(dice.below(crowd.size())));
    const PeerHandle peer = who->first;
    std::vector<BlockRun>& queue = open[peer];
    switch (dice.below(8)) {
      case 0: {
        // The chunk that it will be asked for first, if a new one, must be as rare as any that it could be.
        const bool fresh = download->peer(peer).requests.runs.empty();
        const auto rarity = [&](ChunkIndex c) {
          return std::ranges::count_if(crowd, [&](const auto& other) { return other.second.test(c); });
        };
        std::ptrdiff_t rarest = 99;
        for (ChunkIndex c; c.value < kChunks; ++c) {
          if (who->second.test(c) && !begun.contains(c) && !download->holdings().has(c))
            rarest = std::min(rarest, rarity(c));
        }
        const std::set<ChunkIndex> before = begun;
        download->handle_unchoke(peer, now);
        const auto& runs = download->peer(peer).requests.runs;
        if (fresh && !runs.empty() && !before.contains(runs.front().run.chunk)) {
          ASSERT_EQ(rarity(runs.front().run.chunk), rarest);
        }
        break;
      }
      case 1:  // a choke answers everything
        download->handle_choke(peer, now);
        for (const BlockRun& run : std::exchange(queue, {})) {
          download->handle_reject(peer, {run, wire::RejectReason::choked}, now);
        }
        break;
      case 2:
        if (dice.below(10) == 0) {
          open.erase(peer);
          crowd.erase(who);
          leave(peer);
          download->fill_all(now);
        }
        break;
      case 3: {
        const ChunkIndex more{static_cast<std::uint32_t>(dice.below(kChunks))};
        who->second.set(more);
        ASSERT_TRUE(download->handle_have(peer, {{more}}, now));
        break;
      }
      default:
        if (!queue.empty()) {
          const BlockRun run = queue.front();
          queue.erase(queue.begin());
          gives(peer, run);
        }
    }
    check_requests();
    if (HasFatalFailure()) return;
    download->check_invariants();
  }
  EXPECT_EQ(is, Phase::complete) << "seed " << seed;
  EXPECT_EQ(download->holdings().missing(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DownloadModelTest, ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

}  // namespace
}  // namespace stp::transfer
