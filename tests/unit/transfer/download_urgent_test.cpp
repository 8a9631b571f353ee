// Download: chunks that somebody waits for. Peers are made up; the fixture answers what it asks for.

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/transfer/download_fixture.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class Urgent : public DownloadFixture {
 protected:
  /// A peer that has everything, and serves us.
  PeerHandle seed() {
    const PeerHandle peer = join();
    says(peer, Bitfield(share.metainfo->chunk_count(), true));
    download->handle_unchoke(peer, now);
    return peer;
  }
  void want_first(std::initializer_list<std::uint32_t> chunks) {
    std::vector<ChunkIndex> list;
    for (const std::uint32_t chunk : chunks) list.push_back(ChunkIndex{chunk});
    download->want_first(std::move(list), now);
    download->check_invariants();
  }
  /// The peer sends all that it was asked for until nothing is missing, or `rounds` are over; the chunks in the order in
  /// which their first block was asked for.
  std::vector<std::uint32_t> order_of_chunks(PeerHandle peer, int rounds, Duration each = 100ms) {
    std::vector<std::uint32_t> order;
    for (int round = 0; round < rounds; ++round) {
      now += each;
      for (const BlockRun& run : asked(peer)) {
        if (std::ranges::count(order, run.chunk.value) == 0) order.push_back(run.chunk.value);
        gives(peer, run);
      }
      download->check_invariants();
    }
    return order;
  }
};

TEST_F(Urgent, ComeFirstAndInTheirOrder) {
  begin(40);
  const PeerHandle alice = join();
  says(alice, Bitfield(40, true));
  want_first({17, 18, 5});
  download->handle_unchoke(alice, now);
  const std::vector<std::uint32_t> order = order_of_chunks(alice, 50);
  ASSERT_EQ(order.size(), 40U) << "and then the rest";
  EXPECT_EQ((std::vector<std::uint32_t>(order.begin(), order.begin() + 3)), (std::vector<std::uint32_t>{17, 18, 5}));
}

TEST_F(Urgent, AreWhatTheReaderWantsNow) {
  begin(200);
  const PeerHandle alice = seed();
  want_first({10, 11, 12, 13});
  asked(alice);
  want_first({100, 101});
  download->handle_choke(alice, now);
  asked(alice);
  for (std::uint32_t block = 0; block < 4; ++block) {
    // Everything that was asked for before is given back.
    for (std::uint32_t chunk = 0; chunk < 200; ++chunk) {
      download->handle_reject(alice, {{ChunkIndex{chunk}, block, 1}, wire::RejectReason::choked}, now);
    }
  }
  download->handle_unchoke(alice, now);
  const std::vector<BlockRun> runs = asked(alice);
  ASSERT_FALSE(runs.empty());
  EXPECT_EQ(runs.front().chunk, ChunkIndex{100});
}

TEST_F(Urgent, WhatIsHereOrNotWantedIsPassedOver) {
  begin(8, 1, {0, 1, 2, 3, 4, 5});
  const PeerHandle alice = join();
  says(alice, Bitfield(8, true));
  want_first({7, 6, 3});
  download->handle_unchoke(alice, now);
  const std::vector<std::uint32_t> order = order_of_chunks(alice, 20);
  ASSERT_EQ(order.size(), 6U) << "6 and 7 are not wanted";
  EXPECT_EQ(order.front(), 3U);
}

TEST_F(Urgent, AreNotAskedOfWhoLacksThem) {
  begin(20);
  want_first({4, 5});
  const PeerHandle alice = join();
  says(alice, {7, 5});
  download->handle_unchoke(alice, now);
  const std::vector<BlockRun> runs = asked(alice);
  ASSERT_FALSE(runs.empty());
  EXPECT_EQ(runs.front().chunk, ChunkIndex{5});
}

// A slow peer would hold the reader up.
TEST_F(Urgent, AreLeftToFastPeers) {
  begin(400);
  const PeerHandle fast = seed();
  const PeerHandle slow = seed();
  for (int round = 0; round < 60; ++round) {
    now += 100ms;
    for (const BlockRun& run : asked(fast)) gives(fast, run);
    if (round % 20 == 19) {
      for (const BlockRun& run : asked(slow)) {
        gives(slow, run);
        break;
      }
    }
  }
  ASSERT_GT(download->peer(fast).pipeline.rate(), 4 * download->peer(slow).pipeline.rate());
  ASSERT_EQ(is, Phase::chunks);
  std::vector<std::uint32_t> first;
  for (std::uint32_t chunk = 0; first.size() < 8; ++chunk) {
    if (download->holdings().lacks(ChunkIndex{chunk}) && download->availability().contains(ChunkIndex{chunk})) {
      first.push_back(chunk);
    }
  }
  std::vector<ChunkIndex> list;
  for (const std::uint32_t chunk : first) list.push_back(ChunkIndex{chunk});
  asked(fast);
  asked(slow);
  download->want_first(list, now);
  std::size_t by_fast = 0;
  for (int round = 0; round < 60 && download->holdings().lacks(list.back()); ++round) {
    now += 100ms;
    for (const BlockRun& run : asked(fast)) {
      by_fast += static_cast<std::size_t>(std::ranges::count(list, run.chunk)) * run.count;
      gives(fast, run);
    }
    for (const BlockRun& run : asked(slow)) EXPECT_EQ(std::ranges::count(list, run.chunk), 0) << run.chunk.value;
    download->check_invariants();
  }
  EXPECT_EQ(by_fast, 8U * 4U);
}

TEST_F(Urgent, ASlowPeerIsAskedForThemIfNobodyElseHasThem) {
  begin(400);
  const PeerHandle fast = join();
  Bitfield most(400, true);
  most.reset(ChunkIndex{399});
  says(fast, most);
  download->handle_unchoke(fast, now);
  for (int round = 0; round < 20; ++round) {
    now += 100ms;
    for (const BlockRun& run : asked(fast)) gives(fast, run);
  }
  want_first({399});
  const PeerHandle unknown = seed();
  const std::vector<BlockRun> runs = asked(unknown);
  ASSERT_FALSE(runs.empty());
  EXPECT_EQ(runs.front().chunk, ChunkIndex{399});
}

}  // namespace
}  // namespace stp::transfer
