#include "dht/token.h"

#include <gtest/gtest.h>

#include "dht/config.h"

namespace stp::dht {
namespace {

struct TokenTest : testing::Test {
  Rng rng{1};
  Instant now{std::chrono::hours(1)};
  TokenIssuer issuer{kDhtDefaults.storage.token_rotation, rng, now};
  Endpoint querier = *Endpoint::parse("1.2.3.4:5");
  NodeId key{};
};

TEST_F(TokenTest, AcceptsWhatItIssued) {
  const Token token = issuer.issue(querier, key, now);
  EXPECT_EQ(token.span().size(), kTokenBytes);
  EXPECT_TRUE(issuer.accepts(token, querier, key, now));
}

TEST_F(TokenTest, IsBoundToAddressPortAndKey) {
  const Token token = issuer.issue(querier, key, now);
  EXPECT_FALSE(issuer.accepts(token, *Endpoint::parse("1.2.3.5:5"), key, now));
  EXPECT_FALSE(issuer.accepts(token, *Endpoint::parse("1.2.3.4:6"), key, now));
  NodeId other = key;
  other.bytes[19] = std::byte{1};
  EXPECT_FALSE(issuer.accepts(token, querier, other, now));
}

TEST_F(TokenTest, LivesThroughOneRotationAndNotThroughTwo) {
  const Token token = issuer.issue(querier, key, now);
  EXPECT_TRUE(issuer.accepts(token, querier, key, now + kDhtDefaults.storage.token_rotation));
  EXPECT_TRUE(issuer.accepts(token, querier, key, now + 2 * kDhtDefaults.storage.token_rotation - 1ns));
  EXPECT_FALSE(issuer.accepts(token, querier, key, now + 2 * kDhtDefaults.storage.token_rotation));
}

TEST_F(TokenTest, DiesDuringALongSilence) {
  const Token token = issuer.issue(querier, key, now);
  EXPECT_FALSE(issuer.accepts(token, querier, key, now + 2 * kDhtDefaults.storage.token_rotation));
}

TEST_F(TokenTest, RefusesEmptyAndForeignTokens) {
  EXPECT_FALSE(issuer.accepts(Token(), querier, key, now));
  Rng other_rng(2);
  TokenIssuer other(kDhtDefaults.storage.token_rotation, other_rng, now);
  EXPECT_FALSE(issuer.accepts(other.issue(querier, key, now), querier, key, now));
}

}  // namespace
}  // namespace stp::dht
