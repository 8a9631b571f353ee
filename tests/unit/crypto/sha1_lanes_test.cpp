#include "crypto/sha1_lanes.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/rng.h"

namespace stp::crypto {
namespace {

constexpr std::size_t kInputs = Sha1Lanes::kLanes;
constexpr std::size_t kBlock = Sha1Lanes::kBlockBytes;

// All that this processor has: each has to give the same.
std::vector<Sha1Lanes::Means> all_means() {
  std::vector<Sha1Lanes::Means> means = {Sha1Lanes::Means::libcrypto};
  if (Sha1Lanes::best() != Sha1Lanes::Means::libcrypto) means.push_back(Sha1Lanes::Means::sha_instructions);
  if (Sha1Lanes::best() == Sha1Lanes::Means::wide_vectors) means.push_back(Sha1Lanes::Means::wide_vectors);
  return means;
}

// Gives every lane its input in steps of whole blocks, of random length if `rng`.
void expect_hashes(Sha1Lanes& lanes, const std::vector<Bytes>& inputs, Rng* rng) {
  std::vector<ByteSpan> rest(inputs.begin(), inputs.end());
  for (std::size_t lane = 0; lane < inputs.size(); ++lane) lanes.begin(lane);
  for (bool more = true; more;) {
    more = false;
    std::array<ByteSpan, kInputs> step;
    for (std::size_t lane = 0; lane < rest.size(); ++lane) {
      const std::size_t whole = rest[lane].size() / kBlock;
      const std::size_t blocks = rng == nullptr ? whole : rng->below(whole + 1);
      step[lane] = rest[lane].first(blocks * kBlock);
      rest[lane] = rest[lane].subspan(blocks * kBlock);
      more = more || rest[lane].size() >= kBlock;
    }
    lanes.update(step);
  }
  for (std::size_t lane = 0; lane < inputs.size(); ++lane) {
    ASSERT_EQ(lanes.digest(lane, rest[lane]), sha1(inputs[lane])) << "lane " << lane << " of " << inputs.size();
  }
}

TEST(Sha1Lanes, GiveThePublishedHashes) {
  // FIPS 180-4 examples.
  const std::pair<const char*, const char*> vectors[] = {
      {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
      {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"}};
  for (const Sha1Lanes::Means means : all_means()) {
    const Sha1Lanes lanes(means);
    for (const auto& [text, expected] : vectors) EXPECT_EQ(to_hex(lanes.digest(3, as_bytes(text))), expected);
  }
}

TEST(Sha1Lanes, EqualLibcryptoForAnyNumberOfLanesAndLengths) {
  for (const Sha1Lanes::Means means : all_means()) {
    Rng rng(1);
    Sha1Lanes lanes(means);
    for (std::size_t count = 1; count <= kInputs; ++count) {
      for (const std::size_t bytes : {std::size_t{0}, kBlock - 9, kBlock - 8, 3 * kBlock, 40 * kBlock + 7}) {
        std::vector<Bytes> inputs(count, Bytes(bytes));
        for (Bytes& input : inputs) rng.fill(input);
        expect_hashes(lanes, inputs, nullptr);
      }
      std::vector<Bytes> mixed(count);
      for (Bytes& input : mixed) {
        input.resize(rng.below(50 * kBlock));
        rng.fill(input);
      }
      expect_hashes(lanes, mixed, &rng);
    }
  }
}

TEST(Sha1Lanes, ADigestLeavesTheInputAsItIs) {
  for (const Sha1Lanes::Means means : all_means()) {
    Sha1Lanes lanes(means);
    const Bytes block(kBlock, std::byte{7});
    std::array<ByteSpan, kInputs> step;
    step[5] = block;
    lanes.update(step);
    EXPECT_EQ(lanes.digest(5, {}), sha1(block));
    const Bytes tail(3 * kBlock + 1, std::byte{7});
    EXPECT_EQ(lanes.digest(5, tail), sha1(Bytes(4 * kBlock + 1, std::byte{7})));
    EXPECT_EQ(lanes.digest(5, {}), sha1(block));
    EXPECT_EQ(lanes.digest(4, {}), sha1({}));
  }
}

}  // namespace
}  // namespace stp::crypto
