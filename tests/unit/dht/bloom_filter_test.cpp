#include "dht/bloom_filter.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "core/bytes.h"
#include "vectors.h"

namespace stp::dht {
namespace {

// The addresses of BEP 33 "Test Vectors".
BloomFilter filter_of_the_specification() {
  BloomFilter filter;
  for (std::uint32_t i = 0; i <= 0xff; ++i) filter.insert(IpAddress::v4(0xc0000200U + i));
  for (unsigned i = 0; i <= 0x3e7; ++i) {
    std::array<std::byte, 16> address{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d}, std::byte{0xb8}};
    address[14] = static_cast<std::byte>(i >> 8);
    address[15] = static_cast<std::byte>(i & 0xff);
    filter.insert(IpAddress::v6(address));
  }
  return filter;
}

TEST(BloomFilter, IsTheOneOfTheSpecification) {
  std::string expected;
  for (const auto& [name, hex] : test::read_vectors("bloom_bep33.txt")) expected += hex;
  EXPECT_EQ(to_hex(filter_of_the_specification().span()), expected);
}

TEST(BloomFilter, ItsSizeIsEstimatedAsInTheSpecification) {
  const double bits = 8 * BloomFilter::kBytes;
  const BloomFilter filter = filter_of_the_specification();
  double zeros = bits;
  for (const std::byte b : filter.span()) zeros -= std::popcount(std::to_integer<unsigned>(b));
  EXPECT_NEAR(std::log(zeros / bits) / (2 * std::log(1 - 1 / bits)), 1224.9308, 0.0001);
}

TEST(BloomFilter, ReadsBackWhatItWrote) {
  const BloomFilter filter = filter_of_the_specification();
  EXPECT_EQ(BloomFilter::from(filter.span()), filter);
  EXPECT_FALSE(BloomFilter::from(filter.span().first(255)));
}

}  // namespace
}  // namespace stp::dht
