// Connections between peers of which each may know one hash of a hybrid share, or both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "peer_ends.h"
#include "wire/bt_handshake.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

enum Known : unsigned { kV2 = 1, kV1 = 2, kBoth = 3, kOtherV2 = 4 };

SwarmIdentity hybrid_identity(unsigned known) {
  InfoHash v2;
  v2.bytes[0] = std::byte{0x22};
  InfoHashV1 v1;
  v1.bytes[0] = std::byte{0x11};
  wire::Link link;
  if ((known & kV2) != 0) link.info_hashes.v2 = v2;
  if ((known & kV1) != 0) link.info_hashes.v1 = v1;
  if ((known & kOtherV2) != 0) link.info_hashes.v2 = InfoHash();
  SwarmIdentity identity;
  identity.accesses = link.accesses();
  identity.session.bytes[0] = std::byte{1};
  return identity;
}

struct HybridCase {
  const char* name;
  unsigned left;   // what the one that calls knows
  unsigned right;  // what the one that is called knows
  KeySet keys;     // under which the peer was found
  bool hidden;     // encryption is required on both sides
  bool v2;         // by which key they meet
  int calls;
};
class PeerConnectionHybrids : public PeerConnectionTest, public ::testing::WithParamInterface<HybridCase> {};

TEST_P(PeerConnectionHybrids, MeetByTheBestKeyThatBothKnow) {
  SwarmIdentity of_left = hybrid_identity(GetParam().left);
  SwarmIdentity of_right = hybrid_identity(GetParam().right);
  of_left.must_hide = of_right.must_hide = GetParam().hidden;
  End left(io_, of_left);
  End right(io_, of_right);
  for (int i = 0; i < GetParam().calls; ++i) accept_for(right);
  left.make(tcp::socket(io_), address())->start_connect(left.identity, GetParam().keys);
  ASSERT_TRUE(run_until([&] { return left.opened == 1 && right.opened == 1; }));
  EXPECT_EQ(right.closed.size(), static_cast<std::size_t>(GetParam().calls - 1));
  const auto met_by = [](const End& end, std::size_t connection) {
    for (std::size_t i = 0; i < end.identity.accesses.size(); ++i) {
      if (end.connections[connection]->met_by().contains(i)) return end.identity.accesses[i].v2;
    }
    return false;
  };
  EXPECT_EQ(met_by(left, 0), GetParam().v2);
  EXPECT_EQ(met_by(right, right.connections.size() - 1), GetParam().v2);
  for (const PeerConnection* const each : {left.connections[0].get(), right.connections.back().get()}) {
    EXPECT_EQ(each->wire().v2, GetParam().v2);
    EXPECT_EQ(each->wire().protocol == transfer::PeerWire::Protocol::bittorrent, GetParam().hidden);
  }
  left.connections[0]->send(wire::Unchoke{});
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] {
    return std::ranges::any_of(right.messages, [](const auto& m) { return std::holds_alternative<wire::Unchoke>(m); });
  }));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, PeerConnectionHybrids,
    ::testing::Values(HybridCase{"BothKnowBoth", kBoth, kBoth, {}, false, true, 1},
                      HybridCase{"ACallByV1IsUpgraded", kBoth, kBoth, KeySet::only(1), false, true, 1},
                      HybridCase{"ThatIsCalledKnowsOnlyV1", kBoth, kV1, {}, false, false, 2},
                      HybridCase{"FoundUnderV1AndKnowsOnlyThat", kBoth, kV1, KeySet::only(1), false, false, 1},
                      HybridCase{"ThatCallsKnowsOnlyV1", kV1, kBoth, {}, false, false, 1},
                      HybridCase{"ThatCallsKnowsOnlyV2", kV2, kBoth, {}, false, true, 1},
                      HybridCase{"NeitherKnowsMoreThanV1", kV1, kV1, {}, false, false, 1},
                      HybridCase{"TheLinkOfTheCallerHasAnotherV2", kV1 | kOtherV2, kBoth, {}, false, false, 3},
                      HybridCase{"HiddenBoth", kBoth, kBoth, {}, true, true, 1},
                      HybridCase{"HiddenAndUpgraded", kBoth, kBoth, KeySet::only(1), true, true, 1},
                      HybridCase{"HiddenAndKnowsOnlyV1", kBoth, kV1, {}, true, false, 2}),
    [](const auto& row) { return row.param.name; });

TEST_F(PeerConnectionTest, APeerThatWasFoundUnderOneKeyIsNotCalledByTheOther) {
  End left(io_, hybrid_identity(kBoth));
  End right(io_, hybrid_identity(kV1));
  for (int i = 0; i < 2; ++i) accept_for(right);
  left.make(tcp::socket(io_), address())->start_connect(left.identity, KeySet::only(0));
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1 && right.closed.size() == 2; }));
  EXPECT_EQ(left.opened, 0);
}

TEST_F(PeerConnectionTest, AShareWithoutV2DoesNotSayThatItHasIt) {
  End right(io_, hybrid_identity(kV1));
  accept_for(right);
  tcp::socket classic = plain();
  wire::BtHandshake greeting;
  greeting.key = right.identity.accesses.front().key;
  greeting.v2 = true;
  boost::asio::write(classic, boost::asio::buffer(wire::encode(greeting)));
  ASSERT_TRUE(run_until([&] { return right.opened == 1; }));
  std::array<std::byte, wire::kBtHandshakeBytes> answer{};
  boost::asio::read(classic, boost::asio::buffer(answer));
  const wire::BtHandshake theirs = wire::decode_bt_handshake(answer).value();
  EXPECT_FALSE(theirs.v2);
  EXPECT_EQ(theirs.key, greeting.key);
}

TEST_F(PeerConnectionTest, AnAnswerByALesserKeyThanWeCalledByIsRefused) {
  End left(io_, hybrid_identity(kBoth));
  tcp::socket classic(io_);
  acceptor_.async_accept(classic, [&](const error_code& error) {
    ASSERT_FALSE(error);
    wire::BtHandshake greeting;
    greeting.key = left.identity.accesses[1].key;
    boost::asio::write(classic, boost::asio::buffer(wire::encode(greeting)));
  });
  left.make(tcp::socket(io_), address())->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1; }));
  EXPECT_EQ(left.closed[0], "it is in another swarm");
}

}  // namespace
}  // namespace stp::net
