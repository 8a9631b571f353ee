// Upload without a swarm: what peers have and give is made up.

#include "transfer/upload.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/virtual_share.h"
#include "unit/transfer/drain.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class UploadTest : public ::testing::Test, public Upload::Host {
 protected:
  static constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;
  static constexpr std::uint32_t kChunks = 16;

  void begin(bool has_all = true) {
    config.metainfo = share.metainfo;
    config.policy = settings;
    ours = Bitfield(kChunks, has_all);
    upload.emplace(config, outbox, *this, rng, now);
    upload->start_content(has_all);
    is = has_all ? Phase::complete : Phase::chunks;
  }
  PeerHandle join() {
    const PeerHandle peer = next;
    ++next;
    outbox.open(peer, {IpAddress::v4(0x0a000000U + peer.value), 1});
    chunks[peer] = Bitfield(kChunks);
    upload->add_peer(peer);
    upload->note_hello(peer, now);
    return peer;
  }
  PeerHandle join_interested() {
    const PeerHandle peer = join();
    upload->handle_interested(peer, true, now);
    return peer;
  }
  void leave(PeerHandle peer) {
    chunks.erase(peer);
    upload->remove_peer(peer, now);
    outbox.forget(peer);
  }
  std::vector<wire::Reject> rejects(PeerHandle peer, const BlockRun& run) {
    drain(outbox);
    EXPECT_TRUE(upload->handle_request(peer, run, now));
    return drain(outbox).to<wire::Reject>(peer);
  }

  // Upload::Host
  [[nodiscard]] Phase phase() const override { return is; }
  [[nodiscard]] const Endpoint& endpoint_of(PeerHandle peer) const override { return outbox.remote_of(peer); }
  [[nodiscard]] const Bitfield& chunks_of(PeerHandle peer) const override { return chunks.at(peer); }
  [[nodiscard]] const ChunkPicker& availability() const override { return picker; }
  [[nodiscard]] double rate_to_us(PeerHandle peer, Instant /*now*/) const override {
    const auto found = rates.find(peer);
    return found == rates.end() ? 0 : found->second;
  }
  [[nodiscard]] std::int64_t given_by(PeerHandle peer) const override {
    return static_cast<std::int64_t>(rate_to_us(peer, now) * 60);
  }
  [[nodiscard]] std::uint32_t slots_max() const override { return config.upload_slots_max; }
  [[nodiscard]] bool offers(ChunkIndex chunk) const override { return ours.test(chunk); }
  std::optional<bool> lose(ChunkIndex chunk, Instant /*now*/) override {
    return ours.reset(chunk) ? std::optional(true) : std::nullopt;
  }
  void note_serving(bool serves) override { serving = serves; }

  std::shared_ptr<TransferConfig> settings = std::make_shared<TransferConfig>();
  SwarmConfig config;
  test::VirtualShare share = test::make_virtual_share(kChunkBytes, {std::int64_t{kChunks} * kChunkBytes});
  Outbox outbox{{}};
  Rng rng{1};
  ChunkPicker picker{kChunks, rng};
  std::optional<Upload> upload;
  Bitfield ours;
  std::map<PeerHandle, Bitfield> chunks;
  std::map<PeerHandle, double> rates;
  Phase is = Phase::complete;
  Instant now = kStart;
  PeerHandle next{1};
  bool serving = false;
};

TEST_F(UploadTest, EveryRequestThatIsNotServedIsRejectedWithItsReason) {
  settings->uploads.requests_max = 2;
  settings->uploads.window_total = 0;  // nothing leaves the queue
  begin();
  ours.reset(ChunkIndex{3});
  const PeerHandle alice = join();
  const BlockRun run{ChunkIndex{0}, 0, 2};
  EXPECT_EQ(rejects(alice, run), (std::vector<wire::Reject>{{run, wire::RejectReason::choked}}));
  upload->handle_interested(alice, true, now);
  ASSERT_FALSE(upload->peer(alice).choked);
  const BlockRun lost{ChunkIndex{3}, 0, 2};
  EXPECT_EQ(rejects(alice, lost), (std::vector<wire::Reject>{{lost, wire::RejectReason::not_there}}));
  EXPECT_TRUE(rejects(alice, run).empty());
  EXPECT_TRUE(rejects(alice, run).empty());
  EXPECT_EQ(rejects(alice, run), (std::vector<wire::Reject>{{run, wire::RejectReason::overloaded}}));
  EXPECT_FALSE(upload->handle_request(alice, {ChunkIndex{kChunks}, 0, 1}, now)) << "an honest peer never asks for that";
}

TEST_F(UploadTest, AChokedPeerGetsAnAnswerToEachRequest) {
  settings->uploads.window_total = 0;
  begin();
  const PeerHandle alice = join_interested();
  EXPECT_TRUE(serving);
  ASSERT_TRUE(upload->handle_request(alice, {ChunkIndex{0}, 0, 4}, now));
  ASSERT_TRUE(upload->handle_request(alice, {ChunkIndex{1}, 0, 4}, now));
  upload->handle_interested(alice, false, now);  // then a round takes its slot
  drain(outbox);
  upload->rechoke(now);
  const Drained out = drain(outbox);
  EXPECT_EQ(out.to<wire::Choke>(alice).size(), 1U);
  EXPECT_EQ(out.to<wire::Reject>(alice).size(), 2U);
  EXPECT_FALSE(serving);
  upload->check_invariants();
}

TEST_F(UploadTest, ACancelTakesTheMiddleOutOfARequest) {
  settings->uploads.window_total = 0;
  begin();
  const PeerHandle alice = join_interested();
  ASSERT_TRUE(upload->handle_request(alice, {ChunkIndex{0}, 0, 4}, now));
  drain(outbox);
  const BlockRun middle{ChunkIndex{0}, 1, 2};
  upload->handle_cancel(alice, middle, now);
  EXPECT_EQ(drain(outbox).to<wire::Reject>(alice),
            (std::vector<wire::Reject>{{middle, wire::RejectReason::cancelled}}));
  EXPECT_EQ(upload->peer(alice).asked, (std::vector<BlockRun>{{ChunkIndex{0}, 0, 1}, {ChunkIndex{0}, 3, 1}}));
}

TEST_F(UploadTest, ASlotIsHandedOnWhenItsPeerLeaves) {
  config.upload_slots_max = 1;
  begin();
  const PeerHandle alice = join_interested();
  const PeerHandle bob = join_interested();
  EXPECT_FALSE(upload->peer(alice).choked);
  EXPECT_TRUE(upload->peer(bob).choked);
  leave(alice);
  EXPECT_FALSE(upload->peer(bob).choked);
  upload->check_invariants();
}

TEST_F(UploadTest, NothingIsHandedOnOnceStopped) {
  config.upload_slots_max = 1;
  begin();
  const PeerHandle alice = join_interested();
  const PeerHandle bob = join_interested();
  upload->stop();
  leave(alice);
  EXPECT_TRUE(upload->peer(bob).choked);
}

TEST_F(UploadTest, ALeechServesWhoGivesMost) {
  config.upload_slots_max = 2;
  begin(false);
  std::vector<PeerHandle> crowd;
  for (int i = 0; i < 6; ++i) {
    crowd.push_back(join_interested());
    rates[crowd.back()] = 100'000.0 * i;
  }
  now = upload->next_choke();
  upload->rechoke(now);
  EXPECT_FALSE(upload->peer(crowd.back()).choked);
  EXPECT_EQ(std::ranges::count_if(crowd, [&](PeerHandle peer) { return !upload->peer(peer).choked; }), 2);
}

TEST_F(UploadTest, TheDriversWindowIsSharedInTurns) {
  settings->uploads.window_total = 16 * kBlockBytes;
  settings->uploads.window_min = 8 * kBlockBytes;
  begin();
  const PeerHandle alice = join_interested();
  const PeerHandle bob = join_interested();
  for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk) {
    ASSERT_TRUE(upload->handle_request(alice, {ChunkIndex{chunk}, 0, 4}, now));
    ASSERT_TRUE(upload->handle_request(bob, {ChunkIndex{chunk}, 0, 4}, now));
  }
  EXPECT_EQ(upload->peer(alice).uploading_bytes, 8 * kBlockBytes);
  EXPECT_EQ(upload->peer(bob).uploading_bytes, 8 * kBlockBytes);
  const std::vector<SendBlocks> sends = drain(outbox).actions<SendBlocks>();
  ASSERT_EQ(sends.size(), 4U);
  upload->handle_blocks_sent(sends[0].peer, sends[0].run, now);
  EXPECT_EQ(drain(outbox).actions<SendBlocks>().size(), 1U);
  EXPECT_EQ(upload->up().total(), kChunkBytes);
  upload->check_invariants();
}

TEST_F(UploadTest, AChunkThatCannotBeReadIsWithheldUntilItsFileIsBack) {
  begin();
  const PeerHandle alice = join_interested();
  const BlockRun run{ChunkIndex{2}, 0, 4};
  ASSERT_TRUE(upload->handle_request(alice, run, now));
  drain(outbox);
  upload->handle_read_failed(alice, run, {ErrorKind::io, "the disk is gone"}, now);
  Drained out = drain(outbox);
  EXPECT_EQ(out.to<wire::Reject>(alice), (std::vector<wire::Reject>{{run, wire::RejectReason::not_there}}));
  ASSERT_EQ(out.reported<ChunkLost>().size(), 1U);
  EXPECT_TRUE(out.reported<ChunkLost>().front().for_now);
  EXPECT_TRUE(upload->is_withheld(ChunkIndex{2}));
  EXPECT_EQ(upload->take_withheld(0), (std::map<ChunkIndex, bool>{{ChunkIndex{2}, true}}));
  EXPECT_FALSE(upload->is_withheld(ChunkIndex{2}));
  EXPECT_EQ(upload->miss_chunk(ChunkIndex{4}, {ErrorKind::integrity, "it changed"}, now),
            wire::RejectReason::not_there);
  EXPECT_FALSE(upload->is_withheld(ChunkIndex{4})) << "lost for good";
  EXPECT_EQ(upload->miss_chunk(ChunkIndex{5}, {ErrorKind::busy, "no descriptors"}, now),
            wire::RejectReason::overloaded);
  EXPECT_TRUE(ours.test(ChunkIndex{5}));
}

TEST_F(UploadTest, AFirstSeedPromisesEachPeerAnotherChunk) {
  begin();
  std::set<ChunkIndex> promised;
  std::vector<PeerHandle> crowd = {join(), join(), join()};
  for (const PeerHandle peer : crowd) upload->handle_interested(peer, true, now);
  const Drained out = drain(outbox);
  for (const PeerHandle peer : crowd) {
    for (const wire::Suggest& suggest : out.to<wire::Suggest>(peer)) {
      for (const ChunkIndex chunk : suggest.chunks) EXPECT_TRUE(promised.insert(chunk).second) << chunk.value;
    }
  }
  EXPECT_EQ(promised.size(), 3U);
}

TEST_F(UploadTest, APromiseOfAPeerThatLeavesIsMadeToAnother) {
  begin();
  join();
  const PeerHandle alice = join_interested();
  ASSERT_EQ(upload->peer(alice).promised.size(), 1U);
  const ChunkIndex chunk = upload->peer(alice).promised.front();
  leave(alice);
  std::set<ChunkIndex> promised;
  for (std::uint32_t i = 0; i < kChunks; ++i) {
    const PeerHandle peer = join_interested();
    promised.insert(upload->peer(peer).promised.begin(), upload->peer(peer).promised.end());
  }
  EXPECT_TRUE(promised.contains(chunk));
}

}  // namespace
}  // namespace stp::transfer
