// Nodes that transfer peers name (BEP 5 `port`).
#include <gtest/gtest.h>

#include "dht/node.h"

namespace stp::dht {
namespace {

class Introduction : public testing::Test {
 protected:
  /// Where the queries went that the node has sent since the last call.
  std::vector<std::pair<Endpoint, Message>> queries() {
    std::vector<std::pair<Endpoint, Message>> all;
    while (const std::optional<Transmit> out = node_.poll_transmit()) {
      const Result<Message> message = decode(out->payload, scratch_);
      EXPECT_TRUE(message && std::holds_alternative<Query>(message->body));
      all.emplace_back(out->to, *message);
    }
    return all;
  }

  Rng rng_{1};
  Instant now_{std::chrono::hours(1)};
  Node node_{{}, rng_, now_};
  bencode::Document scratch_;
};

TEST_F(Introduction, IsAskedAndKeptIfItAnswers) {
  const NodeContact named{random_id(rng_), *Endpoint::parse("192.0.2.77:6881")};
  node_.introduce(named.endpoint, now_);
  const auto asked = queries();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].first, named.endpoint);
  EXPECT_EQ(std::get<Query>(asked[0].second.body).method, Method::find_node) << "it knows few nodes";
  Reply reply;
  reply.sender = named.id;
  node_.handle_datagram(named.endpoint, encode({asked[0].second.transaction, std::nullopt, reply}), now_);
  EXPECT_TRUE(node_.table(Family::v4).has(named));
  node_.check_invariants();
}

TEST_F(Introduction, ComesOnceASecondAtMost) {
  node_.introduce(*Endpoint::parse("192.0.2.1:0"), now_);
  node_.introduce(*Endpoint::parse("224.0.0.1:5"), now_);
  EXPECT_TRUE(queries().empty());
  const auto address = [](unsigned last) { return Endpoint{IpAddress::v4(0xc0000200U + last), 6881}; };
  for (unsigned i = 1; i < 20; ++i) node_.introduce(address(i), now_);
  EXPECT_EQ(queries().size(), 1U);
  now_ += kIntroductionGap;
  node_.introduce(address(50), now_);
  EXPECT_EQ(queries().size(), 1U);
  for (int i = 0; i < 60; ++i) {  // nobody answers
    now_ += std::chrono::seconds(1);
    node_.handle_timeout(now_);
    node_.check_invariants();
  }
  EXPECT_EQ(node_.nodes(), 0U);
}

}  // namespace
}  // namespace stp::dht
