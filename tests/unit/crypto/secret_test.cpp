#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>

namespace stp::crypto {
namespace {

// The counting bytes of the expected values, which were computed with Python's hashlib.blake2b(key=, person=).
template <class T>
T counting(unsigned first) {
  std::array<std::byte, T::kSize> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + i);
  return T{bytes};
}

const InfoHash kInfoHash = counting<InfoHash>(0);
const Secret kSecret = counting<Secret>(0x40);

TEST(Secret, ShareSecretIsAKeyedHashOfTheNodeKey) {
  EXPECT_EQ(to_hex(share_secret(counting<NodeKey>(0x80), kInfoHash).span()), "133db347156dad17e0d3e3aeab1d6356");
}

TEST(Secret, ShareSecretDependsOnBothInputs) {
  const Secret secret = share_secret(counting<NodeKey>(0x80), kInfoHash);
  EXPECT_TRUE(secret == share_secret(counting<NodeKey>(0x80), kInfoHash));
  EXPECT_FALSE(secret == share_secret(counting<NodeKey>(0x81), kInfoHash));
  EXPECT_FALSE(secret == share_secret(counting<NodeKey>(0x80), counting<InfoHash>(1)));
}

TEST(Secret, PublicSwarmKeyIsTheTruncatedInfoHash) {
  EXPECT_EQ(public_swarm_key(kInfoHash).hex(), "000102030405060708090a0b0c0d0e0f10111213");
}

TEST(Secret, PrivateSwarmKeyIsAKeyedHash) {
  EXPECT_EQ(private_swarm_key(kSecret, kInfoHash).hex(), "4292d44d144e43f260ad88967bd5ba99056753c5");
}

TEST(Secret, PrivatePskIsAKeyedHash) {
  EXPECT_EQ(to_hex(private_psk(kSecret, kInfoHash).span()),
            "a1f8e828c5e6f7e9fe4a255b9f28a88140b3b6ca4853009db9f37a69185db784");
}

TEST(Secret, PublicPskNeedsTheWholeInfoHash) {
  EXPECT_EQ(to_hex(public_psk(kInfoHash).span()), "5f938c52e42b9b580485b3085356e1314fa0b0c11817c8e2d6f638aad22508e6");
  InfoHash other = kInfoHash;
  other.bytes[31] ^= std::byte{1};  // beyond what the wire shows
  EXPECT_FALSE(public_psk(other) == public_psk(kInfoHash));
}

TEST(SecretBytes, AreWipedWhenDestroyed) {
  alignas(Secret) std::array<std::byte, sizeof(Secret)> place{};
  Secret* const secret = new (place.data()) Secret(kSecret);
  ASSERT_EQ(secret->span()[0], std::byte{0x40});
  secret->~Secret();
  const volatile std::byte* const bytes = place.data();
  for (std::size_t i = 0; i < place.size(); ++i) EXPECT_EQ(static_cast<int>(bytes[i]), 0) << i;
}

TEST(SecretBytes, CompareByContentAndSize) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(Secret::from(as_bytes("short")).has_value());
}

}  // namespace
}  // namespace stp::crypto
