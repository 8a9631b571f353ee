#include "wire/bt_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/samples.h"

namespace stp::wire {
namespace {

using test::filled;
using ::testing::HasSubstr;

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

/// What `encoded`, one message with its length, decodes to.
BtMessage decoded(const Bytes& encoded) {
  EXPECT_EQ(load_be<std::uint32_t>(encoded.data()), encoded.size() - kBtPrefixBytes);
  return decode_bt_message(ByteSpan(encoded).subspan(kBtPrefixBytes)).value();
}

// The layouts of BEP 3, 6 and 52, written out by hand.
TEST(BtMessage, LooksAsTheBepsSay) {
  Bytes out;
  append_bt(out, BtMessageId::unchoke);
  append_bt(out, BtMessageId::have, ChunkIndex{258});
  append_bt(out, BtMessageId::request, BtRange{ChunkIndex{1}, 0x4000, 0x4000});
  append_bt(out, BtMessageId::bitfield, hex("a0"));
  append_bt_extended(out, 0, as_bytes("de"));
  append_bt_keep_alive(out);
  EXPECT_EQ(to_hex(out),
            "0000000101"
            "000000050400000102"
            "0000000d06000000010000400000004000"
            "0000000205a0"
            "0000000414006465"
            "00000000");
  std::array<std::byte, kBtPieceHeaderBytes> header{};
  store_bt_piece_header(header.data(), ChunkIndex{3}, 0x8000, 5);
  EXPECT_EQ(to_hex(header), "0000000e070000000300008000");
  Bytes hashes;
  const HashRequest request{filled<Hash256>(0xaa), 2, 512, 4, 3};
  append_bt(hashes, BtMessageId::hash_request, request, bt_proof_layers(request));
  EXPECT_EQ(to_hex(hashes), "0000003115" + std::string(64, 'a') +
                                "00000002"
                                "00000200"
                                "00000004"
                                "00000004");
}

TEST(BtMessage, RoundTrips) {
  Bytes out;
  append_bt(out, BtMessageId::cancel, BtRange{ChunkIndex{9}, 32768, 100});
  EXPECT_EQ(std::get<BtCancel>(decoded(out)).range, (BtRange{ChunkIndex{9}, 32768, 100}));
  out.clear();
  append_bt(out, BtMessageId::reject, BtRange{ChunkIndex{9}, 0, 1});
  EXPECT_EQ(std::get<BtReject>(decoded(out)).range, (BtRange{ChunkIndex{9}, 0, 1}));
  out.clear();
  append_bt(out, BtMessageId::not_interested);
  EXPECT_FALSE(std::get<Interested>(decoded(out)).interested);
  out.clear();
  append_bt(out, BtMessageId::suggest, ChunkIndex{7});
  EXPECT_EQ(std::get<Suggest>(decoded(out)), (Suggest{{ChunkIndex{7}}}));
  out.clear();
  append_bt_extended(out, 3, as_bytes("x"));
  const BtMessage extended = decoded(out);
  EXPECT_EQ(std::get<BtExtended>(extended).id, 3);
  EXPECT_EQ(as_text(std::get<BtExtended>(extended).payload), "x");
  out.clear();
  const HashRequest request{filled<Hash256>(1), 0, 8, 8, 2};
  const std::vector<Hash256> hashes(10, filled<Hash256>(2));
  append_bt(out, BtMessageId::hashes, request, bt_proof_layers(request), hashes);
  EXPECT_EQ(std::get<BtHashes>(decoded(out)).hashes, (Hashes{request, hashes}));
}

// BEP 52 counts layers from the base up, as libtorrent does; the siblings inside the requested subtree are not sent.
TEST(BtMessage, ProofLayersAreCountedFromTheBase) {
  EXPECT_EQ(bt_proof_layers({Hash256{}, 0, 0, 512, 0}), 0U);
  EXPECT_EQ(bt_proof_layers({Hash256{}, 0, 0, 512, 3}), 11U);
  EXPECT_EQ(bt_proof_layers({Hash256{}, 0, 0, 2, 3}), 3U);
  Bytes out;
  append_bt(out, BtMessageId::hash_request, HashRequest{Hash256{}, 0, 0, 512, 0}, 8);
  const BtMessage inside = decoded(out);  // all of them are inside
  EXPECT_EQ(std::get<BtHashRequest>(inside).request.proof_layers, 0U);
  EXPECT_EQ(std::get<BtHashRequest>(inside).proof_layers, 8U);
}

TEST(BtMessage, PortNamesADhtNode) {
  Bytes out;
  append_bt_port(out, 6881);
  EXPECT_EQ(to_hex(out), "00000003091ae1");
  EXPECT_EQ(std::get<BtPort>(decoded(out)).port, 6881);
}

TEST(BtMessage, WhatItDoesNotKnowIsIgnored) {
  for (const char* const known : {"1100000001", "0a", "63", "1501"}) {
    const Result<BtMessage> message = decode_bt_message(hex(known));
    const bool ignored = message && std::holds_alternative<BtIgnored>(*message);
    EXPECT_EQ(ignored, std::string(known) != "1501") << known;
  }
}

TEST(BtMessage, WrongLengthsAreRefused) {
  struct Row {
    const char* bytes;
    const char* reason;
  };
  const Row rows[] = {
      {"0000", "without contents"},
      {"0e01", "without contents"},
      {"04000000", "have or suggest"},
      {"0901", "a port message"},
      {"09010203", "a port message"},
      {"060000000000000000000000", "request, cancel or reject"},
      {"10000000000000000000004000ff", "request, cancel or reject"},
      {"070000000100000000", "without data"},
      {"15", "too short"},
      {"14", "without an id"},
  };
  for (const Row& row : rows) {
    const Result<BtMessage> message = decode_bt_message(hex(row.bytes));
    ASSERT_FALSE(message) << row.bytes;
    EXPECT_THAT(message.error().message, HasSubstr(row.reason)) << row.bytes;
  }
  Bytes hashes(1 + 48 + 31);
  hashes[0] = std::byte{22};
  EXPECT_FALSE(decode_bt_message(hashes));  // ends inside a hash
  hashes.resize(1 + 48 + (kHashesMax + kProofHashesMax + 1) * 32);
  EXPECT_FALSE(decode_bt_message(hashes));  // too many
}

}  // namespace
}  // namespace stp::wire
