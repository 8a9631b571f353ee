#include <gtest/gtest.h>

#include <array>

#include "crypto/base64url.h"
#include "crypto/blake2b.h"
#include "crypto/random.h"
#include "crypto/sha1.h"
#include "crypto/sha256.h"
#include "crypto/x25519.h"

namespace stp::crypto {
namespace {

// RFC 7693 appendix A.
TEST(Blake2b, OfAbcIsThePublishedHash) {
  EXPECT_EQ(to_hex(blake2b<64>({}, "", {as_bytes("abc")})),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

// The BLAKE2 reference vectors (blake2b-kat): key 00…3f, message 00 01 02.
TEST(Blake2b, KeyedMatchesTheReferenceVector) {
  Bytes key(64);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  EXPECT_EQ(to_hex(blake2b<64>(key, "", {ByteSpan(key).first(3)})),
            "33d0825dddf7ada99b0e7e307104ad07ca9cfd9692214f1561356315e784f3e5a17e364ae9dbb14cb2036df932b77f4b292761365f"
            "b328de7afdc6d8998f5fc1");
}

TEST(Blake2b, PartsAreConcatenated) {
  EXPECT_EQ(blake2b<32>({}, "p", {as_bytes("ab"), {}, as_bytes("c")}), blake2b<32>({}, "p", {as_bytes("abc")}));
}

TEST(Blake2b, PurposesSeparate) {
  EXPECT_NE(blake2b<32>({}, "one", {as_bytes("abc")}), blake2b<32>({}, "two", {as_bytes("abc")}));
}

// RFC 7748 §6.1: Bob's side.
TEST(X25519, AgreesAsPublished) {
  const X25519KeyPair bob = X25519KeyPair::from(
      *X25519Private::from(from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb").value()));
  EXPECT_EQ(bob.public_key.hex(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::optional<Key> shared = x25519(
      bob.private_key, *X25519Public::parse_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(to_hex(shared->span()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

TEST(X25519, GeneratedPairsDiffer) {
  EXPECT_NE(X25519KeyPair::generate().public_key, X25519KeyPair::generate().public_key);
}

TEST(X25519, PointOfSmallOrderGivesNothing) {
  const X25519KeyPair pair = X25519KeyPair::generate();
  EXPECT_FALSE(x25519(pair.private_key, X25519Public{}).has_value());
}

TEST(Random, FillsWhatIsThereAndNothing) {
  random_fill({});  // the padding of an MSE handshake may be empty
  std::array<std::byte, 32> bytes{};
  random_fill(bytes);
  EXPECT_NE(bytes, (std::array<std::byte, 32>{}));
}

TEST(Base64Url, RoundTripsEverySize) {
  Bytes bytes;
  for (int size = 0; size < 70; ++size) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes) << size;
    bytes.push_back(static_cast<std::byte>(251 * size));
  }
}

// RFC 4648 §10, without padding, and the two characters that differ from plain base64.
TEST(Base64Url, MatchesTheRfc) {
  EXPECT_EQ(to_base64url(as_bytes("foob")), "Zm9vYg");
  EXPECT_EQ(to_base64url(from_hex("fbff").value()), "-_8");
}

TEST(Base64Url, RefusesForeignCharactersPaddingAndSpareBits) {
  for (const std::string_view text : {"Zm9v!", "Zm9vYg==", "Zm 9v", "+/8", "Zm9vYh", "Z", "Zm9v\n"}) {
    EXPECT_FALSE(from_base64url(text).has_value()) << text;
  }
}

TEST(Sha256, OfAbcIsThePublishedHash) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// FIPS 180-4, examples.
TEST(Sha1, MatchesTheStandard) {
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha1({})), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  Sha1 hash;
  for (const std::string_view part : {"a", "", "bc"}) hash.update(as_bytes(part));
  EXPECT_EQ(hash.finish(), sha1(as_bytes("abc")));
  EXPECT_EQ(hash.finish(), sha1({}));  // it begins again
}

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hasher;
  hasher.update(as_bytes("something"));
  (void)hasher.finish();
  hasher.update(as_bytes("a"));
  hasher.update(as_bytes("bc"));
  EXPECT_EQ(hasher.finish(), sha256(as_bytes("abc")));
}

TEST(Sha256, PairIsTheHashOfTheConcatenation) {
  const Hash256 left = sha256(as_bytes("l"));
  const Hash256 right = sha256(as_bytes("r"));
  Bytes both = to_bytes(left.span());
  append(both, right.span());
  EXPECT_EQ(sha256_pair(left, right), sha256(both));
}

}  // namespace
}  // namespace stp::crypto
