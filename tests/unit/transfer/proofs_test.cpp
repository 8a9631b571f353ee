// Proofs without a swarm: a getter and a server that exchange messages by hand.

#include "transfer/proofs.h"

#include <gtest/gtest.h>

#include <map>

#include "support/virtual_share.h"
#include "unit/content/v1_share.h"
#include "unit/transfer/drain.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

class Side final : public Proofs::Host {
 public:
  static constexpr PeerHandle kAlice{1};
  static constexpr PeerHandle kBob{2};

  Side(const test::VirtualShare& of, bool knows) : share(of) {
    config.info_hashes = share.metainfo->info_hashes();
    if (knows) config.metainfo = share.metainfo;
    proofs.emplace(config, outbox, *this, rng);
    for (const PeerHandle peer : {kAlice, kBob}) {
      outbox.open(peer, {});
      proofs->add_peer(peer);
      chunks[peer] = Bitfield(share.metainfo->chunk_count(), true);
    }
  }

  void ban(PeerHandle peer, const std::string& /*why*/, Instant /*now*/) override {
    banned.push_back(peer);
    proofs->remove_peer(peer);
  }
  void close(PeerHandle peer, const std::string& /*why*/, Duration /*redial_after*/, Instant /*now*/) override {
    closed.push_back(peer);
    proofs->remove_peer(peer);
  }
  void refill(Instant /*now*/) override {}
  void handle_metainfo(Instant /*now*/) override { ++metainfos; }
  void handle_unusable_metainfo(const Error& error, Instant /*now*/) override { unusable = error.message; }
  void handle_all_hashes(Instant /*now*/) override { ++all_hashes; }
  void handle_leaves(const HashFetch::Leaves& leaves, Instant /*now*/) override { got.push_back(leaves); }
  void handle_no_leaves(ChunkIndex chunk, Instant /*now*/) override { given_up.push_back(chunk); }
  [[nodiscard]] const Bitfield& chunks_of(PeerHandle peer) const override { return chunks.at(peer); }
  [[nodiscard]] bool offers(ChunkIndex /*chunk*/) const override { return true; }

  const test::VirtualShare& share;
  SwarmConfig config;
  Outbox outbox{{}};
  Rng rng{1};
  std::optional<Proofs> proofs;
  std::map<PeerHandle, Bitfield> chunks;
  std::vector<PeerHandle> banned;
  std::vector<PeerHandle> closed;
  std::vector<HashFetch::Leaves> got;
  std::vector<ChunkIndex> given_up;
  std::string unusable;
  int metainfos = 0;
  int all_hashes = 0;
};

class ProofsTest : public ::testing::Test {
 protected:
  static constexpr PeerHandle kAlice = Side::kAlice;
  static constexpr PeerHandle kBob = Side::kBob;
  static constexpr std::uint32_t kChunkBytes = 64 * 1024;

  ProofsTest() {
    EXPECT_TRUE(server.proofs->start_content(share.hashes()));
    info_bytes = static_cast<std::uint32_t>(share.metainfo->info_bytes().size());
  }
  /// Carries the getter's requests to the server as from its peer kAlice, and the answers back, until nothing moves.
  void talk(PeerHandle asked = kAlice) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [peer, message] : drain(getter.outbox).messages) {
        if (peer != asked) continue;
        moved = true;
        if (const auto* m = std::get_if<wire::MetainfoRequest>(&message))
          server.proofs->handle_metainfo_request(kAlice, *m, kStart);
        if (const auto* m = std::get_if<wire::HashRequest>(&message))
          server.proofs->handle_hash_request(kAlice, *m, kStart);
      }
      const Drained answers = drain(server.outbox);
      for (const auto& [peer, message] : answers.messages) {
        if (const auto* m = std::get_if<wire::MetainfoPart>(&message))
          getter.proofs->handle_metainfo_part(asked, *m, kStart);
        if (const auto* m = std::get_if<wire::Hashes>(&message)) getter.proofs->handle_hashes(asked, *m, kStart);
        if (const auto* m = std::get_if<wire::HashReject>(&message))
          getter.proofs->handle_hash_reject(asked, m->request, kStart);
      }
      for (const SendLeaves& send : answers.actions<SendLeaves>()) {
        wire::Hashes hashes{send.request, share.leaves[send.run.chunk.value]};
        hashes.hashes.resize(send.request.count);
        server.proofs->handle_leaves_sent(kAlice);
        getter.proofs->handle_hashes(asked, hashes, kStart);
        moved = true;
      }
    }
    getter.proofs->check_invariants();
    server.proofs->check_invariants();
  }
  void know_metainfo() {
    getter.proofs->handle_hello(kAlice, info_bytes, kStart);
    talk();
    ASSERT_TRUE(getter.proofs->metainfo());
  }

  test::VirtualShare share = test::make_virtual_share(kChunkBytes, {700 * std::int64_t{kChunkBytes}, 3 * kChunkBytes});
  Side server{share, true};
  Side getter{share, false};
  std::uint32_t info_bytes = 0;
};

TEST_F(ProofsTest, AGetterLearnsMetainfoAndHashesAndThenServesThem) {
  EXPECT_FALSE(getter.proofs->has_metainfo_source());
  know_metainfo();
  EXPECT_EQ(getter.metainfos, 1);
  EXPECT_FALSE(getter.proofs->start_content(std::nullopt));
  getter.proofs->ask_for_hashes(kStart);
  EXPECT_TRUE(drain(getter.outbox).messages.empty()) << "nobody has said what it has";
  getter.proofs->note_chunks_said(kAlice);
  getter.proofs->ask_for_hashes(kStart);
  const wire::HashRequest layer = {share.metainfo->files()[1].root, 2, 0, 4, 0};
  talk();
  EXPECT_EQ(getter.all_hashes, 1);
  ASSERT_TRUE(getter.proofs->hashes()->complete());
  EXPECT_EQ(getter.proofs->is_right(ChunkIndex{5}, share.leaves[5]), true);
  EXPECT_EQ(getter.proofs->is_right(ChunkIndex{5}, share.leaves[6]), false);
  getter.proofs->handle_hash_request(kBob, layer, kStart);
  EXPECT_EQ(drain(getter.outbox).to<wire::Hashes>(kBob).size(), 1U);
  EXPECT_EQ(getter.proofs->last_use(kBob), kStart);
}

TEST_F(ProofsTest, HashesThatAreKnownAreServedAtOnceAndOtherwiseRejected) {
  const wire::HashRequest request = {share.metainfo->files()[1].root, 2, 0, 4, 0};
  getter.proofs->handle_hash_request(kBob, request, kStart);
  EXPECT_EQ(drain(getter.outbox).to<wire::HashReject>(kBob).size(), 1U);
  getter.proofs->handle_metainfo_request(kBob, {0}, kStart);
  EXPECT_EQ(drain(getter.outbox).to<wire::MetainfoReject>(kBob).size(), 1U);
  EXPECT_EQ(getter.proofs->last_use(kBob), Instant{}) << "it got nothing";
}

TEST_F(ProofsTest, WrongMetainfoBansItsSenderAndTheNextIsAsked) {
  getter.proofs->handle_hello(kAlice, 10, kStart);
  getter.proofs->handle_hello(kBob, info_bytes, kStart);
  drain(getter.outbox);
  getter.proofs->handle_metainfo_part(kAlice, {0, Bytes(10)}, kStart);
  EXPECT_EQ(getter.banned, std::vector{kAlice});
  talk(kBob);
  EXPECT_EQ(getter.metainfos, 1);
}

TEST_F(ProofsTest, WrongHashesBanTheirSender) {
  know_metainfo();
  getter.proofs->start_hashes(std::nullopt, kStart);
  getter.proofs->note_chunks_said(kBob);
  getter.proofs->ask_for_hashes(kStart);
  const auto requests = drain(getter.outbox).to<wire::HashRequest>(kBob);
  ASSERT_FALSE(requests.empty());
  getter.proofs->handle_hashes(kBob, {requests[0], std::vector<Hash256>(requests[0].count)}, kStart);
  EXPECT_EQ(getter.banned, std::vector{kBob});
  EXPECT_EQ(getter.all_hashes, 0);
}

TEST_F(ProofsTest, LeavesOfAWrongChunkAreFetched) {
  know_metainfo();
  ASSERT_TRUE(getter.proofs->start_content(share.hashes()));
  getter.proofs->note_chunks_said(kAlice);
  getter.proofs->want_leaves(ChunkIndex{9}, kStart);
  talk();
  ASSERT_EQ(getter.got.size(), 1U);
  EXPECT_EQ(getter.got[0].leaves, share.leaves[9]);
}

TEST_F(ProofsTest, LeavesThatNobodySendsAreGivenUpInTime) {
  know_metainfo();
  ASSERT_TRUE(getter.proofs->start_content(share.hashes()));
  getter.proofs->want_leaves(ChunkIndex{9}, kStart);
  const auto due = getter.proofs->next_timeout();
  ASSERT_TRUE(due);
  EXPECT_TRUE(getter.given_up.empty());
  getter.proofs->handle_timeout(*due);
  EXPECT_EQ(getter.given_up, std::vector{ChunkIndex{9}});
}

TEST_F(ProofsTest, APeerThatDoesNotSendTheMetainfoIsDisconnected) {
  getter.proofs->handle_hello(kAlice, info_bytes, kStart);
  const auto due = getter.proofs->next_timeout();
  ASSERT_TRUE(due);
  getter.proofs->handle_timeout(*due);
  EXPECT_EQ(getter.closed, std::vector{kAlice});
}

TEST_F(ProofsTest, OnlySoManyLeavesAreReadForOnePeer) {
  const wire::HashRequest leaves = {share.metainfo->files()[1].root, 0, 0, 4, 0};
  const std::uint32_t most = kTransferDefaults.uploads.leaf_requests_max;
  for (std::uint32_t i = 0; i <= most; ++i) server.proofs->handle_hash_request(kBob, leaves, kStart);
  Drained out = drain(server.outbox);
  EXPECT_EQ(out.actions<SendLeaves>().size(), most);
  EXPECT_EQ(out.to<wire::HashReject>(kBob).size(), 1U);
  server.proofs->handle_leaves_failed(kBob, leaves, kStart);
  EXPECT_EQ(drain(server.outbox).to<wire::HashReject>(kBob).size(), 1U);
  server.proofs->handle_hash_request(kBob, leaves, kStart);
  EXPECT_EQ(drain(server.outbox).actions<SendLeaves>().size(), 1U);
}

// Two files of three chunks and one, whose layers nobody gives.
TEST(ProofsOfAHybrid, HashesFollowFromWhatWasDownloadedAndAreServedThen) {
  constexpr std::uint32_t kHybridChunkBytes = 2 * kBlockBytes;
  const std::vector<content::test::V1File> files = {{"a", 2 * kHybridChunkBytes + 5}, {"b", 100}};
  test::VirtualShare share;
  share.metainfo = content::test::parsed(
      content::test::hybrid_info(files, content::test::padded(files, kHybridChunkBytes), kHybridChunkBytes));
  std::vector<Hash256> leaves = content::test::leaves_of(content::test::pattern(0, files[0].bytes));
  share.leaves = {{leaves[0], leaves[1]}, {leaves[2], leaves[3]}, {leaves[4]}};
  share.leaves.push_back(content::test::leaves_of(content::test::pattern(1, files[1].bytes)));

  Side side(share, true);
  EXPECT_FALSE(side.proofs->start_content(std::nullopt));
  EXPECT_EQ(side.proofs->is_right(ChunkIndex{0}, share.leaves[0]), std::nullopt);
  EXPECT_EQ(side.proofs->is_right(ChunkIndex{3}, share.leaves[3]), true) << "a file of one chunk says it itself";
  const wire::HashRequest layer = {share.metainfo->files()[0].root, 1, 0, 4, 0};
  for (const std::uint32_t chunk : {2U, 0U}) side.proofs->note_right(ChunkIndex{chunk}, share.leaves[chunk], kStart);
  side.proofs->handle_hash_request(Side::kBob, layer, kStart);
  EXPECT_EQ(drain(side.outbox).to<wire::HashReject>(Side::kBob).size(), 1U);
  side.proofs->note_right(ChunkIndex{1}, share.leaves[1], kStart);
  EXPECT_EQ(side.all_hashes, 1);
  EXPECT_EQ(side.proofs->is_right(ChunkIndex{0}, share.leaves[0]), true);
  EXPECT_EQ(side.proofs->is_right(ChunkIndex{0}, share.leaves[1]), false);
  side.proofs->handle_hash_request(Side::kBob, layer, kStart);
  const Drained out = drain(side.outbox);
  EXPECT_EQ(out.reported<HashesKnown>().size(), 1U);
  EXPECT_EQ(out.to<wire::Hashes>(Side::kBob).size(), 1U);
  side.proofs->note_chunks_said(Side::kAlice);
  side.proofs->ask_for_hashes(kStart);
  EXPECT_TRUE(drain(side.outbox).messages.empty()) << "nothing is missing";
  side.proofs->check_invariants();
}

TEST(ProofsOfV1, AreCompleteWithTheMetainfoAndNoHashesAreServed) {
  const test::VirtualShare share = test::make_virtual_v1_share(64 * 1024, {200'000});
  Side side(share, true);
  EXPECT_TRUE(side.proofs->start_content(std::nullopt));
  EXPECT_EQ(side.proofs->is_right(ChunkIndex{0}, share.leaves[0]), std::nullopt);
  side.proofs->note_right(ChunkIndex{0}, share.leaves[0], kStart);
  side.proofs->note_chunks_said(Side::kAlice);
  side.proofs->ask_for_hashes(kStart);
  side.proofs->handle_hash_request(Side::kBob, {Hash256{}, 2, 0, 4, 0}, kStart);
  const Drained out = drain(side.outbox);
  ASSERT_EQ(out.messages.size(), 1U);
  EXPECT_EQ(out.to<wire::HashReject>(Side::kBob).size(), 1U);
  side.proofs->check_invariants();
}

}  // namespace
}  // namespace stp::transfer
