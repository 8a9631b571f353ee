#include "sim/world/dht_behaviour.h"

#include <gtest/gtest.h>

#include "dht/config.h"
#include "dht/krpc.h"
#include "dht/node_id.h"

namespace stp::sim {
namespace {

struct DhtBehaviourTest : testing::Test {
  Rng rng{1};
  SwarmKey key = [this] {
    SwarmKey drawn;
    rng.fill(drawn.bytes);
    return drawn;
  }();
  DhtBehaviour behaviour{Rng(2)};
  bencode::Document scratch;
  IpAddress address = *IpAddress::parse("1.2.3.4");

  dht::Message reply() {
    dht::Reply reply;
    reply.sender = dht::random_id(rng);
    reply.nodes.emplace();
    reply.values.push_back({address, 6881});
    return {*dht::TransactionId::from(as_bytes("aa")), Endpoint{address, 5}, reply};
  }
};

TEST_F(DhtBehaviourTest, ASybilIsNextToTheKeyAndDoesNotFitItsAddress) {
  const NodeId id = sybil_id(Behaviour::sybil, key, address, rng);
  EXPECT_GE(dht::common_prefix(id, dht::id_of(key)), 80U);
  EXPECT_FALSE(dht::is_secure_id(id, address));
}

TEST_F(DhtBehaviourTest, AFittingSybilIsAsCloseAsItsAddressAllows) {
  const NodeId id = sybil_id(Behaviour::fitting_sybil, key, address, rng);
  EXPECT_TRUE(dht::is_secure_id(id, address));
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(dht::closer(dht::secure_id(address, rng), id, dht::id_of(key)));
}

TEST_F(DhtBehaviourTest, ASybilNamesTheSybilsClosestToItsKeyAndNoPeers) {
  for (int i = 0; i < 20; ++i) behaviour.add_sybil(key, {dht::random_id(rng), {address, static_cast<Port>(1000 + i)}});
  const Bytes changed = behaviour.rewrite(Behaviour::fitting_sybil, key, dht::encode(reply()));
  const Result<dht::Message> message = dht::decode(changed, scratch);
  ASSERT_TRUE(message.ok());
  const auto& answer = std::get<dht::Reply>(message->body);
  EXPECT_TRUE(answer.values.empty());
  ASSERT_EQ(answer.nodes->size(), dht::kDhtDefaults.table.bucket_size);
  for (std::size_t i = 1; i < dht::kDhtDefaults.table.bucket_size; ++i) {
    EXPECT_TRUE(dht::closer((*answer.nodes)[i - 1].id, (*answer.nodes)[i].id, dht::id_of(key)));
  }
}

TEST_F(DhtBehaviourTest, ASybilDoesNotHearItsAddress) {
  const Bytes told = dht::encode(reply());
  EXPECT_FALSE(dht::decode(behaviour.overhear(Behaviour::sybil, told), scratch)->observed);
  EXPECT_EQ(behaviour.overhear(Behaviour::honest, told), told);
}

}  // namespace
}  // namespace stp::sim
