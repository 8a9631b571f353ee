#include "crypto/sha256_lanes.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/rng.h"
#include "crypto/sha256.h"

namespace stp::crypto {
namespace {

void expect_as_one_by_one(const std::vector<Bytes>& inputs) {
  const std::vector<ByteSpan> spans(inputs.begin(), inputs.end());
  std::vector<Hash256> hashes(inputs.size());
  sha256_many(spans, hashes);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    ASSERT_EQ(hashes[i], sha256(inputs[i])) << i << " of " << inputs.size();
}

TEST(Sha256Many, GivesThePublishedHashes) {
  // FIPS 180-4 examples "abc", the 448-bit message and the empty one; each four times, as lanes work in fours.
  const std::pair<const char*, const char*> vectors[] = {
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
  for (const auto& [text, expected] : vectors) {
    const std::vector<ByteSpan> inputs(4, as_bytes(text));
    std::vector<Hash256> hashes(4);
    sha256_many(inputs, hashes);
    for (const Hash256& hash : hashes) EXPECT_EQ(hash.hex(), expected);
  }
}

TEST(Sha256Many, EqualsLibcryptoForEveryLengthOfTheLastBlocks) {
  Rng rng(1);
  for (std::size_t size = 0; size <= 260; ++size) {
    std::vector<Bytes> inputs(4, Bytes(size));
    for (Bytes& input : inputs) rng.fill(input);
    expect_as_one_by_one(inputs);
  }
}

TEST(Sha256Many, EqualsLibcryptoForBlocksOfAShare) {
  Rng rng(2);
  for (std::size_t count = 0; count <= 9; ++count) {
    std::vector<Bytes> inputs(count, Bytes(16 * 1024));
    for (Bytes& input : inputs) rng.fill(input);
    if (count > 0) inputs.back().resize(1 + rng.below(16 * 1024));
    expect_as_one_by_one(inputs);
  }
}

TEST(Sha256Many, EqualsLibcryptoForMixedLengths) {
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<Bytes> inputs(rng.below(14));
    for (Bytes& input : inputs) {
      input.resize(64 * rng.below(3) + rng.below(2));
      rng.fill(input);
    }
    expect_as_one_by_one(inputs);
  }
}

TEST(Sha256Many, InputsNeedNoAlignment) {
  Rng rng(4);
  Bytes bytes(5000);
  rng.fill(bytes);
  std::vector<ByteSpan> spans;
  for (std::size_t offset = 0; offset < 4; ++offset) spans.push_back(ByteSpan(bytes).subspan(1 + 1001 * offset, 1000));
  std::vector<Hash256> hashes(4);
  sha256_many(spans, hashes);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(hashes[i], sha256(spans[i]));
}

}  // namespace
}  // namespace stp::crypto
