// Web seeds in a whole swarm, without a server: what is asked of them, and when they are tried again.

#include "transfer/web_seeds.h"

#include <gtest/gtest.h>

#include <map>

#include "discovery/fixed_peers.h"
#include "support/virtual_share.h"
#include "transfer/swarm.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;

content::WebSeed seed_at(const std::string& url) {
  return *content::parse_web_seed(content::WebSeed::Kind::files, url);
}

class WebSeedsTest : public ::testing::Test {
 protected:
  void begin(std::uint32_t chunks, std::vector<std::string> urls) {
    share = test::make_virtual_share(kChunkBytes, {std::int64_t{chunks} * kChunkBytes});
    SwarmConfig config;
    config.info_hashes = share.metainfo->info_hashes();
    config.metainfo = share.metainfo;
    for (const std::string& url : urls) config.web_seeds.push_back(seed_at(url));
    swarm.emplace(std::move(config), discovery, rng, now);
    swarm->start(1, now);
    swarm->start_content(share.hashes(), Bitfield(chunks), Bitfield(chunks, true), now);
    drain();
  }
  void drain() {
    while (std::optional<Action> action = swarm->poll_action()) {
      if (const auto* const open = std::get_if<OpenWebSeed>(&*action)) {
        opened.push_back(open->peer);
      } else if (const auto* const close = std::get_if<Close>(&*action)) {
        closed.push_back(close->peer);
        asked.erase(close->peer);
      } else if (const auto* const send = std::get_if<Send>(&*action)) {
        if (const auto* const request = std::get_if<wire::Request>(&send->message)) {
          asked[send->peer].push_back(request->run);
        }
      }
    }
    while (std::optional<SwarmEvent> event = swarm->poll_event()) {
      if (const auto* const trouble = std::get_if<WebSeedTrouble>(&*event)) troubles.push_back(*trouble);
      completed += std::holds_alternative<Completed>(*event) ? 1 : 0;
    }
    swarm->check_invariants();
  }
  void pass(Duration time) {
    const Instant end = now + time;
    while (true) {
      const std::optional<Instant> next = swarm->next_timeout();
      if (!next || *next > end) break;
      now = std::max(now, *next);
      swarm->handle_timeout(now);
      drain();
    }
    now = end;
  }
  void fail(PeerHandle peer, const WebSeedFailure& failure) {
    swarm->handle_web_seed_failed(peer, failure, now);
    drain();
  }
  /// Answers everything that this web seed was asked for, until nothing more is asked.
  void serve(PeerHandle peer, bool lies = false) {
    while (!asked[peer].empty()) {
      const BlockRun run = asked[peer].front();
      asked[peer].erase(asked[peer].begin());
      const auto& right = share.leaves[run.chunk.value];
      std::vector<Hash256> leaves(right.begin() + run.first, right.begin() + run.first + run.count);
      if (lies) leaves.front().bytes[0] ^= std::byte{1};
      now = now + 1ms;
      if (swarm->handle_data(peer, run, leaves, now) == DataVerdict::keep) swarm->handle_written(run, now);
      drain();
      if (lies) return;
    }
  }

  Rng rng{1};
  Instant now{1h};
  discovery::FixedPeers discovery{{}};
  test::VirtualShare share;
  std::optional<Swarm> swarm;
  std::vector<PeerHandle> opened;
  std::vector<PeerHandle> closed;
  std::map<PeerHandle, std::vector<BlockRun>> asked;
  std::vector<WebSeedTrouble> troubles;
  int completed = 0;
};

TEST_F(WebSeedsTest, OneAloneGivesEverythingAndLeaves) {
  begin(20, {"http://a/x"});
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(swarm->status(now).web_seeds, 1U);
  EXPECT_EQ(swarm->status(now).peers, 0U);
  EXPECT_EQ(swarm->status(now).seats_taken, 0U);
  EXPECT_TRUE(swarm->peers(now).empty());
  EXPECT_EQ(swarm->status(now).reason, "waiting for data from 1 web seed");
  serve(opened[0]);
  EXPECT_EQ(completed, 1);
  EXPECT_EQ(swarm->status(now).web_seeds, 0U);
  EXPECT_EQ(closed, opened);
  EXPECT_TRUE(troubles.empty());
}

TEST_F(WebSeedsTest, WhatOneDoesNotGiveIsAskedOfAnother) {
  begin(20, {"http://a/x", "http://b/x", "http://a/x"});
  ASSERT_EQ(opened.size(), 2U);  // one of them was named twice
  fail(opened[0], {"it answered 404", std::nullopt, true});
  serve(opened[1]);
  EXPECT_EQ(completed, 1);
}

TEST_F(WebSeedsTest, AFailureIsFollowedByPausesThatDouble) {
  begin(4, {"http://a/x"});
  for (const Duration pause : {10s, 20s, 40s}) {
    fail(opened.back(), {"connection refused", std::nullopt, false});
    EXPECT_EQ(troubles.back().retry_in, pause);
    EXPECT_EQ(troubles.back().server, "http://a");
    const std::size_t before = opened.size();
    pass(pause - 1ms);
    EXPECT_EQ(opened.size(), before);
    EXPECT_EQ(swarm->status(now).web_seeds_waiting, 1U);
    EXPECT_TRUE(swarm->status(now).reason.ends_with("; web seed http://a: connection refused, trying again in 1 s"))
        << swarm->status(now).reason;
    pass(1ms);
    EXPECT_EQ(opened.size(), before + 1);
  }
  // What works again is trusted again.
  const PeerHandle peer = opened.back();
  asked[peer].resize(1);
  serve(peer);
  fail(peer, {"connection refused", std::nullopt, false});
  EXPECT_EQ(completed, 0);
  EXPECT_EQ(troubles.back().retry_in, Duration(10s));
}

TEST_F(WebSeedsTest, TheServersWishIsRespectedWithinBounds) {
  begin(4, {"http://a/x"});
  fail(opened.back(), {"it answered 503", 90s, false});
  EXPECT_EQ(troubles.back().retry_in, Duration(90s));
  pass(90s);
  fail(opened.back(), {"it answered 503", std::chrono::hours(50), false});
  EXPECT_EQ(troubles.back().retry_in, Duration(1h));
  pass(1h);
  fail(opened.back(), {"it answered 503", 0s, false});
  EXPECT_EQ(troubles.back().retry_in, Duration(1s));
}

TEST_F(WebSeedsTest, OneThatSendsWrongDataIsBannedForEver) {
  begin(1, {"http://a/x"});
  const PeerHandle peer = opened[0];
  while (troubles.empty() && !asked[peer].empty()) serve(peer, true);
  ASSERT_EQ(troubles.size(), 1U);
  EXPECT_TRUE(troubles[0].banned);
  EXPECT_FALSE(troubles[0].retry_in);
  pass(2h);
  EXPECT_EQ(opened.size(), 1U);
  EXPECT_EQ(swarm->status(now).web_seeds, 0U);
}

TEST_F(WebSeedsTest, OneThatSendsNothingIsGivenUpForAWhile) {
  begin(4, {"http://a/x"});
  pass(10min);
  ASSERT_FALSE(troubles.empty());
  EXPECT_EQ(troubles[0].reason, "sends nothing of what it was asked for");
  EXPECT_GT(opened.size(), 1U);
}

TEST_F(WebSeedsTest, WhatIsNotThereIsNotAskedAgain) {
  begin(3, {"http://a/x"});
  const PeerHandle peer = opened[0];
  swarm->handle_message(peer, wire::Reject{{ChunkIndex{1}, 0, 1}, wire::RejectReason::not_there}, now);
  drain();
  for (int i = 0; i < 100 && !asked[peer].empty(); ++i) {
    const BlockRun run = asked[peer].front();
    asked[peer].erase(asked[peer].begin());
    if (run.chunk.value == 1) {
      swarm->handle_message(peer, wire::Reject{run, wire::RejectReason::not_there}, now);
    } else if (swarm->handle_data(peer, run, std::span(share.leaves[run.chunk.value]).subspan(run.first, run.count),
                                  now) == DataVerdict::keep) {
      swarm->handle_written(run, now);
    }
    drain();
  }
  EXPECT_TRUE(asked[peer].empty());
  EXPECT_EQ(swarm->status(now).chunks_had, 2U);
}

TEST_F(WebSeedsTest, TheyComeBackWhenSomethingIsMissingAgain) {
  begin(4, {"http://a/x"});
  serve(opened[0]);
  ASSERT_EQ(completed, 1);
  Bitfield lost(4);
  lost.set(ChunkIndex{2});
  swarm->fetch_again(lost, now);
  drain();
  ASSERT_EQ(opened.size(), 2U);
  serve(opened[1]);
  EXPECT_EQ(completed, 2);
}

TEST_F(WebSeedsTest, TheEndClosesThem) {
  begin(4, {"http://a/x", "http://b/x"});
  swarm->stop(now);
  drain();
  EXPECT_EQ(closed.size(), 2U);
  EXPECT_FALSE(swarm->next_timeout());
}

}  // namespace
}  // namespace stp::transfer
