// Requests of a peer that are not exactly one block, as BtCodec answers them.
#include "wire/bt_odd_requests.h"

#include "core/rng.h"
#include "unit/wire/bt_codec_fixture.h"

namespace stp::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kLongChunkBytes = 12 * kBlockBytes;

struct OddCase {
  const char* name;
  BtRange range;
  BlockRun run;  // of blocks that it touches
};
constexpr OddCase kOddCases[] = {
    {"PartOfABlock", {ChunkIndex{1}, kBlockBytes, 100}, {ChunkIndex{1}, 1, 1}},
    {"EndOfABlock", {ChunkIndex{1}, kBlockBytes - 1, 1}, {ChunkIndex{1}, 0, 1}},
    {"AcrossABorder", {ChunkIndex{1}, kBlockBytes + 5, kBlockBytes}, {ChunkIndex{1}, 1, 2}},
    {"TwoBlocks", {ChunkIndex{0}, 2 * kBlockBytes, 2 * kBlockBytes}, {ChunkIndex{0}, 2, 2}},
    {"ABlockAndAHalf", {ChunkIndex{0}, 0, 3 * kBlockBytes / 2}, {ChunkIndex{0}, 0, 2}},
    {"The128KiBOfBep3", {ChunkIndex{0}, 0, 128 * 1024}, {ChunkIndex{0}, 0, 8}},
    {"The128KiBAnywhere", {ChunkIndex{0}, 9, 128 * 1024}, {ChunkIndex{0}, 0, 9}},
    {"PastTheEndOfAFile", {ChunkIndex{2}, kBlockBytes, kBlockBytes}, {ChunkIndex{2}, 1, 1}},
    {"LongAndPastTheEndOfAFile", {ChunkIndex{2}, 3, 100'000}, {ChunkIndex{2}, 0, 2}},
};

class OddRequests : public BtCodecTest, public testing::WithParamInterface<OddCase> {
 protected:
  static std::uint32_t bytes_of(ChunkIndex chunk) { return chunk.value == 2 ? kLastBytes : kLongChunkBytes; }
  BtCodec make_long(bool fast = true) {
    BtCodec codec(pool_, handshake('o'), handshake('t', fast));
    codec.set_shape({3, kLongChunkBytes, bytes_of});
    return codec;
  }
};

TEST_P(OddRequests, AreAnsweredInOneMessage) {
  const auto& [name, range, run] = GetParam();
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(HaveNone{}, Request{run}));
  Bytes chunk(bytes_of(range.chunk));
  Rng(3).fill(chunk);
  const std::size_t begin = std::size_t{run.first} * kBlockBytes;
  const std::size_t end = std::min<std::size_t>(chunk.size(), begin + std::size_t{run.count} * kBlockBytes);
  codec.send_data(run, ByteSpan(chunk).subspan(begin, end - begin));
  codec.send_data(run, ByteSpan(chunk).subspan(begin, end - begin));  // of somebody who wanted whole blocks
  const Bytes out = drain(codec);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 1U + run.count);
  const auto& piece = std::get<BtPiece>(sent[0]);
  EXPECT_EQ((BtRange{piece.chunk, piece.offset, static_cast<std::uint32_t>(piece.payload.size())}), range);
  chunk.resize(kLongChunkBytes);  // zeros
  EXPECT_EQ(to_hex(piece.payload), to_hex(ByteSpan(chunk).subspan(range.offset, range.bytes)));
}

TEST_P(OddRequests, AreRejectedInTheirOwnWordsAndCancelledAsAWhole) {
  const auto& [name, range, run] = GetParam();
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  deliver(codec, bytes);
  bytes.clear();
  append_bt(bytes, BtMessageId::cancel, range);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(Cancel{run}));
  codec.send(Reject{run, RejectReason::cancelled});
  const std::vector<BtMessage> sent = messages_of(drain(codec));
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  EXPECT_THAT(deliver(codec, bytes).messages, IsEmpty()) << "it is answered";
}

INSTANTIATE_TEST_SUITE_P(All, OddRequests, testing::ValuesIn(kOddCases),
                         [](const testing::TestParamInfo<OddCase>& row) { return std::string(row.param.name); });

TEST_F(OddRequests, WhatAnotherOneNeedsTooIsNotCancelled) {
  BtCodec codec = make_long();
  greet(codec);
  const BtRange block{ChunkIndex{0}, kBlockBytes, kBlockBytes};
  const BtRange first{ChunkIndex{0}, 0, 20'000};
  const BtRange second{ChunkIndex{0}, 20'000, 20'000};
  Bytes bytes;
  for (const BtRange& range : {first, second}) append_bt(bytes, BtMessageId::request, range);
  EXPECT_THAT(deliver(codec, bytes).messages,
              ElementsAre(HaveNone{}, Request{{ChunkIndex{0}, 0, 2}}, Request{{ChunkIndex{0}, 1, 2}}));
  bytes.clear();
  for (const BtRange& range : {block, first}) append_bt(bytes, BtMessageId::cancel, range);
  EXPECT_THAT(deliver(codec, bytes).messages, IsEmpty());
  codec.send_data({ChunkIndex{0}, 0, 2}, Bytes(2 * kBlockBytes));
  drain(codec);
  bytes.clear();
  append_bt(bytes, BtMessageId::cancel, second);
  EXPECT_THAT(deliver(codec, bytes).messages, ElementsAre(Cancel{{ChunkIndex{0}, 1, 2}}));
}

TEST_F(OddRequests, ThatAskForWhatIsNotThereAreRejected) {
  const BtRange wrong[] = {
      {ChunkIndex{3}, 0, kBlockBytes},                // no such piece
      {ChunkIndex{1}, 0, 0},                          // nothing
      {ChunkIndex{1}, 0, 128 * 1024 + 1},             // too long
      {ChunkIndex{1}, kLongChunkBytes, kBlockBytes},  // past the end
      {ChunkIndex{1}, kLongChunkBytes - 100, 101},    // beyond it
      {ChunkIndex{2}, kLastBytes, 100},               // of a file, where there are no zeros
      {ChunkIndex{0xffffffff}, 0xffffc000, 0xffffffff},
  };
  for (const BtRange& range : wrong) {
    BtCodec codec = make_long();
    greet(codec);
    Bytes bytes;
    append_bt(bytes, BtMessageId::request, range);
    const Got got = deliver(codec, bytes);
    EXPECT_THAT(got.messages, ElementsAre(HaveNone{})) << range.offset;
    EXPECT_FALSE(got.error);
    const std::vector<BtMessage> sent = messages_of(drain(codec));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  }
}

TEST_F(OddRequests, ThatAreTooLongEndTheConnectionOfWhoHasNoRejects) {
  BtCodec codec = make_long(false);
  greet(codec);
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, BtRange{ChunkIndex{0}, 0, 128 * 1024 + 1});
  const Got got = deliver(codec, bytes);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->message, "BitTorrent: asks for more than 128 KiB at once");
}

TEST_F(OddRequests, AreBounded) {
  BtCodec codec = make_long();
  greet(codec);
  Bytes bytes;
  for (std::size_t i = 0; i < BtOddRequests::kMax + 2; ++i) {
    append_bt(bytes, BtMessageId::request, BtRange{ChunkIndex{0}, 1, 2});
  }
  EXPECT_EQ(deliver(codec, bytes).messages.size(), 1 + BtOddRequests::kMax);  // HaveNone comes first
  EXPECT_EQ(messages_of(drain(codec)).size(), 2U) << "the rest is rejected";
}

TEST_F(BtCodecTest, TheSameRequestTwiceIsAnsweredTwice) {
  BtCodec codec = make();
  greet(codec);
  const BtRange range{ChunkIndex{9}, kBlockBytes, kBlockBytes};
  Bytes bytes;
  append_bt(bytes, BtMessageId::request, range);
  append_bt(bytes, BtMessageId::request, range);
  const Got got = deliver(codec, bytes);
  EXPECT_THAT(got.messages, ElementsAre(HaveNone{}, Request{{ChunkIndex{9}, 1, 1}}, Request{{ChunkIndex{9}, 1, 1}}));
  codec.send(Reject{{ChunkIndex{9}, 1, 1}, RejectReason::choked});
  codec.send_data({ChunkIndex{9}, 1, 1}, Bytes(100, std::byte{7}));
  const Bytes out = drain(codec);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(std::get<BtReject>(sent[0]).range, range);
  Bytes padded(kBlockBytes);
  std::fill_n(padded.begin(), 100, std::byte{7});
  EXPECT_EQ(to_bytes(std::get<BtPiece>(sent[1]).payload), padded);
}

// Clients of v1 take the zeros between the files of a hybrid for data.
TEST_F(BtCodecTest, ZerosAfterAChunkAreAnsweredWhileItIsNotChoked) {
  BtCodec codec = make();
  ShareShape hybrid = shape();
  hybrid.zeros_after = [](ChunkIndex chunk) { return chunk.value == 9 ? kChunkBytes - kLastBytes : 0; };
  codec.set_shape(std::move(hybrid));
  drain(codec);
  const BtRange zeros{ChunkIndex{9}, 2 * kBlockBytes, kBlockBytes};
  const auto ask = [&](const BtRange& range) {
    Bytes bytes;
    append_bt(bytes, BtMessageId::request, range);
    EXPECT_FALSE(deliver(codec, bytes).error);
    return drain(codec);
  };
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(zeros)).at(0)).range, zeros) << "it is choked";
  codec.send(Unchoke{});
  drain(codec);
  const Bytes out = ask(zeros);
  const std::vector<BtMessage> sent = messages_of(out);
  ASSERT_EQ(sent.size(), 1U);
  const BtPiece& piece = std::get<BtPiece>(sent[0]);
  EXPECT_EQ(piece.chunk, zeros.chunk);
  EXPECT_EQ(piece.offset, zeros.offset);
  EXPECT_EQ(to_bytes(piece.payload), Bytes(kBlockBytes));
  const BtRange beyond{ChunkIndex{9}, 3 * kBlockBytes + 1, kBlockBytes};
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(beyond)).at(0)).range, beyond);
  const BtRange elsewhere{ChunkIndex{8}, 4 * kBlockBytes, kBlockBytes};
  EXPECT_EQ(std::get<BtReject>(messages_of(ask(elsewhere)).at(0)).range, elsewhere);
}

TEST_F(BtCodecTest, HowManyZerosWaitIsBounded) {
  BtCodec codec = make();
  ShareShape hybrid = shape();
  hybrid.zeros_after = [](ChunkIndex chunk) { return chunk.value == 9 ? kChunkBytes - kLastBytes : 0; };
  codec.set_shape(std::move(hybrid));
  codec.send(Unchoke{});
  drain(codec);
  const BtRange zeros{ChunkIndex{9}, 2 * kBlockBytes, kBlockBytes};
  Bytes bytes;
  for (std::size_t i = 0; i < BtCodec::kZeroRequestsMax + 10; ++i) append_bt(bytes, BtMessageId::request, zeros);
  deliver(codec, bytes);
  EXPECT_GE(codec.pending_output_bytes(), BtCodec::kZeroRequestsMax * kBlockBytes);
  EXPECT_FALSE(codec.pending_output().empty());
  codec.send(Choke{});
  EXPECT_LT(codec.pending_output_bytes(), BtCodec::kZerosBehindMax + 2 * kBlockBytes) << "the rest was rejected";
}

}  // namespace
}  // namespace stp::wire
