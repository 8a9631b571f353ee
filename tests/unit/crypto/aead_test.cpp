#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/rng.h"

namespace stp::crypto {
namespace {

Key key_of(std::string_view hex) {
  return *Key::from(from_hex(hex).value());
}

class AeadOf : public testing::TestWithParam<Cipher> {
 protected:
  Key key_ = key_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
};

INSTANTIATE_TEST_SUITE_P(Aead, AeadOf, testing::Values(Cipher::chacha20_poly1305, Cipher::aes_256_gcm),
                         [](const auto& row) { return row.param == Cipher::aes_256_gcm ? "Aes" : "ChaCha"; });

TEST_P(AeadOf, OpensWhatWasSealedWhateverTheSize) {
  Sealer sealer(GetParam(), key_);
  Opener opener(GetParam(), key_);
  Rng rng(1);
  std::uint64_t counter = 0;
  for (const std::size_t size : {0, 1, 15, 16, 17, 63, 64, 65, 1000, 65536}) {
    Bytes plaintext(size);
    rng.fill(plaintext);
    Bytes sealed(size + kTagBytes);
    sealer.seal(counter, as_bytes("ad"), plaintext, sealed);
    Bytes opened(size);
    ASSERT_TRUE(opener.open(counter, as_bytes("ad"), sealed, opened)) << size;
    EXPECT_EQ(opened, plaintext);
    ++counter;
  }
}

TEST_P(AeadOf, InPlaceGivesTheSameBytes) {
  Sealer sealer(GetParam(), key_);
  Opener opener(GetParam(), key_);
  const Bytes plaintext = to_bytes(std::string(1000, 'x'));
  Bytes sealed(plaintext.size() + kTagBytes);
  sealer.seal(7, {}, plaintext, sealed);
  Bytes in_place = plaintext;
  in_place.resize(plaintext.size() + kTagBytes);
  sealer.seal(7, {}, ByteSpan(in_place).first(plaintext.size()), in_place);
  EXPECT_EQ(in_place, sealed);
  ASSERT_TRUE(opener.open(7, {}, in_place, MutableByteSpan(in_place).first(plaintext.size())));
  in_place.resize(plaintext.size());
  EXPECT_EQ(in_place, plaintext);
}

TEST_P(AeadOf, EveryFlippedBitIsNoticedAndLeavesZeros) {
  Sealer sealer(GetParam(), key_);
  Opener opener(GetParam(), key_);
  const Bytes plaintext = to_bytes("twenty bytes of text");
  Bytes sealed(plaintext.size() + kTagBytes);
  sealer.seal(3, as_bytes("ad"), plaintext, sealed);
  Bytes opened(plaintext.size());
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_FALSE(opener.open(3, as_bytes("ad"), changed, opened)) << bit;
    ASSERT_EQ(opened, Bytes(plaintext.size()));
  }
  EXPECT_TRUE(opener.open(3, as_bytes("ad"), sealed, opened));
}

TEST_P(AeadOf, OtherCounterAssociatedDataOrKeyIsNoticed) {
  Sealer sealer(GetParam(), key_);
  Opener opener(GetParam(), key_);
  Bytes sealed(5 + kTagBytes);
  sealer.seal(3, as_bytes("ad"), as_bytes("hello"), sealed);
  Bytes opened(5);
  EXPECT_FALSE(opener.open(4, as_bytes("ad"), sealed, opened));
  EXPECT_FALSE(opener.open(3, as_bytes("da"), sealed, opened));
  EXPECT_FALSE(opener.open(3, {}, sealed, opened));
  Opener other(GetParam(), Key());
  EXPECT_FALSE(other.open(3, as_bytes("ad"), sealed, opened));
}

TEST_P(AeadOf, ShorterThanATagIsRefused) {
  Opener opener(GetParam(), key_);
  Bytes none;
  EXPECT_FALSE(opener.open(0, {}, Bytes(kTagBytes - 1), none));
}

TEST_P(AeadOf, RekeyedSidesAgreeAndTheOldKeyIsGone) {
  Sealer sealer(GetParam(), key_);
  Opener opener(GetParam(), key_);
  Opener old(GetParam(), key_);
  Bytes sealed(5 + kTagBytes);
  Bytes opened(5);
  for (std::uint64_t round = 0; round < 3; ++round) {
    sealer.rekey();
    opener.rekey();
    sealer.seal(round, {}, as_bytes("hello"), sealed);
    EXPECT_TRUE(opener.open(round, {}, sealed, opened));
    EXPECT_EQ(as_text(opened), "hello");
    EXPECT_FALSE(old.open(round, {}, sealed, opened));
  }
}

TEST_P(AeadOf, RekeyIsTheEncryptionOfZerosUnderTheLastCounter) {
  Sealer plain(GetParam(), key_);
  Bytes expected(32 + kTagBytes);
  plain.seal(~std::uint64_t{0}, {}, Bytes(32), expected);
  Sealer next(GetParam(), *Key::from(ByteSpan(expected).first(32)));
  Sealer rekeyed(GetParam(), key_);
  rekeyed.rekey();
  Bytes a(5 + kTagBytes);
  Bytes b(5 + kTagBytes);
  next.seal(9, {}, as_bytes("hello"), a);
  rekeyed.seal(9, {}, as_bytes("hello"), b);
  EXPECT_EQ(a, b);
}

// RFC 8439 §2.8.2 uses a nonce with a non-zero prefix that Noise can't write, so the layouts are pinned by the
// published Noise vectors (noise_test.cpp); here only that they differ where they must.
TEST(Aead, CountersOfTheTwoCiphersAreOfOppositeByteOrder) {
  const Key key;
  Bytes sealed(kTagBytes);
  Bytes none;
  for (const Cipher cipher : {Cipher::chacha20_poly1305, Cipher::aes_256_gcm}) {
    Sealer(cipher, key).seal(1, {}, {}, sealed);
    EXPECT_FALSE(Opener(cipher, key).open(std::uint64_t{1} << 56, {}, sealed, none));
    EXPECT_TRUE(Opener(cipher, key).open(1, {}, sealed, none));
  }
}

// McGrew, Viega "The Galois/Counter Mode of Operation", test case 14: zero key, zero nonce, 16 zero bytes.
TEST(Aead, AesGcmMatchesItsPublishedTestCase) {
  Bytes sealed(32);
  Sealer(Cipher::aes_256_gcm, Key()).seal(0, {}, Bytes(16), sealed);
  EXPECT_EQ(to_hex(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

}  // namespace
}  // namespace stp::crypto
