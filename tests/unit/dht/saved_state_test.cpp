#include "dht/saved_state.h"

#include <gtest/gtest.h>

#include "dht/limits.h"
#include "dht/node_id.h"

namespace stp::dht {
namespace {

SavedState example(std::size_t nodes) {
  Rng rng(1);
  SavedState state;
  for (NodeId& id : state.ids) id = random_id(rng);
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    std::array<std::byte, 16> six{};
    six[0] = std::byte{0x20};
    store_be(six.data() + 12, n);
    state.nodes[0].push_back({random_id(rng), {IpAddress::v4(0x14000000U + n), 7}});
    state.nodes[1].push_back({random_id(rng), {IpAddress::v6(six), 8}});
  }
  return state;
}

TEST(SavedState, IsReadAsItWasWritten) {
  for (const std::size_t nodes : {std::size_t{0}, std::size_t{1}, kFallbackMax}) {
    const Result<SavedState> again = decode_state(encode_state(example(nodes)));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, example(nodes));
  }
}

TEST(SavedState, IsBounded) {
  const Bytes raw = encode_state(example(10 * kFallbackMax));
  EXPECT_LT(raw.size(), kStateBytesMax);
  const Result<SavedState> again = decode_state(raw);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->nodes[0].size(), kFallbackMax);
}

TEST(SavedState, ADamagedFileIsRefused) {
  const Bytes raw = encode_state(example(3));
  EXPECT_FALSE(decode_state({}).ok());
  for (std::size_t cut = 1; cut < raw.size(); ++cut) EXPECT_FALSE(decode_state(ByteSpan(raw).first(cut)).ok());
  EXPECT_FALSE(decode_state(Bytes(kStateBytesMax + 1)).ok());
  EXPECT_FALSE(decode_state(as_bytes("d1:vi1ee")).ok());
  EXPECT_FALSE(decode_state(as_bytes("i1e")).ok());
}

TEST(SavedState, AnotherVersionIsUnsupported) {
  std::string raw(as_text(encode_state(example(0))));
  raw.replace(raw.find("1:vi1e"), 6, "1:vi2e");
  const Result<SavedState> state = decode_state(as_bytes(raw));
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace stp::dht
