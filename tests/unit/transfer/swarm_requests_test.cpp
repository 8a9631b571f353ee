// What becomes of a request: one swarm whose peers the test plays.

#include <gtest/gtest.h>
#include <array>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "discovery/fixed_peers.h"
#include "support/virtual_share.h"
#include "transfer/config.h"
#include "transfer/swarm.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class SwarmRequestsTest : public ::testing::Test {
 protected:
  void begin(std::int64_t bytes, bool complete = false) {
    share = test::make_virtual_share(256 * 1024, {bytes});
    SwarmConfig config;
    config.info_hashes = share.metainfo->info_hashes();
    rng.fill(config.session.bytes);
    config.metainfo = share.metainfo;
    swarm.emplace(std::move(config), nobody, rng, now);
    swarm->start(1, now);
    const std::uint32_t chunks = share.metainfo->chunk_count();
    swarm->start_content(share.hashes(), Bitfield(chunks, complete), Bitfield(chunks, true), now);
    drain();
  }

  /// Somebody has connected and said hello.
  PeerHandle join() {
    const std::optional<PeerHandle> peer = swarm->handle_incoming({IpAddress::v4(0x0a000000 + ++joined), 5000}, now);
    wire::Hello hello;
    rng.fill(hello.session.bytes);
    tell(*peer, hello);
    return *peer;
  }
  /// The same, by a leech that has nothing.
  PeerHandle join_leech() {
    const PeerHandle peer = join();
    tell(peer, wire::HaveNone{});
    tell(peer, wire::Interested{true});
    return peer;
  }
  /// The same, by a seed that serves us.
  PeerHandle join_seed() {
    const PeerHandle peer = join();
    tell(peer, wire::HaveAll{});
    tell(peer, wire::Unchoke{});
    return peer;
  }

  void tell(PeerHandle peer, wire::Message message) {
    swarm->handle_message(peer, std::move(message), now);
    drain();
  }

  DataVerdict deliver(PeerHandle peer, BlockRun run) {
    std::erase_if(asked[peer], [&](const BlockRun& other) { return other == run; });
    const std::vector<Hash256>& chunk = share.leaves[run.chunk.value];
    const DataVerdict verdict = swarm->handle_data(peer, run, std::span(chunk).subspan(run.first, run.count), now);
    if (verdict == DataVerdict::keep) swarm->handle_written(run, now);
    drain();
    return verdict;
  }
  void deliver_first(PeerHandle peer) {
    ASSERT_FALSE(asked[peer].empty());
    deliver(peer, asked[peer].front());
  }

  void drain() {
    while (const std::optional<Action> action = swarm->poll_action()) {
      if (const auto* const send = std::get_if<Send>(&*action)) {
        if (const auto* const request = std::get_if<wire::Request>(&send->message)) {
          asked[send->peer].push_back(request->run);
        } else if (const auto* const cancel = std::get_if<wire::Cancel>(&send->message)) {
          cancelled[send->peer].push_back(cancel->run);
        } else if (std::holds_alternative<wire::Unchoke>(send->message)) {
          unchoked.insert(send->peer);
        } else if (std::holds_alternative<wire::Choke>(send->message)) {
          unchoked.erase(send->peer);
        } else if (const auto* const reject = std::get_if<wire::Reject>(&send->message)) {
          rejected[send->peer].push_back(*reject);
        }
      } else if (const auto* const close = std::get_if<Close>(&*action)) {
        closed[close->peer] = close->reason;
      } else if (const auto* const blocks = std::get_if<SendBlocks>(&*action)) {
        sending.push_back(blocks->run);
        sending_to.emplace_back(blocks->peer, blocks->run);
      }
    }
    while (swarm->poll_event()) {
    }
    swarm->check_invariants();
  }

  /// Time goes on, and every 100 ms `peer` (if any) delivers a block it was asked for.
  void pass(Duration time, std::optional<PeerHandle> peer = {}) {
    for (const Instant end = now + time; now < end;) {
      now += 100ms;
      swarm->handle_timeout(now);
      drain();
      if (peer && !asked[*peer].empty()) deliver_first(*peer);
    }
  }

  /// The same, once, after `time`.
  void tick(Duration time, PeerHandle peer) {
    now += time;
    if (!asked[peer].empty()) deliver_first(peer);
    swarm->handle_timeout(now);
    drain();
  }

  /// A share of 16 chunks, and seeds that have each sent a few blocks of it, one in half a second.
  std::vector<PeerHandle> begin_with_slow_seeds() {
    begin(256 * kBlockBytes);
    std::vector<PeerHandle> slow;
    for (std::uint32_t i = 0; i < 3 * kTransferDefaults.intake.sources_min; ++i) slow.push_back(join_seed());
    for (int round = 0; round < 3; ++round) {
      now += 500ms;
      for (const PeerHandle peer : slow) {
        if (!asked[peer].empty()) deliver_first(peer);
      }
    }
    return slow;
  }

  /// What a leech gets that asks for a chunk, and takes it at once, every 100 ms while it is unchoked. Those asleep ask
  /// for a MiB whenever they are unchoked, and take nothing of it.
  std::uint32_t chunks_in_two_minutes(PeerHandle leech) {
    std::uint32_t blocks = 0;
    std::set<PeerHandle> have_asked;
    for (int i = 0; i < 2 * 60 * 10; ++i) {
      pass(100ms);
      for (const PeerHandle peer : asleep) {
        if (!unchoked.contains(peer)) {
          have_asked.erase(peer);
        } else if (have_asked.insert(peer).second) {
          for (std::uint32_t chunk = 0; chunk < 4; ++chunk) tell(peer, wire::Request{{ChunkIndex{chunk}, 0, 16}});
        }
      }
      if (!unchoked.contains(leech)) continue;
      tell(leech, wire::Request{{ChunkIndex{blocks / 16 % share.metainfo->chunk_count()}, 0, 16}});
      for (const auto& [peer, run] : std::exchange(sending_to, {})) {
        if (peer != leech) continue;
        blocks += run.count;
        swarm->handle_blocks_sent(peer, run, now);
      }
      drain();
    }
    return blocks / 16;
  }

  [[nodiscard]] std::int64_t blocks_asked() const {
    std::int64_t blocks = 0;
    for (const auto& [peer, runs] : asked) {
      for (const BlockRun& run : runs) blocks += run.count;
    }
    return blocks;
  }
  [[nodiscard]] bool was_asked(PeerHandle peer, const BlockRun& run) {
    return std::ranges::any_of(asked[peer], [&](const BlockRun& other) {
      return other.chunk == run.chunk && other.first < run.first + run.count && run.first < other.first + other.count;
    });
  }

  Instant now = kStart;
  Rng rng{1};
  discovery::FixedPeers nobody{{}};
  test::VirtualShare share;
  std::optional<Swarm> swarm;
  std::uint32_t joined = 0;
  std::map<PeerHandle, std::vector<BlockRun>> asked;  // and not delivered
  std::map<PeerHandle, std::vector<BlockRun>> cancelled;
  std::map<PeerHandle, std::vector<wire::Reject>> rejected;
  std::map<PeerHandle, std::string> closed;
  std::vector<BlockRun> sending;
  std::vector<std::pair<PeerHandle, BlockRun>> sending_to;
  std::vector<PeerHandle> asleep;
  std::set<PeerHandle> unchoked;
};

TEST_F(SwarmRequestsTest, APeerThatIsConnectedOverTwoOfItsAddressesCountsOnce) {
  begin(1 << 20);
  wire::Hello hello;
  rng.fill(hello.session.bytes);
  for (const char* const from : {"192.0.2.1:5000", "[2001:db8::1]:5000"}) {
    const std::optional<PeerHandle> peer = swarm->handle_incoming(*Endpoint::parse(from), now);
    ASSERT_TRUE(peer);
    tell(*peer, hello);
    tell(*peer, wire::HaveAll{});
  }
  EXPECT_EQ(swarm->status(now).peers, 1U);
  EXPECT_EQ(swarm->status(now).seeds, 1U);
  EXPECT_EQ(swarm->peers(now).size(), 2U) << "the connections are listed one by one";
  join_seed();
  EXPECT_EQ(swarm->status(now).peers, 2U);
  EXPECT_EQ(swarm->status(now).seeds, 2U);
}

TEST_F(SwarmRequestsTest, FortySourcesTogetherAreAskedForLittleAtFirst) {
  begin(64LL << 20);
  for (int i = 0; i < 40; ++i) join_seed();
  EXPECT_LE(blocks_asked(), kTransferDefaults.intake.start / kBlockBytes + kTransferDefaults.intake.sources_min);
  EXPECT_GE(blocks_asked(), kTransferDefaults.requests.pipeline_start / kBlockBytes);
}

TEST_F(SwarmRequestsTest, MoreSourcesAreAskedWhileThatBringsMore) {
  begin(64LL << 20);
  std::vector<PeerHandle> seeds;
  for (int i = 0; i < 30; ++i) seeds.push_back(join_seed());
  const auto busy = [&] { return std::ranges::count_if(seeds, [&](PeerHandle seed) { return !asked[seed].empty(); }); };
  EXPECT_LE(busy(), kTransferDefaults.intake.sources_min);
  // Each sends a block in six seconds, one after the other.
  std::ptrdiff_t most = 0;
  for (int tick = 0; tick < 30 * 20; ++tick) {
    pass(200ms);
    most = std::max(most, busy());
    const PeerHandle seed = seeds[static_cast<std::size_t>(tick) % seeds.size()];
    if (!asked[seed].empty()) deliver_first(seed);
  }
  EXPECT_GE(most, 28);
}

TEST_F(SwarmRequestsTest, OnALinkWhereABlockTakesMinutesNobodyIsTakenForSilentWhileBytesCome) {
  begin(64LL << 20);
  std::vector<PeerHandle> seeds;
  for (int i = 0; i < 20; ++i) seeds.push_back(join_seed());
  const std::int64_t at_first = blocks_asked();
  for (int i = 0; i < 13; ++i) {
    pass(10s);
    swarm->handle_progress(seeds.front(), now);
  }
  EXPECT_EQ(blocks_asked(), at_first);
  EXPECT_TRUE(cancelled.empty());
}

TEST_F(SwarmRequestsTest, WhatASilentPeerWasAskedForIsAskedOfNobodyElseUntilItGivesItBack) {
  begin(64LL << 20);
  const PeerHandle silent = join_seed();
  const PeerHandle good = join_seed();
  const std::vector<BlockRun> runs = asked[silent];
  ASSERT_EQ(runs.size(), 4U);
  pass(kTransferDefaults.requests.snub_after + kTransferDefaults.requests.snub_after / 2, good);
  EXPECT_EQ(cancelled[silent], runs);
  for (const BlockRun& run : runs) EXPECT_FALSE(was_asked(good, run));
  tell(silent, wire::Reject{runs[1], wire::RejectReason::cancelled});
  pass(5s, good);  // its turn comes after the chunk that is being fetched
  EXPECT_EQ(swarm->status(now).wasted, 0);
  EXPECT_EQ(deliver(silent, runs[1]), DataVerdict::drop);
  EXPECT_EQ(deliver(silent, runs[0]), DataVerdict::keep) << "what was on its way already is of use";
  EXPECT_EQ(swarm->status(now).wasted, kBlockBytes);
}

TEST_F(SwarmRequestsTest, APeerThatHangsIsLetGoWithinAMinuteAndAHalfAndOthersGetItsRequests) {
  begin(64LL << 20);
  const PeerHandle silent = join_seed();
  const PeerHandle good = join_seed();
  const std::vector<BlockRun> runs = asked[silent];
  pass(90s, good);
  EXPECT_TRUE(closed.contains(silent));
  EXPECT_FALSE(closed.contains(good));
  EXPECT_EQ(deliver(good, runs[0]), DataVerdict::drop) << "it has come from the other one";
}

TEST_F(SwarmRequestsTest, WhenNobodySendsAnythingItIsOurOwnLinkThatHangs) {
  begin(64LL << 20);
  std::vector<PeerHandle> seeds;
  for (int i = 0; i < 4; ++i) seeds.push_back(join_seed());
  for (int round = 0; round < 9; ++round) {
    pass(10s);
    for (const PeerHandle seed : seeds) tell(seed, wire::KeepAlive{});
  }
  EXPECT_TRUE(closed.empty());
}

TEST_F(SwarmRequestsTest, BytesOfABlockThatIsNotWholeYetAreNoSilence) {
  begin(64LL << 20);
  const PeerHandle slow = join_seed();
  const PeerHandle good = join_seed();
  for (int i = 0; i < 9; ++i) {
    pass(10s, good);
    swarm->handle_progress(slow, now);
  }
  EXPECT_TRUE(cancelled[slow].empty());
  EXPECT_TRUE(closed.empty());
}

TEST_F(SwarmRequestsTest, BytesOfABlockThatIsNeverWholeAreSilenceInTheEnd) {
  begin(256LL << 20);
  const PeerHandle slow = join_seed();
  const PeerHandle good = join_seed();
  for (int i = 0; i < 24; ++i) {
    pass(10s, good);
    swarm->handle_progress(slow, now);
  }
  EXPECT_TRUE(closed.contains(slow));
}

TEST_F(SwarmRequestsTest, AfterAChokeWhatWasAskedIsAskedOfOthersOnceItIsRejected) {
  begin(64LL << 20);
  const PeerHandle first = join_seed();
  const PeerHandle second = join_seed();
  const std::vector<BlockRun> runs = asked[first];
  tell(first, wire::Choke{});
  EXPECT_EQ(deliver(first, runs[0]), DataVerdict::keep) << "it was on its way";
  tell(first, wire::Reject{runs[1], wire::RejectReason::choked});
  pass(5s, second);
  EXPECT_EQ(swarm->status(now).wasted, 0);
  EXPECT_EQ(deliver(second, runs[1]), DataVerdict::drop) << "the other one has sent it";
  EXPECT_EQ(deliver(first, runs[2]), DataVerdict::keep) << "it was unchoked before this request reached it";
}

TEST_F(SwarmRequestsTest, PeersThatRefuseWhateverTheyAreAskedForAreNotAskedInTurnsForEver) {
  using Reason = wire::RejectReason;
  for (const Reason reason : {Reason::overloaded, Reason::choked, Reason::cancelled}) {
    begin(64LL << 20);
    asked.clear();
    const std::array refusing{join_seed(), join_seed(), join_seed()};
    const auto refuse_all = [&] {
      std::size_t refused = 0;
      for (bool more = true; more && refused < 100'000;) {
        more = false;
        for (const PeerHandle peer : refusing) {
          for (const BlockRun& run : std::exchange(asked[peer], {})) {
            ++refused;
            more = true;
            tell(peer, wire::Reject{run, reason});
          }
        }
      }
      return refused;
    };
    EXPECT_LT(refuse_all(), 1000U);
    pass(kTransferDefaults.peers.upkeep_interval - 1s);
    EXPECT_EQ(refuse_all(), 0U);
    pass(2s);
    EXPECT_GT(asked[refusing[0]].size(), 0U) << "it may have changed its mind";
    EXPECT_LT(refuse_all(), 1000U);
    const PeerHandle other = join_seed();
    pass(20s, other);
    EXPECT_GE(swarm->status(now).downloaded, 100 * kBlockBytes);
  }
}

TEST_F(SwarmRequestsTest, APeerThatForgetsRequestsWhenItChokesDelaysThemOnly) {
  begin(64LL << 20);
  const PeerHandle first = join_seed();
  const PeerHandle second = join_seed();
  const std::vector<BlockRun> runs = asked[first];
  tell(first, wire::Choke{});
  pass(kTransferDefaults.requests.cancel_patience + kTransferDefaults.requests.snub_after + 20s, second);
  EXPECT_FALSE(closed.contains(first));
  for (const BlockRun& run : runs) EXPECT_EQ(deliver(second, run), DataVerdict::drop) << "it has come";
}

TEST_F(SwarmRequestsTest, WhoIsChokedIsToldOfEachRequestThatItWillNotBeAnswered) {
  begin(64LL << 20, true);
  const PeerHandle leech = join_leech();
  constexpr std::uint32_t kChunks = kTransferDefaults.uploads.window_min / (256 * 1024);
  for (std::uint32_t i = 0; i <= kChunks; ++i) tell(leech, wire::Request{{ChunkIndex{i}, 0, 16}});
  tell(leech, wire::Interested{false});
  pass(kTransferDefaults.choker.interval + 1s);
  const std::vector<wire::Reject> expected{{{ChunkIndex{kChunks}, 0, 16}, wire::RejectReason::choked}};
  EXPECT_EQ(rejected[leech], expected);
}

TEST_F(SwarmRequestsTest, OnlyWhoIsMuchSlowerIsHelpedInTheEnd) {
  begin(16 * kBlockBytes);  // one chunk
  const PeerHandle slow = join_seed();
  deliver_first(slow);  // a block at once, and then no more for long
  const PeerHandle fast = join_seed();
  ASSERT_FALSE(asked[slow].empty());
  while (!asked[fast].empty()) {
    now += 50ms;
    deliver_first(fast);
  }
  EXPECT_FALSE(asked[slow].empty());
  const std::vector<BlockRun> last = asked[slow];
  EXPECT_TRUE(asked[fast].empty()) << "the other one may be as fast";
  pass(15s, fast);
  EXPECT_EQ(swarm->phase(), Phase::complete);
  EXPECT_EQ(cancelled[slow].size(), last.size());
  EXPECT_FALSE(closed.contains(slow)) << "it may still send what it was asked for";
  EXPECT_EQ(swarm->status(now).wasted, 0);
  for (const BlockRun& run : last) EXPECT_EQ(deliver(slow, run), DataVerdict::drop);
  EXPECT_EQ(swarm->status(now).wasted, static_cast<std::int64_t>(last.size()) * kBlockBytes);
  EXPECT_EQ(swarm->status(now).downloaded, 16 * kBlockBytes + swarm->status(now).wasted);
  EXPECT_TRUE(closed.contains(slow)) << "nothing is to come any more";
}

TEST_F(SwarmRequestsTest, WhatMayComeTwiceInTheEndHasABound) {
  const std::vector<PeerHandle> slow = begin_with_slow_seeds();
  const PeerHandle fast = join_seed();
  for (int i = 0; i < 1000; ++i) tick(1ms, fast);
  std::size_t held = 0;
  std::size_t helped = 0;
  for (const PeerHandle peer : slow) {
    for (const BlockRun& run : asked[peer]) held += run.count;
    for (const BlockRun& run : cancelled[peer]) helped += run.count;
  }
  ASSERT_GT(held, 2 * kTransferDefaults.end_game.waste_blocks) << "there is more to help with than may be";
  EXPECT_EQ(helped, kTransferDefaults.end_game.waste_blocks) << "by then all of it could come twice";
  for (int i = 0; i < 100 && swarm->phase() != Phase::complete; ++i) {
    for (const PeerHandle peer : slow) tick(10ms, peer);
  }
  EXPECT_EQ(swarm->phase(), Phase::complete);
  EXPECT_EQ(swarm->status(now).wasted, std::int64_t{kTransferDefaults.end_game.waste_blocks} * kBlockBytes);
}

TEST_F(SwarmRequestsTest, WhatIsGivenBackInTheEndLeavesRoomToHelpWithMore) {
  const std::vector<PeerHandle> slow = begin_with_slow_seeds();
  const PeerHandle fast = join_seed();
  std::uint32_t given_back = 0;
  for (int i = 0; i < 1000; ++i) {
    tick(1ms, fast);
    for (const PeerHandle peer : slow) {
      for (const BlockRun& run : std::exchange(cancelled[peer], {})) {
        given_back += run.count;
        tell(peer, wire::Reject{run, wire::RejectReason::cancelled});
      }
    }
  }
  EXPECT_EQ(swarm->phase(), Phase::complete);
  EXPECT_GT(given_back, 2 * kTransferDefaults.end_game.waste_blocks);
  EXPECT_EQ(swarm->status(now).wasted, 0);
}

TEST_F(SwarmRequestsTest, DataOfAPeerThatIsGoneIsCountedAsWaste) {
  begin(64LL << 20);
  const PeerHandle seed = join_seed();
  const BlockRun run = asked[seed].front();
  swarm->handle_disconnected(seed, "gone", now);
  EXPECT_EQ(deliver(seed, run), DataVerdict::drop);
  EXPECT_EQ(swarm->status(now).downloaded, kBlockBytes);
  EXPECT_EQ(swarm->status(now).wasted, kBlockBytes);
}

TEST_F(SwarmRequestsTest, ACancelThatIsNeverAnsweredCountsAsObeyedAndItsPeerStays) {
  begin(16 * kBlockBytes);
  const PeerHandle old = join_seed();
  const std::vector<BlockRun> runs = asked[old];
  swarm->pause("full", now);
  drain();
  EXPECT_EQ(cancelled[old], runs);
  swarm->resume(now);
  drain();
  const PeerHandle good = join_seed();
  pass(15s, good);
  EXPECT_EQ(swarm->phase(), Phase::complete) << "by the end game";
  for (int i = 0; i < 15; ++i) {
    pass(10s);
    if (!closed.contains(old)) tell(old, wire::KeepAlive{});
  }
  EXPECT_EQ(closed[old], "both have everything");
}

TEST_F(SwarmRequestsTest, ALeechKeepsAChunkOfAChangedFileUntilTheDownloadHasCheckedIt) {
  begin(64LL << 20);
  const PeerHandle seed = join_seed();
  pass(10s, seed);
  const PeerHandle leech = join_leech();
  pass(kTransferDefaults.choker.interval + 1s, seed);
  ASSERT_TRUE(unchoked.contains(leech));
  const Bitfield had = swarm->had();
  ASSERT_GT(had.count(), 0U);
  ChunkIndex chunk;
  while (!had.test(chunk)) ++chunk.value;
  tell(leech, wire::Request{{chunk, 0, 4}});
  ASSERT_FALSE(sending.empty());
  const BlockRun run = sending.back();
  swarm->handle_read_failed(leech, run, Error{ErrorKind::integrity, "f was changed by another program"}, now);
  drain();
  EXPECT_EQ(rejected[leech], (std::vector<wire::Reject>{{run, wire::RejectReason::overloaded}}));
  EXPECT_EQ(swarm->had().count(), had.count());
}

TEST_F(SwarmRequestsTest, PeersThatAskForNothingInTheirTurnDoNotKeepASeedFromOthers) {
  begin(64LL << 20, true);
  for (int i = 0; i < 12; ++i) join_leech();
  EXPECT_GT(chunks_in_two_minutes(join_leech()), 256U) << "of 1,200 that it could have had";
}

TEST_F(SwarmRequestsTest, PeersThatReadNothingInTheirTurnDoNotKeepASeedFromOthers) {
  begin(64LL << 20, true);
  for (int i = 0; i < 12; ++i) asleep.push_back(join_leech());
  EXPECT_GT(chunks_in_two_minutes(join_leech()), 256U) << "of 1,200 that it could have had";
}

TEST_F(SwarmRequestsTest, PeersThatFillTheUploadWindowAndReadNothingAreLetGo) {
  begin(64LL << 20, true);
  for (int i = 0; i < 24; ++i) asleep.push_back(join_leech());
  ASSERT_GT(static_cast<std::int64_t>(asleep.size()) * kTransferDefaults.uploads.window_min,
            kTransferDefaults.uploads.window_total);
  EXPECT_GT(chunks_in_two_minutes(join_leech()), 64U);
}

TEST_F(SwarmRequestsTest, ACancelIsAnsweredForEachBlockThatIsNotOnItsWay) {
  begin(64LL << 20, true);
  const PeerHandle leech = join_leech();
  constexpr std::uint32_t kChunks = kTransferDefaults.uploads.window_min / (256 * 1024);
  for (std::uint32_t i = 0; i <= kChunks; ++i) tell(leech, wire::Request{{ChunkIndex{i}, 0, 16}});
  ASSERT_EQ(sending.size(), kChunks);
  tell(leech, wire::Cancel{{ChunkIndex{0}, 0, 16}});
  EXPECT_TRUE(rejected[leech].empty()) << "it is on its way";
  tell(leech, wire::Cancel{{ChunkIndex{kChunks}, 4, 8}});
  const std::vector<wire::Reject> expected{{{ChunkIndex{kChunks}, 4, 8}, wire::RejectReason::cancelled}};
  EXPECT_EQ(rejected[leech], expected);
  tell(leech, wire::Cancel{{ChunkIndex{kChunks}, 0, 16}});
  EXPECT_EQ(rejected[leech].size(), 3U) << "the rest before and after";
}

}  // namespace
}  // namespace stp::transfer
