#include "dht/node_id.h"

#include <gtest/gtest.h>

#include "vectors.h"

namespace stp::dht {
namespace {

NodeId node_id(std::string_view hex) {
  return *NodeId::parse_hex(hex);
}

TEST(NodeId, Crc32cMatchesItsCheckValue) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
}

TEST(NodeId, AcceptsThePublishedSecureIds) {
  const auto rows = test::read_vectors("node_id_bep42.txt");
  ASSERT_EQ(rows.size(), 6U);
  for (const auto& [address, hex] : rows)
    EXPECT_TRUE(is_secure_id(node_id(hex), *IpAddress::parse(address))) << address;
}

TEST(NodeId, RefusesThePublishedIdsFromAnotherAddress) {
  for (const auto& [address, hex] : test::read_vectors("node_id_bep42.txt")) {
    EXPECT_FALSE(is_secure_id(node_id(hex), *IpAddress::parse("8.8.8.8"))) << address;
  }
}

TEST(NodeId, OnlyThe21PrescribedBitsAndTheRandomByteAreBound) {
  NodeId secure = node_id("5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401");
  const IpAddress address = *IpAddress::parse("124.31.75.21");
  secure.bytes[2] ^= std::byte{0x07};  // bits 22 to 24
  EXPECT_TRUE(is_secure_id(secure, address));
  secure.bytes[2] ^= std::byte{0x08};  // bit 21
  EXPECT_FALSE(is_secure_id(secure, address));
}

TEST(NodeId, LocalAddressesMayUseAnyId) {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.1.1", "::1", "fe80::1", "fd00::1"}) {
    EXPECT_TRUE(is_secure_id(NodeId{}, *IpAddress::parse(text))) << text;
  }
}

TEST(NodeId, GeneratedSecureIdsAreAccepted) {
  Rng rng(1);
  for (const char* text : {"1.2.3.4", "203.0.113.77", "2001:db8::1", "2a00:1:2:3:4:5:6:7"}) {
    const IpAddress address = *IpAddress::parse(text);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_secure_id(secure_id(address, rng), address));
    EXPECT_NE(secure_id(address, rng), secure_id(address, rng));
  }
}

TEST(NodeId, CloserIsTheOrderOfXorDistances) {
  Rng rng(2);
  for (int i = 0; i < 1000; ++i) {
    const NodeId a = random_id(rng);
    NodeId b = random_id(rng);
    if (i % 2 == 0) b = random_id_at(a, 100, rng);  // differ late
    const NodeId target = random_id(rng);
    EXPECT_EQ(closer(a, b, target), distance(a, target) < distance(b, target));
    EXPECT_FALSE(closer(a, a, target));
  }
}

TEST(NodeId, RandomIdAtSharesExactlyThePrefix) {
  Rng rng(3);
  const NodeId base = random_id(rng);
  for (std::size_t prefix = 0; prefix < kIdBits; ++prefix) {
    EXPECT_EQ(common_prefix(base, random_id_at(base, prefix, rng)), prefix);
  }
  EXPECT_EQ(common_prefix(base, base), kIdBits);
}

}  // namespace
}  // namespace stp::dht
