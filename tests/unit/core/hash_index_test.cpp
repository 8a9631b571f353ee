#include "core/hash_index.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace stp {
namespace {

TEST(SecretHash, DependsOnTheSecretAndOnEveryByte) {
  Rng rng(1);
  const SecretHash first(rng);
  const SecretHash second(rng);
  const Bytes bytes(20, std::byte{7});
  EXPECT_NE(first(bytes), second(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes other = bytes;
    other[i] ^= std::byte{1};
    EXPECT_NE(first(bytes), first(other)) << "byte " << i;
  }
  EXPECT_NE(first(bytes), first(ByteSpan(bytes).first(19)));
}

TEST(SecretHash, SpreadsConsecutiveKeysOverTheLowBits) {
  Rng rng(2);
  const SecretHash hash(rng);
  std::vector<int> buckets(256);
  for (std::uint32_t i = 0; i < 25'600; ++i) {
    std::array<std::byte, 6> key{};
    store_be(key.data(), i);
    ++buckets[hash(key) % buckets.size()];
  }
  // 100 each on average with a deviation of 10: six deviations.
  for (const int count : buckets) EXPECT_NEAR(count, 100, 60);
}

// The array that the index finds positions in: values with a hash that collides often.
struct Array {
  std::vector<int> values;
  static std::uint64_t hash(int value) { return static_cast<std::uint64_t>(value) % 7; }
  [[nodiscard]] auto hash_of() const {
    return [this](HashIndex::Position at) { return hash(values[at]); };
  }
  [[nodiscard]] HashIndex::Position find(const HashIndex& index, int value) const {
    return index.find(hash(value), [&](HashIndex::Position at) { return values[at] == value; });
  }
};

TEST(HashIndex, AgreesWithAMapUnderRandomOperationsAndCollisions) {
  Rng rng(3);
  Array array;
  HashIndex index;
  std::map<int, HashIndex::Position> model;
  for (int step = 0; step < 20'000; ++step) {
    // Phases of growth and of shrinking.
    const bool grow = rng.below(100) < (step / 500 % 2 == 0 ? 70U : 30U);
    const int value = static_cast<int>(rng.below(300));
    const auto known = model.find(value);
    ASSERT_EQ(array.find(index, value), known == model.end() ? HashIndex::kNone : known->second);
    if (grow && known == model.end()) {
      const auto at = static_cast<HashIndex::Position>(array.values.size());
      array.values.push_back(value);
      const std::size_t promised = index.memory_bytes() + index.growth_bytes();
      index.insert(Array::hash(value), at, array.hash_of());
      ASSERT_LE(index.memory_bytes(), promised);
      model[value] = at;
    } else if (!grow && known != model.end()) {
      const HashIndex::Position at = known->second;
      const auto last = static_cast<HashIndex::Position>(array.values.size() - 1);
      const int moved = array.values[last];
      index.erase(Array::hash(value), at, array.hash_of());
      model.erase(known);
      if (at != last) {
        index.relocate(Array::hash(moved), last, at);
        array.values[at] = moved;
        model[moved] = at;
      }
      array.values.pop_back();
    }
    ASSERT_EQ(index.size(), model.size());
    if (step % 100 == 0) {
      for (const auto& [each, position] : model) ASSERT_EQ(array.find(index, each), position);
    }
  }
}

TEST(HashIndex, GivesMemoryBackWhenItEmpties) {
  Array array;
  HashIndex index;
  for (int i = 0; i < 10'000; ++i) {
    array.values.push_back(i);
    index.insert(static_cast<std::uint64_t>(i), static_cast<HashIndex::Position>(i),
                 [](HashIndex::Position at) { return std::uint64_t{at}; });
  }
  const std::size_t full = index.memory_bytes();
  EXPECT_LE(full, 10'000 * 11U);
  for (int i = 9'999; i >= 0; --i) {
    index.erase(static_cast<std::uint64_t>(i), static_cast<HashIndex::Position>(i),
                [](HashIndex::Position at) { return std::uint64_t{at}; });
  }
  EXPECT_LT(index.memory_bytes(), full / 100);
}

}  // namespace
}  // namespace stp
