// Fetching the info dictionary and Merkle hashes, and serving the latter.

#include <gtest/gtest.h>

#include "crypto/sha1.h"
#include "crypto/sha256.h"
#include "support/virtual_share.h"
#include "transfer/config.h"
#include "transfer/hash_fetch.h"
#include "transfer/hash_server.h"
#include "transfer/metainfo_fetch.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;

constexpr PeerHandle kAlice{1};
constexpr PeerHandle kBob{2};

Bytes some_bytes(std::size_t size) {
  Bytes bytes(size);
  Rng(9).fill(bytes);
  return bytes;
}

ByteSpan part_of(const Bytes& bytes, std::uint32_t part) {
  const std::size_t offset = std::size_t{part} * wire::kMetainfoPartBytes;
  return ByteSpan(bytes).subspan(offset, std::min<std::size_t>(wire::kMetainfoPartBytes, bytes.size() - offset));
}

class MetainfoFetchTest : public ::testing::Test {
 protected:
  Bytes truth = some_bytes(200'000);
  Rng rng{1};
  MetainfoFetch fetch{{std::nullopt, InfoHash{crypto::sha256(truth).bytes}}, kTransferDefaults.fetch, rng};
};

TEST_F(MetainfoFetchTest, PartsInAnyOrderGiveTheDictionary) {
  fetch.add_peer(kAlice, 200'000);
  std::vector<std::uint32_t> asked;
  while (const auto request = fetch.poll_request(kStart)) asked.push_back(request->second.part);
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(fetch.handle_part(kAlice, 3, part_of(truth, 3), kStart), MetainfoFetch::Outcome::more);
  EXPECT_EQ(fetch.handle_part(kAlice, 3, part_of(truth, 3), kStart), MetainfoFetch::Outcome::unasked);
  EXPECT_EQ(fetch.handle_part(kBob, 0, part_of(truth, 0), kStart), MetainfoFetch::Outcome::unasked);
  EXPECT_EQ(fetch.handle_part(kAlice, 0, part_of(truth, 0), kStart), MetainfoFetch::Outcome::more);
  EXPECT_EQ(fetch.handle_part(kAlice, 2, part_of(truth, 2), kStart), MetainfoFetch::Outcome::more);
  EXPECT_EQ(fetch.handle_part(kAlice, 1, part_of(truth, 1), kStart), MetainfoFetch::Outcome::done);
  EXPECT_EQ(fetch.take(), truth);
}

TEST_F(MetainfoFetchTest, EitherHashNamesTheDictionary) {
  InfoHashV1 v1;
  v1.bytes = crypto::sha1(truth);
  const InfoHash other{};
  for (const InfoHashes& hashes : {InfoHashes{v1, std::nullopt}, InfoHashes{v1, other},
                                   InfoHashes{InfoHashV1{}, InfoHash{crypto::sha256(truth).bytes}}}) {
    MetainfoFetch one(hashes, kTransferDefaults.fetch, rng);
    one.add_peer(kAlice, 200'000);
    while (one.poll_request(kStart)) {
    }
    for (std::uint32_t part = 0; part < 3; ++part) (void)one.handle_part(kAlice, part, part_of(truth, part), kStart);
    EXPECT_EQ(one.handle_part(kAlice, 3, part_of(truth, 3), kStart), MetainfoFetch::Outcome::done);
  }
}

TEST_F(MetainfoFetchTest, WrongBytesNameTheLiarAndTheNextPeerIsAsked) {
  fetch.add_peer(kAlice, 10);
  ASSERT_TRUE(fetch.poll_request(kStart));
  fetch.add_peer(kBob, 200'000);
  EXPECT_EQ(fetch.handle_part(kAlice, 0, ByteSpan(truth).first(10), kStart), MetainfoFetch::Outcome::wrong);
  const auto next = fetch.poll_request(kStart);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, kBob);
}

TEST_F(MetainfoFetchTest, PartOfTheWrongSizeIsALie) {
  fetch.add_peer(kAlice, 200'000);
  ASSERT_TRUE(fetch.poll_request(kStart));
  EXPECT_EQ(fetch.handle_part(kAlice, 0, ByteSpan(truth).first(5), kStart), MetainfoFetch::Outcome::wrong);
}

TEST_F(MetainfoFetchTest, SilentPeerIsNamedAfterTheTimeout) {
  fetch.add_peer(kAlice, 200'000);
  ASSERT_TRUE(fetch.poll_request(kStart));
  EXPECT_FALSE(fetch.handle_timeout(kStart));
  EXPECT_EQ(fetch.handle_timeout(*fetch.next_timeout()), kAlice);
  EXPECT_FALSE(fetch.has_source());
}

TEST_F(MetainfoFetchTest, APartThatComesSlowlyIsWaitedFor) {
  fetch.add_peer(kAlice, 200'000);
  ASSERT_TRUE(fetch.poll_request(kStart));
  const Instant later = kStart + kTransferDefaults.fetch.timeout - 1s;
  fetch.handle_progress(kBob, later);
  EXPECT_EQ(fetch.next_timeout(), kStart + kTransferDefaults.fetch.timeout);
  fetch.handle_progress(kAlice, later);
  EXPECT_EQ(fetch.handle_timeout(kStart + kTransferDefaults.fetch.timeout), std::nullopt);
  EXPECT_EQ(fetch.next_timeout(), later + kTransferDefaults.fetch.timeout);
}

TEST(HashExchange, AnAnswerThatComesSlowlyIsWaitedForButNotForEver) {
  const auto share = test::make_virtual_share(32 * 1024, {100 * 32 * 1024});
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  fetch.want_layers(content::ChunkHashes(share.metainfo));
  ASSERT_TRUE(fetch.next_for(kAlice, nullptr, kStart));
  Instant now = kStart;
  for (; now < kStart + kTransferDefaults.fetch.timeout_max; now += kTransferDefaults.fetch.timeout / 2) {
    fetch.handle_progress(kAlice, now);
    fetch.handle_timeout(now);
    EXPECT_FALSE(fetch.next_for(kBob, nullptr, now));
  }
  fetch.handle_progress(kAlice, now);
  fetch.handle_timeout(now);
  EXPECT_TRUE(fetch.next_for(kBob, nullptr, now));
}

// Everything one side asks for is what the other side can prove, for files around every border.
TEST(HashExchange, WhoRefusesIsAskedEverMoreRarelyUntilItAnswers) {
  const test::VirtualShare share = test::make_virtual_share(64 * 1024, {2000 * 64 * 1024});
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  content::ChunkHashes learned(share.metainfo);
  fetch.want_layers(learned);
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  std::vector<wire::HashRequest> asked;
  const auto ask = [&](Instant now) {
    while (const auto request = fetch.next_for(kAlice, nullptr, now)) asked.push_back(*request);
    return asked.size();
  };
  Instant now = kStart;
  for (const std::chrono::seconds pause : {1s, 2s, 4s, 8s, 8s}) {
    ASSERT_GT(ask(now), 1U);
    for (const wire::HashRequest& request : std::exchange(asked, {})) fetch.handle_reject(kAlice, request, now);
    EXPECT_EQ(fetch.next_timeout(), now + pause) << "several refusals at once are one";
    fetch.handle_timeout(now + pause - 1ms);
    ASSERT_EQ(ask(now + pause - 1ms), 0U);
    now += pause;
    fetch.handle_timeout(now);
  }
  ASSERT_GT(ask(now), 1U);
  ASSERT_TRUE(
      std::holds_alternative<HashFetch::Learned>(fetch.handle_hashes(kAlice, *server.answer(asked.front()), learned)));
  fetch.handle_reject(kAlice, asked.back(), now);
  asked.clear();
  EXPECT_EQ(ask(now + 1s - 1ms), 0U);
  fetch.handle_timeout(now + 1s);
  EXPECT_GT(ask(now + 1s), 0U) << "it has answered in between";
}

TEST(HashExchange, WhoRefusesAndIsSilentBesidesIsLeftAloneForTheLongerTime) {
  const test::VirtualShare share = test::make_virtual_share(64 * 1024, {2000 * 64 * 1024});
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  fetch.want_layers(content::ChunkHashes(share.metainfo));
  const auto first = fetch.next_for(kAlice, nullptr, kStart);
  ASSERT_TRUE(first && fetch.next_for(kAlice, nullptr, kStart));
  const Instant timeout = kStart + kTransferDefaults.fetch.timeout;
  fetch.handle_reject(kAlice, *first, timeout - 500ms);
  fetch.handle_timeout(timeout);
  EXPECT_FALSE(fetch.next_for(kAlice, nullptr, timeout + kTransferDefaults.fetch.timeout - 1ms));
  EXPECT_TRUE(fetch.next_for(kAlice, nullptr, timeout + kTransferDefaults.fetch.timeout));
}

TEST(HashExchange, EveryLayerIsAskedServedAndProven) {
  const std::int64_t chunk = 32 * 1024;
  const auto share = test::make_virtual_share(
      static_cast<std::uint32_t>(chunk),
      {0, 1, chunk, chunk + 1, 2 * chunk, 3 * chunk, 511 * chunk, 512 * chunk, 513 * chunk, 1500 * chunk + 7});
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  content::ChunkHashes learned(share.metainfo);
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  fetch.want_layers(learned);
  while (const auto request = fetch.next_for(kAlice, nullptr, kStart)) {
    const auto answer = server.answer(*request);
    ASSERT_TRUE(answer);
    ASSERT_TRUE(std::holds_alternative<HashFetch::Learned>(fetch.handle_hashes(kAlice, *answer, learned)));
  }
  EXPECT_TRUE(fetch.idle());
  EXPECT_TRUE(learned.complete());
  for (ChunkIndex c; c.value < share.metainfo->chunk_count(); ++c) EXPECT_EQ(learned[c], truth[c]);
}

TEST(HashExchange, AnyChangedHashIsFoundOut) {
  const auto share = test::make_virtual_share(32 * 1024, {1500 * 32 * 1024});
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  content::ChunkHashes learned(share.metainfo);
  fetch.want_layers(learned);
  Rng rng(3);
  for (int i = 0; i < 50; ++i) {
    const auto request = fetch.next_for(kAlice, nullptr, kStart);
    ASSERT_TRUE(request);
    auto answer = server.answer(*request);
    ASSERT_TRUE(answer);
    answer->hashes[rng.below(answer->hashes.size())].bytes[rng.below(32)] ^= std::byte{4};
    EXPECT_TRUE(std::holds_alternative<HashFetch::Wrong>(fetch.handle_hashes(kAlice, *answer, learned)));
  }
  EXPECT_FALSE(learned.known(ChunkIndex{0}));
}

TEST(HashExchange, UnaskedAnswerIsIgnored) {
  const auto share = test::make_virtual_share(32 * 1024, {100 * 32 * 1024});
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  content::ChunkHashes learned(share.metainfo);
  fetch.want_layers(learned);
  const auto request = fetch.next_for(kAlice, nullptr, kStart);
  EXPECT_TRUE(std::holds_alternative<HashFetch::Unasked>(fetch.handle_hashes(kBob, *server.answer(*request), learned)));
}

TEST(HashExchange, LeavesAreAskedOnlyOfWhoHasTheChunkAndGivenUpInTime) {
  const auto share = test::make_virtual_share(64 * 1024, {10 * 64 * 1024 + 20'000});
  content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  for (const ChunkIndex chunk : {ChunkIndex{3}, ChunkIndex{10}}) {
    fetch.want_leaves(chunk, kStart);
    Bitfield has(11);
    EXPECT_FALSE(fetch.next_for(kAlice, &has, kStart));
    has.set(chunk);
    const auto request = fetch.next_for(kAlice, &has, kStart);
    ASSERT_TRUE(request);
    const auto run = server.leaves_run(*request);
    ASSERT_TRUE(run);
    EXPECT_EQ(*run, (BlockRun{chunk, 0, share.metainfo->blocks_of(chunk)}));
    wire::Hashes answer{*request, share.leaves[chunk.value]};
    answer.hashes.resize(request->count);
    const auto learned = fetch.handle_hashes(kAlice, answer, truth);
    ASSERT_TRUE(std::holds_alternative<HashFetch::Leaves>(learned));
    EXPECT_EQ(std::get<HashFetch::Leaves>(learned).leaves, share.leaves[chunk.value]);
  }
  fetch.want_leaves(ChunkIndex{0}, kStart);
  fetch.handle_timeout(*fetch.next_timeout());
  EXPECT_EQ(fetch.poll_given_up(), ChunkIndex{0});
}

TEST(HashExchange, LeavesOfTheLargestChunkFitInAMessage) {
  const auto share = test::make_virtual_share(kChunkBytesMax, {2 * std::int64_t{kChunkBytesMax}});
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  HashFetch fetch(share.metainfo, kTransferDefaults.fetch);
  fetch.want_leaves(ChunkIndex{1}, kStart);
  const Bitfield has(2, true);
  const auto request = fetch.next_for(kAlice, &has, kStart);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->count, kBlocksPerChunkMax);
  EXPECT_LE(request->count, wire::kHashesMax);  // more would be our own mistake to encode
  EXPECT_EQ(server.leaves_run(*request), (BlockRun{ChunkIndex{1}, 0, kBlocksPerChunkMax}));
}

TEST(HashServer, RefusesWhatIsNotThere) {
  const auto share = test::make_virtual_share(32 * 1024, {100 * 32 * 1024, 5});
  const content::ChunkHashes truth = share.hashes();
  HashServer server(share.metainfo, truth);
  const Hash256 root = share.metainfo->files()[0].root;
  EXPECT_TRUE(server.answer({root, 1, 0, 64, 1}));
  const wire::HashRequest bad[] = {
      {Hash256{}, 1, 0, 64, 1},      // no such file
      {root, 2, 0, 64, 1},           // another layer
      {root, 1, 0, 63, 1},           // not a power of two
      {root, 1, 3, 4, 0},            // not aligned
      {root, 1, 128, 64, 0},         // past the end
      {root, 1, 0xffffffc0, 64, 0},  // far past the end
      {root, 1, 0, 0, 0},            // nothing
      {root, 1, 0, 256, 0},          // wider than the tree
      {share.metainfo->files()[1].root, 1, 0, 1, 0},
  };
  for (const wire::HashRequest& request : bad) EXPECT_FALSE(server.answer(request)) << request.index;
  EXPECT_FALSE(server.leaves_run({root, 0, 1, 2, 0}));
  EXPECT_FALSE(server.leaves_run({root, 0, 200, 2, 0}));
  EXPECT_TRUE(server.leaves_run({root, 0, 2, 2, 0}));
}

}  // namespace
}  // namespace stp::transfer
