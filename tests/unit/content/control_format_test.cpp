#include "content/control_format.h"

#include <gtest/gtest.h>

#include "test_files.h"

namespace stp::content {
namespace {

// Two files of more than one chunk and one of one, with all hashes known.
ControlContents contents() {
  test::TempDir dir;
  test::write_file(dir / "s/a", test::pattern(0, 3 * kBlockBytes + 9));
  test::write_file(dir / "s/b", test::pattern(1, 100));
  test::write_file(dir / "s/c", test::pattern(2, 2 * kBlockBytes));
  const Share share = test::share_of(dir / "s");
  Bitfield marks(share.metainfo->chunk_count());
  marks.set({1});
  marks.set({6});
  return {share.metainfo, share.hashes, "boot-1", marks};
}

// `bytes` with a byte at `offset` changed and, unless it is a mark, the checksum made right again.
Bytes changed(const EncodedControl& encoded, std::size_t offset, bool fix_checksum) {
  Bytes bytes = encoded.bytes;
  bytes[offset] ^= std::byte{1};
  if (fix_checksum) {
    crypto::Sha256 hash;
    hash.update(ByteSpan(bytes).first(56));
    hash.update(ByteSpan(bytes).subspan(kControlHeaderBytes, encoded.marks_offset - kControlHeaderBytes));
    const Hash256 sum = hash.finish();
    std::copy(sum.bytes.begin(), sum.bytes.end(), bytes.begin() + 56);
  }
  return bytes;
}

TEST(ControlFormat, WhatIsWrittenReadsBack) {
  const ControlContents original = contents();
  const EncodedControl encoded = encode_control(original);
  const auto decoded = decode_control(encoded.bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->marks_offset, encoded.marks_offset);
  EXPECT_EQ(decoded->contents.metainfo->info_hash(), original.metainfo->info_hash());
  EXPECT_EQ(decoded->contents.boot_id, "boot-1");
  EXPECT_EQ(decoded->contents.marks, original.marks);
  EXPECT_TRUE(decoded->contents.hashes.complete());
  EXPECT_EQ(encode_control(decoded->contents).bytes, encoded.bytes);
}

TEST(ControlFormat, UnknownLayersStayUnknown) {
  ControlContents original = contents();
  original.hashes = ChunkHashes(original.metainfo);
  ASSERT_FALSE(original.hashes.complete());
  const auto decoded = decode_control(encode_control(original).bytes);
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->contents.hashes.complete());
  EXPECT_TRUE(decoded->contents.hashes.layer_known(1));
}

TEST(ControlFormat, MarksAreOneBitPerChunkAndTheSealsFollow) {
  const EncodedControl encoded = encode_control(contents());
  EXPECT_EQ(to_hex(ByteSpan(encoded.bytes).subspan(encoded.marks_offset, 1)), "42");
  EXPECT_EQ(encoded.bytes.size(), encoded.marks_offset + 1 + 3 * kSealBytes);  // three files
}

TEST(ControlFormat, SealsReadBackWithTheLengthOfTheirFile) {
  ControlContents original = contents();
  original.seals = {{}, {100, -5, 6, 7, 0x123456789abcdef0}, {}};
  const auto decoded = decode_control(encode_control(original).bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->contents.seals, original.seals);
  EXPECT_EQ(to_hex(encode_seal(original.seals[1])), "fffffffffffffffb00000000000000060000000000000007123456789abcdef0");
}

TEST(ControlFormat, EveryTruncationIsRefused) {
  const EncodedControl encoded = encode_control(contents());
  for (std::size_t size = 0; size < encoded.bytes.size(); ++size) {
    ASSERT_FALSE(decode_control(ByteSpan(encoded.bytes).first(size))) << size;
  }
  Bytes longer = encoded.bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_control(longer));
}

TEST(ControlFormat, EveryChangedByteBeforeTheMarksIsRefused) {
  const EncodedControl encoded = encode_control(contents());
  for (std::size_t i = 0; i < encoded.marks_offset; ++i) ASSERT_FALSE(decode_control(changed(encoded, i, false))) << i;
}

TEST(ControlFormat, AChecksumThatFitsDoesNotMakeNonsenseRight) {
  // Whatever gets through must still be a control file that encodes to itself.
  const EncodedControl encoded = encode_control(contents());
  for (std::size_t i = 0; i < encoded.marks_offset; ++i) {
    const Bytes bytes = changed(encoded, i, true);
    const auto decoded = decode_control(bytes);
    if (decoded) {
      ASSERT_EQ(encode_control(decoded->contents).bytes, bytes) << i;
    }
  }
}

TEST(ControlFormat, SpareMarksMustBeZero) {
  const EncodedControl encoded = encode_control(contents());  // seven chunks
  EXPECT_FALSE(decode_control(changed(encoded, encoded.marks_offset, true)));
}

TEST(ControlFormat, ALaterVersionIsUnsupported) {
  const auto decoded = decode_control(changed(encode_control(contents()), 11, true));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().kind, ErrorKind::unsupported);
}

TEST(ControlFormat, TheInfoHashCanBeSeenWithoutReadingAll) {
  const ControlContents original = contents();
  const EncodedControl encoded = encode_control(original);
  EXPECT_EQ(peek_control(ByteSpan(encoded.bytes).first(kControlHeaderBytes)), original.metainfo->info_hash());
  EXPECT_FALSE(peek_control(ByteSpan(encoded.bytes).first(55)).has_value());
  EXPECT_FALSE(peek_control(Bytes(kControlHeaderBytes)).has_value());
}

}  // namespace
}  // namespace stp::content
