// Whole swarms in virtual time: the production core against itself, without sockets, files or clocks.

#include "transfer/swarm.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/recorded_trace.h"
#include "swarm_fixture.h"
#include "transfer/config.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualShare;

TEST_F(SwarmTest, LeechWithTheLinkAloneGetsEverythingFromASeed) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1, 0, 16384, 16385, 300'000, 64 * 1024, 1'000'000});
  const VirtualHost& seed = add(share, Knows::everything, {});
  const VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_EQ(leech.swarm->had(), Bitfield(share.metainfo->chunk_count(), true));
  EXPECT_EQ(leech.chunks_completed, share.metainfo->chunk_count());
  EXPECT_EQ(leech.swarm->phase(), Phase::complete);
  EXPECT_EQ(leech.swarm->status(net.now()).downloaded, share.metainfo->total_bytes());
  EXPECT_EQ(leech.swarm->status(net.now()).wasted, 0);
}

TEST_F(SwarmTest, TracesWhatItDoesByPeerAndChunkAndNeverByBlock) {
  test::RecordedTrace lines;
  const VirtualShare share = test::make_virtual_share(1024 * 1024, {8'000'000});
  const VirtualHost& seed = add(share, Knows::everything, {});
  tune = [&](SwarmConfig& config) { config.tracer = {&lines, trace::Module::transfer}; };
  add(share, Knows::link, {seed.at});
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  const std::string peer = " peer=" + seed.at.to_string();
  for (const char* what : {"candidate", "dial", "connected", "hello", "unchoked"}) {
    EXPECT_EQ(lines.count("transfer " + std::string(what) + peer), 1U) << what;
  }
  EXPECT_EQ(lines.count("transfer phase is=storage"), 1U);
  EXPECT_EQ(lines.count("transfer phase is=complete missing=0 had=8"), 1U);
  EXPECT_EQ(lines.count("transfer chunk chunk="), 8U);
  EXPECT_EQ(lines.count("transfer ask" + peer), 8U);
  EXPECT_LE(lines.lines.size(), 40U) << "of 489 blocks";
}

TEST_F(SwarmTest, PeersOfAPrivateTorrentAreNotExchanged) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {3'000'000}, 1, true);
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.uplink = 10'000;  // nobody is done while this is watched
  for (int i = 0; i < 3; ++i) add(share, Knows::link, {seed.at});
  net.run_until([] { return false; }, 150s);
  EXPECT_EQ(seed.swarm->status(net.now()).peers, 3U);
  for (std::size_t i = 1; i <= 3; ++i) {
    const SwarmStatus status = net.host(i).swarm->status(net.now());
    EXPECT_TRUE(status.trackers_only);
    EXPECT_EQ(status.peers, 1U) << "only the one that was given";
    EXPECT_EQ(status.candidates, 0U);
  }
}

TEST_F(SwarmTest, AShareThatOnlyLinkHoldersFindMayHaveThePrivateFlag) {
  tune = [](SwarmConfig& config) { config.obeys_private_flag = false; };
  const VirtualShare share = test::make_virtual_share(64 * 1024, {300'000}, 1, true);
  const VirtualHost& seed = add(share, Knows::everything, {});
  for (int i = 0; i < 2; ++i) add(share, Knows::link, {seed.at});
  ASSERT_TRUE(run_until_complete(1, 2, 60s));
  EXPECT_FALSE(net.host(1).swarm->status(net.now()).trackers_only);
}

TEST_F(SwarmTest, FindingOutThatATorrentIsPrivateDropsWhomStrangersNamed) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {3'000'000}, 1, true);
  VirtualHost& named = add(share, Knows::everything, {});
  VirtualHost& stranger = add(share, Knows::everything, {});
  named.uplink = stranger.uplink = 100'000;
  const VirtualHost& leech = add(share, Knows::link, {named.at});
  net.host(2).swarm->add_candidate({stranger.at, discovery::Source::dht}, net.now());
  net.touch(2);
  ASSERT_TRUE(net.run_until([&] { return leech.swarm->metainfo() != nullptr; }, 60s));
  ASSERT_TRUE(net.run_until([&] { return leech.swarm->status(net.now()).peers == 1; }, 10s));
  net.host(2).swarm->add_candidate({stranger.at, discovery::Source::dht}, net.now());
  net.host(2).swarm->add_candidate({stranger.at, discovery::Source::lan}, net.now());
  net.run_until([] { return false; }, 20s);
  ASSERT_EQ(leech.swarm->peers(net.now()).size(), 1U);
  EXPECT_EQ(leech.swarm->peers(net.now())[0].endpoint, named.at);
  EXPECT_TRUE(run_until_complete(2, 2, 120s));
}

TEST_F(SwarmTest, ChunksOfOneBlockHaveTheirPieceLayerInLayerZero) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(16 * 1024, {1, 16384, 16385, 300'000});
  const VirtualHost& seed = add(share, Knows::everything, {});
  const VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_EQ(leech.swarm->status(net.now()).downloaded, share.metainfo->total_bytes());
}

TEST_F(SwarmTest, TransferUsesTheWholeUplinkOverALongPath) {
  net.latency = 100ms;
  const VirtualShare share = test::make_virtual_share(1 << 20, {400LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.uplink = 20e6;
  add(share, Knows::link, {seed.at});
  const Instant begin = net.now();
  ASSERT_TRUE(run_until_complete(1, 1, 120s));
  const double ideal = static_cast<double>(share.metainfo->total_bytes()) / seed.uplink;
  EXPECT_LT(seconds_of(net.now() - begin), 1.15 * ideal + 2);
}

TEST_F(SwarmTest, EmptyShareIsCompleteAtOnce) {
  const VirtualShare share = test::make_virtual_share(16384, {0, 0});
  const VirtualHost& seed = add(share, Knows::everything, {});
  add(share, Knows::link, {seed.at});
  EXPECT_TRUE(run_until_complete(1, 1, 10s));
}

TEST_F(SwarmTest, LeechesHelpEachOtherSoTheSeedSendsLittleMoreThanOneCopy) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {32LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.uplink = 2e6;
  for (int i = 0; i < 5; ++i) add(share, Knows::link, {seed.at});  // they learn of each other by peer exchange
  ASSERT_TRUE(run_until_complete(1, 5, 300s));
  EXPECT_LT(seed.payload_sent, 2 * share.metainfo->total_bytes());
}

// Without that a turn would only end by chance: who is served has always asked for more before its last chunk is
// through.
TEST_F(SwarmTest, ASeedsTurnEndsBetweenTwoChunksWhenOthersWait) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {512LL << 20});
  constexpr std::size_t kLeeches = 8;
  tune = [](SwarmConfig& config) { config.upload_slots_max = 2; };
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.uplink = 4e6;
  tune = [](SwarmConfig& config) { config.connections_max = config.connections_wanted = 1; };  // nobody else helps
  for (std::size_t i = 0; i < kLeeches; ++i) add(share, Knows::metainfo, {seed.at});
  const auto never = [] { return false; };
  net.run_until(never, 140s);  // by then the seed has sent every chunk once, and made no more promises
  for (int round = 0; round < 2; ++round) {
    std::vector<std::uint32_t> before;
    for (std::size_t i = 1; i <= kLeeches; ++i) before.push_back(net.host(i).swarm->had().count());
    // Four turns, each up to a choke interval longer than it should be, make a round.
    net.run_until(never, 4 * (kTransferDefaults.choker.seed_turn + kTransferDefaults.choker.interval));
    for (std::size_t i = 1; i <= kLeeches; ++i) EXPECT_GT(net.host(i).swarm->had().count(), before[i - 1]) << i;
  }
}

TEST_F(SwarmTest, AFastSeedServesManyLongBeforeTheNextRoundAndASlowOneDoesNot) {
  const VirtualShare share = test::make_virtual_share(1 << 20, {4LL << 30});
  const auto served_after_three_seconds = [&](double uplink) {
    tune = [](SwarmConfig&) {};
    VirtualHost& seed = add(share, Knows::everything, {});
    seed.uplink = uplink;
    tune = [](SwarmConfig& config) { config.connections_max = config.connections_wanted = 1; };  // nobody else helps
    for (int i = 0; i < 20; ++i) add(share, Knows::metainfo, {seed.at});
    net.run_until([] { return false; }, 3s);
    const std::vector<PeerStatus> peers = seed.swarm->peers(net.now());
    EXPECT_EQ(peers.size(), 20U);
    return std::count_if(peers.begin(), peers.end(), [](const PeerStatus& peer) { return !peer.choked_by_us; });
  };
  static_assert(kTransferDefaults.choker.interval > 3s);
  EXPECT_EQ(served_after_three_seconds(10e6), 20);
  EXPECT_EQ(served_after_three_seconds(100e3), kTransferDefaults.choker.slots_min);
}

TEST_F(SwarmTest, FiftySwarmsFinishWithConsistentBooks) {
  const VirtualShare share = test::make_virtual_share(256 * 1024, {16LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  for (int i = 0; i < 49; ++i) add(share, i % 2 == 0 ? Knows::link : Knows::metainfo, {seed.at, net.host(i).at});
  ASSERT_TRUE(run_until_complete(1, 49, 600s));
  for (std::size_t i = 0; i < net.size(); ++i) net.host(i).swarm->check_invariants();
  EXPECT_LT(seed.payload_sent, 10 * share.metainfo->total_bytes());
}

TEST_F(SwarmTest, ASeedThatFindsNobodyButSeedsDialsEverMoreRarely) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  std::vector<Endpoint> seeds;
  for (int i = 0; i < 100; ++i) seeds.push_back(add(share, Knows::everything, {}).at);
  const VirtualHost& seed = add(share, Knows::everything, seeds);
  const auto never = [] { return false; };
  net.run_until(never, 60s);
  EXPECT_LE(seed.dials, 20U) << "16 before it looked at what it has";
  const std::uint32_t before = seed.dials;
  net.run_until(never, 1h);
  EXPECT_GE(seed.dials, before + 28) << "one in two minutes";
  EXPECT_LE(seed.dials, before + 31);
}

TEST_F(SwarmTest, ASeedThatFindsALeechGoesOnLookingForOthers) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  constexpr std::size_t kLeeches = 10;
  std::vector<Endpoint> known;
  // They dial nobody, so only the seed can bring them what they lack.
  tune = [](SwarmConfig& config) { config.connections_wanted = 0; };
  for (std::size_t i = 0; i < kLeeches; ++i) known.push_back(add(share, Knows::metainfo, {}).at);
  tune = [](SwarmConfig&) {};
  for (int i = 0; i < 50; ++i) known.push_back(add(share, Knows::everything, {}).at);
  add(share, Knows::everything, known);
  EXPECT_TRUE(run_until_complete(0, kLeeches - 1, 30min));
}

TEST_F(SwarmTest, ALeechAmongPeersThatLackWhatItLacksMakesRoomForOthersUntilItFindsTheSeed) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  constexpr std::uint32_t kWanted = 4;
  tune = [](SwarmConfig& config) { config.connections_wanted = kWanted; };
  std::vector<Endpoint> known;
  for (int i = 0; i < 40; ++i) known.push_back(add(share, Knows::metainfo, {}).at);
  known.push_back(add(share, Knows::everything, {}).at);
  VirtualHost& leech = add(share, Knows::metainfo, known);
  EXPECT_TRUE(run_until_complete(41, 41, 120s));
  EXPECT_GT(leech.dials, kWanted);
}

TEST_F(SwarmTest, SameSeedGivesTheSameTrace) {
  const auto run = [] {
    SwarmTest_SameSeedGivesTheSameTrace_Test world;
    const VirtualShare share = test::make_virtual_share(64 * 1024, {4LL << 20});
    const VirtualHost& seed = world.add(share, Knows::everything, {});
    for (int i = 0; i < 8; ++i) world.add(share, Knows::link, {seed.at});
    EXPECT_TRUE(world.run_until_complete(1, 8, 300s));
    return std::pair(world.net.trace_hash(), world.net.events());
  };
  EXPECT_EQ(run(), run());
}

TEST_F(SwarmTest, LiarAloneIsBannedAndNothingCompletes) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  VirtualHost& liar = add(share, Knows::everything, {});
  liar.lies = true;
  const VirtualHost& leech = add(share, Knows::link, {liar.at});
  ASSERT_TRUE(net.run_until([&] { return !leech.banned.empty(); }, 60s));
  EXPECT_FALSE(net.run_until([&] { return leech.chunks_completed > 0; }, 120s));
  EXPECT_EQ(leech.banned.size(), 1U);
}

TEST_F(SwarmTest, LiarCaughtByManyChunksAtOnceIsBannedOnce) {
  const VirtualShare share = test::make_virtual_share(16 * 1024, {1 << 20});
  VirtualHost& liar = add(share, Knows::everything, {});
  liar.lies = true;
  const VirtualHost& leech = add(share, Knows::link, {liar.at});
  ASSERT_TRUE(net.run_until([&] { return !leech.banned.empty(); }, 60s));
  EXPECT_FALSE(net.run_until([&] { return leech.banned.size() > 1; }, 60s));
}

TEST_F(SwarmTest, LiarAmongHonestSeedsIsPinnedByItsBlockAndTheRestIsKept) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(1 << 20, {16LL << 20});
  VirtualHost& honest = add(share, Knows::everything, {});
  VirtualHost& liar = add(share, Knows::everything, {});
  liar.lies = true;
  liar.lies_in = 5;
  honest.uplink = liar.uplink = 1e6;
  const VirtualHost& leech = add(share, Knows::link, {honest.at, liar.at});
  ASSERT_TRUE(run_until_complete(2, 2, 300s));
  EXPECT_GT(liar.payload_sent, 0);
  ASSERT_EQ(leech.banned.size(), 1U);
  EXPECT_NE(leech.banned[0].find("wrong"), std::string::npos);
  EXPECT_LT(leech.swarm->status(net.now()).wasted, 4 << 20);
  EXPECT_EQ(leech.swarm->status(net.now()).banned, 1U);
}

TEST_F(SwarmTest, SilentPeerIsReplacedByOneThatDelivers) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {4LL << 20});
  VirtualHost& silent = add(share, Knows::everything, {});
  silent.deaf = true;
  add(share, Knows::link, {silent.at});
  net.run_until([] { return false; }, 5s);
  VirtualHost& good = add(share, Knows::everything, {net.host(1).at});
  good.uplink = 50e6;
  EXPECT_TRUE(run_until_complete(1, 1, 60s));
}

TEST_F(SwarmTest, SeedThatDiesAndReturnsIsFoundAgainAndNothingIsFetchedTwice) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {8LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.uplink = 1e6;
  const Endpoint place = seed.at;
  const VirtualHost& leech = add(share, Knows::link, {place});
  ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed > 20; }, 60s));
  net.kill(0);
  net.run_until([] { return false; }, 30s);
  EXPECT_FALSE(leech.completed);
  VirtualHost& again = add(share, Knows::everything, {});
  again.at = place;
  ASSERT_TRUE(run_until_complete(1, 1, 120s));
  // At most what was under way when the seed died.
  EXPECT_LT(leech.swarm->status(net.now()).downloaded, share.metainfo->total_bytes() + (2 << 20));
}

TEST_F(SwarmTest, FullDiskPausesWithTheReasonAndResumes) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {4LL << 20});
  const VirtualHost& seed = add(share, Knows::everything, {});
  VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed > 5; }, 60s));
  leech.disk_error = Error{ErrorKind::disk_full, "no space left for f000"};
  ASSERT_TRUE(net.run_until([&] { return leech.swarm->status(net.now()).reason == "no space left for f000"; }, 60s));
  const std::uint32_t before = leech.chunks_completed;
  EXPECT_FALSE(run_until_complete(1, 1, 60s));
  EXPECT_LE(leech.chunks_completed, before + 1);
  leech.disk_error.reset();
  leech.swarm->resume(net.now());
  net.touch(1);
  EXPECT_TRUE(run_until_complete(1, 1, 120s));
}

TEST_F(SwarmTest, SpoiltChunksAreFetchedAgainAlsoAfterTheSeedWasLetGo) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {640 * 1024});
  const VirtualHost& seed = add(share, Knows::everything, {});
  VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  net.run_until([] { return false; }, 10s);
  ASSERT_EQ(leech.swarm->status(net.now()).peers, 0U);
  Bitfield spoilt(share.metainfo->chunk_count());
  spoilt.set(ChunkIndex{2});
  spoilt.set(ChunkIndex{7});
  leech.completed = false;
  leech.swarm->fetch_again(spoilt, net.now());
  EXPECT_EQ(leech.swarm->phase(), Phase::chunks);
  EXPECT_EQ(leech.swarm->status(net.now()).bytes_had, 8 * 64 * 1024);
  net.touch(1);
  ASSERT_TRUE(run_until_complete(1, 1, 5s));
  EXPECT_EQ(leech.swarm->status(net.now()).downloaded, 12 * 64 * 1024);
  EXPECT_EQ(leech.swarm->status(net.now()).wasted, 0);
}

TEST_F(SwarmTest, SpoiltChunksAreFetchedAgainWhileOthersAreMissing) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {4LL << 20});
  const VirtualHost& seed = add(share, Knows::everything, {});
  VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed > 5; }, 60s));
  const Bitfield spoilt = leech.swarm->had();
  leech.swarm->fetch_again(spoilt, net.now());
  net.touch(1);
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_EQ(leech.chunks_completed, share.metainfo->chunk_count() + spoilt.count());
}

TEST_F(SwarmTest, ASeedThatThinksWeHaveEverythingIsDialledAgainForWhatWasSpoiltSince) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {4LL << 20});
  const VirtualHost& seed = add(share, Knows::everything, {});
  VirtualHost& leech = add(share, Knows::link, {seed.at});
  const std::uint32_t chunks = share.metainfo->chunk_count();
  ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed == chunks - 1; }, 60s));
  leech.swarm->fetch_again(leech.swarm->had(), net.now());
  net.touch(1);
  EXPECT_TRUE(run_until_complete(1, 1, 60s)) << "it had told the seed of all chunks";
}

TEST_F(SwarmTest, OnlyWantedChunksAreFetched) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {640 * 1024});
  const VirtualHost& seed = add(share, Knows::everything, {});
  VirtualHost& leech = add(share, Knows::metainfo_alone, {seed.at});
  const std::uint32_t chunks = share.metainfo->chunk_count();
  Bitfield wanted(chunks);
  wanted.set(ChunkIndex{3});
  leech.swarm->start_content(share.hashes(), Bitfield(chunks), wanted, net.now());
  net.touch(1);
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_EQ(leech.swarm->had().count(), 1U);
  EXPECT_TRUE(leech.swarm->had().test(ChunkIndex{3}));
  EXPECT_EQ(leech.swarm->status(net.now()).downloaded, 64 * 1024);
}

TEST_F(SwarmTest, ChunkHashesCanBeFetchedBeforeTheContent) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {640 * 1024, 1, 300'000});
  const VirtualHost& seed = add(share, Knows::everything, {});
  Swarm& swarm = *add(share, Knows::metainfo_alone, {seed.at}).swarm;
  swarm.start_hashes(std::nullopt, net.now());
  EXPECT_FALSE(swarm.hashes().complete());
  net.touch(1);
  ASSERT_TRUE(net.run_until([&] { return swarm.hashes().complete(); }, 60s));
  EXPECT_EQ(swarm.phase(), Phase::storage);
  EXPECT_EQ(swarm.status(net.now()).downloaded, 0);

  const std::uint32_t chunks = share.metainfo->chunk_count();
  Bitfield had(chunks, true);
  had.reset(ChunkIndex{2});
  swarm.start_content(swarm.hashes(), had, Bitfield(chunks, true), net.now());
  net.touch(1);
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_EQ(swarm.status(net.now()).downloaded, 64 * 1024);
}

TEST_F(SwarmTest, ConnectingToOurselvesIsNoticedAndNotRepeated) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  VirtualHost& host = add(share, Knows::metainfo, {{IpAddress::v4(0x7f000001), 10000}});
  ASSERT_EQ(host.at.port, 10000);
  net.run_until([] { return false; }, 60s);
  EXPECT_EQ(host.swarm->status(net.now()).peers, 0U);
  EXPECT_EQ(host.swarm->status(net.now()).candidates, 0U);
}

TEST_F(SwarmTest, TwoThatDialEachOtherKeepOneConnection) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {64LL << 20});
  add(share, Knows::everything, {{IpAddress::v4(0x7f000001), 10001}});
  add(share, Knows::link, {{IpAddress::v4(0x7f000001), 10000}});
  net.host(0).uplink = 1e6;
  net.run_until([] { return false; }, 10s);
  EXPECT_EQ(net.host(0).swarm->status(net.now()).peers, 1U);
  EXPECT_EQ(net.host(1).swarm->status(net.now()).peers, 1U);
  EXPECT_FALSE(net.host(1).completed);
}

TEST_F(SwarmTest, MetainfoOfAnotherShareGetsItsSenderBanned) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20}, 1);
  const VirtualShare other = test::make_virtual_share(64 * 1024, {1 << 20}, 2);
  const VirtualHost& wrong = add(other, Knows::everything, {});
  const VirtualHost& right = add(share, Knows::everything, {});
  const VirtualHost& leech = add(share, Knows::link, {wrong.at});
  ASSERT_TRUE(net.run_until([&] { return !leech.banned.empty(); }, 60s));
  EXPECT_EQ(leech.swarm->status(net.now()).reason, "no peers found but 1 peer that had to be banned");
  leech.swarm->add_candidate({right.at, discovery::Source::given}, net.now());
  net.touch(2);
  EXPECT_TRUE(run_until_complete(2, 2, 60s));
}

TEST_F(SwarmTest, ReasonSaysWhyNothingMoves) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const VirtualHost& alone = add(share, Knows::link, {});
  EXPECT_EQ(alone.swarm->status(net.now()).reason, "no peers found yet");
  const VirtualHost& a = add(share, Knows::metainfo, {});
  const VirtualHost& b = add(share, Knows::link, {a.at});
  net.run_until([] { return false; }, 5s);
  EXPECT_NE(b.swarm->status(net.now()).reason, "");
  EXPECT_EQ(b.swarm->status(net.now()).peers, 1U);
}

TEST_F(SwarmTest, NothingIsMissingOnceStopped) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const VirtualHost& alone = add(share, Knows::link, {});
  EXPECT_NE(alone.swarm->status(net.now()).reason, "");
  alone.swarm->stop(net.now());
  EXPECT_EQ(alone.swarm->status(net.now()).reason, "");
}

TEST_F(SwarmTest, StopSaysGoodbyeAndTheOtherSideKnows) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {64LL << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  const VirtualHost& leech = add(share, Knows::link, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return leech.chunks_completed > 3; }, 60s));
  seed.swarm->stop(net.now());
  net.touch(0);
  ASSERT_TRUE(net.run_until([&] { return leech.swarm->status(net.now()).peers == 0; }, 5s));
  EXPECT_EQ(leech.troubles.back(), "said goodbye: shutting down");
}

TEST_F(SwarmTest, AFileThatComesBackIsOfferedAgain) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20, 1 << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.read_error = Error{ErrorKind::not_found, "gone"};
  const VirtualHost& leech = add(share, Knows::link, {seed.at});
  const ChunkIndex last{share.metainfo->chunk_count() - 1};
  ASSERT_TRUE(
      net.run_until([&] { return seed.swarm->is_withheld(ChunkIndex{0}) && seed.swarm->is_withheld(last); }, 120s));
  EXPECT_FALSE(seed.swarm->had().test({0}));
  EXPECT_EQ(leech.chunks_completed, 0U);
  seed.read_error.reset();
  const auto offer_again = [&] {
    for (const std::size_t file : {0U, 1U}) seed.swarm->handle_file_back(file, net.now());
    net.touch(0);
  };
  offer_again();
  EXPECT_TRUE(seed.swarm->had().all());
  EXPECT_FALSE(seed.swarm->is_withheld({0}));
  // A read that was under way may have failed after that: whoever watches the files offers them once more.
  (void)net.run_until([] { return false; }, 1s);
  offer_again();
  ASSERT_TRUE(run_until_complete(1, 1, 60s));
  EXPECT_TRUE(leech.banned.empty());
}

TEST_F(SwarmTest, AFileThatChangedIsNeverOfferedAgain) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.read_error = Error{ErrorKind::integrity, "changed"};
  add(share, Knows::link, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->had().count() < share.metainfo->chunk_count(); }, 120s));
  for (ChunkIndex c; c.value < share.metainfo->chunk_count(); ++c) EXPECT_FALSE(seed.swarm->is_withheld(c));
  const std::uint32_t left = seed.swarm->had().count();
  seed.swarm->handle_file_back(0, net.now());
  EXPECT_EQ(seed.swarm->had().count(), left);
}

TEST_F(SwarmTest, AWithheldFileThatTurnsOutToHaveChangedStaysLost) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {64 << 10});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.read_error = Error{ErrorKind::io, "disk trouble"};
  add(share, Knows::link, {seed.at});
  ASSERT_TRUE(net.run_until([&] { return seed.swarm->is_withheld(ChunkIndex{0}); }, 120s));
  seed.swarm->handle_file_lost(0, {ErrorKind::integrity, "changed"});
  net.touch(0);
  EXPECT_EQ(seed.troubles.back(), "changed");
  seed.swarm->handle_file_back(0, net.now());
  EXPECT_TRUE(seed.swarm->had().none());
}

TEST_F(SwarmTest, ASeedThatIsShortOfDescriptorsKeepsItsChunksAndIsAskedAgain) {
  net.check_every_event = true;
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  VirtualHost& seed = add(share, Knows::everything, {});
  seed.read_error = Error{ErrorKind::busy, "too many open files"};
  const VirtualHost& leech = add(share, Knows::link, {seed.at});
  net.run_until([] { return false; }, 20s);
  EXPECT_TRUE(seed.swarm->had().all());
  EXPECT_EQ(leech.chunks_completed, 0U);
  EXPECT_EQ(leech.swarm->status(net.now()).peers, 1U);
  seed.read_error.reset();
  ASSERT_TRUE(run_until_complete(1, 1, 30s));
}

}  // namespace
}  // namespace stp::transfer
