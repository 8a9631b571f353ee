#include "net/peer_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "crypto/random.h"
#include "peer_ends.h"
#include "wire/bt_message.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

struct IdentityCase {
  const char* name;
  SwarmIdentity (*make)(std::uint8_t);
};
class PeerConnectionKinds : public PeerConnectionTest, public ::testing::WithParamInterface<IdentityCase> {};

TEST_P(PeerConnectionKinds, MessagesAndDataPassBothWays) {
  End left(io_, GetParam().make(1));
  End right(io_, GetParam().make(1));
  ASSERT_TRUE(open_pair(left, right));
  const Bytes payload(wire::kDataPayloadBytesMax, std::byte{0x5a});
  for (std::uint32_t i = 0; i < 40; ++i) send_data(*left.connections[0], i, payload);
  left.connections[0]->send(wire::Unchoke{});
  right.connections[0]->send(wire::Interested{});
  left.connections[0]->flush();
  right.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return right.messages.size() == 1 && left.messages.size() == 1; }));
  ASSERT_EQ(right.runs.size(), 40U);
  for (std::uint32_t i = 0; i < 40; ++i) EXPECT_EQ(right.runs[i].chunk.value, i);
  EXPECT_TRUE(right.payloads_right);
  EXPECT_EQ(right.messages[0], wire::Message(wire::Unchoke{}));
  EXPECT_EQ(left.messages[0], wire::Message(wire::Interested{}));
  const transfer::PeerWire channel = {transfer::PeerWire::Protocol::stp, true, true};
  EXPECT_EQ(left.connections[0]->wire(), channel);
  EXPECT_EQ(right.connections[0]->wire(), channel);
  EXPECT_EQ(left.connections[0]->pending_output_bytes(), 0U);
  EXPECT_EQ(left.connections[0]->written_total(), left.connections[0]->queued_total());
  EXPECT_GT(left.writes, 0);
}

TEST_P(PeerConnectionKinds, WhatIsQueuedArrivesBeforeTheEnd) {
  End left(io_, GetParam().make(1));
  End right(io_, GetParam().make(1));
  ASSERT_TRUE(open_pair(left, right));
  const Bytes payload(wire::kDataPayloadBytesMax, std::byte{0x5a});
  for (std::uint32_t i = 0; i < 40; ++i) send_data(*left.connections[0], i, payload);
  left.connections[0]->send(wire::Bye{wire::ByeReason::done, "bye"});
  // The other side is talking too, which would make TCP reset a connection that is closed at once.
  right.connections[0]->send(wire::KeepAlive{});
  right.connections[0]->flush();
  left.connections[0]->finish();
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  EXPECT_EQ(right.runs.size(), 40U);
  ASSERT_EQ(right.messages.size(), 1U);
  EXPECT_EQ(right.closed[0], "it closed the connection");
  EXPECT_TRUE(left.closed.empty()) << "who closes is not told of it";
}

TEST_P(PeerConnectionKinds, AnotherSwarmIsRefused) {
  End left(io_, GetParam().make(1));
  End right(io_, GetParam().make(2));
  connect(left, right);
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  const bool is_private = GetParam().make(1).is_private;
  if (!is_private) accept_for(right);  // called again, for clients that insist on encryption
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1 && right.closed.size() == (is_private ? 1U : 2U); }));
  EXPECT_EQ(left.opened + right.opened, 0);
  // A private swarm shows nobody what it is; in public the caller is told by the silence that its key is unknown.
  EXPECT_THAT(left.closed[0],
              ::testing::HasSubstr(is_private ? "does not know this private share: it shares something else there"
                                              : "without an answer: it shares something else there"));
  EXPECT_THAT(left.closed[0], ::testing::Not(::testing::HasSubstr("mistyped")));
}

TEST_P(PeerConnectionKinds, WithoutRoomNothingIsReadAndLaterAllOfIt) {
  End left(io_, GetParam().make(1));
  End right(io_, GetParam().make(1));
  ASSERT_TRUE(open_pair(left, right));
  right.room = false;
  const Bytes payload(wire::kDataPayloadBytesMax, std::byte{0x5a});
  for (std::uint32_t i = 0; i < 100; ++i) send_data(*left.connections[0], i, payload);  // more than the kernel takes
  left.connections[0]->flush();
  right.connections[0]->send(wire::KeepAlive{});
  right.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return left.messages.size() == 1; }));
  EXPECT_EQ(right.runs.size(), 0U);
  EXPECT_GT(left.connections[0]->pending_output_bytes(), 0U);
  right.room = true;
  right.connections[0]->resume_reading();
  ASSERT_TRUE(run_until([&] { return right.runs.size() == 100; }));
}

TEST_P(PeerConnectionKinds, BytesOfAFrameThatIsNotWholeAreTold) {
  End left(io_, GetParam().make(1), 0, 50'000);
  End right(io_, GetParam().make(1));
  ASSERT_TRUE(open_pair(left, right));
  const Bytes payload(wire::kDataPayloadBytesMax, std::byte{0x5a});  // five seconds' worth
  send_data(*left.connections[0], 0, payload);
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return right.progressed > 0; }));
  EXPECT_EQ(right.runs.size(), 0U);
}

TEST_P(PeerConnectionKinds, GarbageInsteadOfAHandshakeIsRefused) {
  End right(io_, GetParam().make(1));
  accept_for(right);
  tcp::socket stranger = plain();
  boost::asio::write(stranger, boost::asio::buffer(std::string(200, 'x')));
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  EXPECT_EQ(right.opened, 0);
}

TEST_P(PeerConnectionKinds, SilenceEndsAtTheDeadline) {
  End right(io_, GetParam().make(1));
  accept_for(right, std::chrono::milliseconds(1));
  tcp::socket stranger = plain();
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  EXPECT_EQ(right.closed[0], "it does not finish the handshake");
}

TEST_P(PeerConnectionKinds, ATrickleOfBytesDoesNotMoveTheDeadline) {
  End right(io_, GetParam().make(1));
  accept_for(right, std::chrono::milliseconds(50));
  tcp::socket stranger = plain();
  const std::string greeting =
      "\x13"
      "BitTorrent protocol";
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    error_code ignored;
    if (sent < greeting.size()) boost::asio::write(stranger, boost::asio::buffer(&greeting[sent++], 1), ignored);
    return right.closed.size() == 1;
  }));
  EXPECT_EQ(right.opened, 0);
}

TEST_P(PeerConnectionKinds, AFlippedBitEndsTheConnection) {
  End left(io_, GetParam().make(1));
  End right(io_, GetParam().make(1));
  // A relay in the middle that damages what comes after the handshakes.
  tcp::acceptor middle(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  accept_for(right);
  left.make(tcp::socket(io_), from_asio(middle.local_endpoint()))->start_connect(left.identity);
  tcp::socket near(io_);
  tcp::socket far = plain();
  std::array<char, 65536> there{};
  std::array<char, 65536> back{};
  bool damage = false;
  std::function<void()> pass_there = [&] {
    near.async_read_some(boost::asio::buffer(there), [&](const error_code& error, std::size_t n) {
      if (error) return;
      if (damage) there[n - 1] = static_cast<char>(there[n - 1] ^ 1);
      error_code ignored;
      boost::asio::write(far, boost::asio::buffer(there, n), ignored);
      pass_there();
    });
  };
  std::function<void()> pass_back = [&] {
    far.async_read_some(boost::asio::buffer(back), [&](const error_code& error, std::size_t n) {
      if (error) return;
      error_code ignored;
      boost::asio::write(near, boost::asio::buffer(back, n), ignored);
      pass_back();
    });
  };
  middle.async_accept(near, [&](const error_code& error) {
    ASSERT_FALSE(error);
    pass_there();
    pass_back();
  });
  ASSERT_TRUE(run_until([&] { return left.opened == 1 && right.opened == 1; }));
  damage = true;
  left.connections[0]->send(wire::KeepAlive{});
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  EXPECT_TRUE(right.messages.empty());
  near.close();
  far.close();
  io_.poll();
}

TEST_P(PeerConnectionKinds, RateLimitsLetEverythingThrough) {
  End left(io_, GetParam().make(1), 0, 20'000'000);
  End right(io_, GetParam().make(1), 15'000'000, 0);
  ASSERT_TRUE(open_pair(left, right));
  const Bytes payload(wire::kDataPayloadBytesMax, std::byte{0x5a});
  for (std::uint32_t i = 0; i < 12; ++i) send_data(*left.connections[0], i, payload);
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return right.runs.size() == 12; }));
  EXPECT_TRUE(right.payloads_right);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PeerConnectionKinds,
                         ::testing::Values(IdentityCase{"Public", public_identity},
                                           IdentityCase{"Private", private_identity}),
                         [](const auto& row) { return row.param.name; });

/// The handshake of a client that is not stp, and its first message.
Bytes classic_opening() {
  wire::BtHandshake greeting;
  greeting.key = public_identity(1).accesses.front().key;
  greeting.peer_id.bytes.fill(std::byte{'c'});
  Bytes bytes = to_bytes(wire::encode(greeting));
  wire::append_bt(bytes, wire::BtMessageId::unchoke);
  return bytes;
}

TEST_F(PeerConnectionTest, WithAClassicClientThatCallsItGoesOnAsBitTorrent) {
  End right(io_, public_identity(1));
  accept_for(right);
  tcp::socket classic = plain();
  boost::asio::write(classic, boost::asio::buffer(classic_opening()));
  ASSERT_TRUE(run_until([&] { return right.messages.size() == 3; }));
  EXPECT_EQ(std::get<wire::Hello>(right.messages[0]).agent, "cccccccc");
  EXPECT_EQ(right.connections[0]->wire(), (transfer::PeerWire{transfer::PeerWire::Protocol::bittorrent, true, false}));
  EXPECT_TRUE(std::holds_alternative<wire::Unchoke>(right.messages[2]));
  std::array<std::byte, wire::kBtHandshakeBytes> answer{};
  boost::asio::read(classic, boost::asio::buffer(answer));
  EXPECT_EQ(wire::decode_bt_handshake(answer)->key, public_identity(1).accesses.front().key);
  right.connections[0]->send(wire::Interested{true});
  right.connections[0]->flush();
  std::array<std::byte, 5> interested{};
  boost::asio::read(classic, boost::asio::buffer(interested));
  EXPECT_EQ(to_hex(interested), "0000000102");
}

TEST_F(PeerConnectionTest, WithAClassicClientThatIsCalledItGoesOnAsBitTorrent) {
  End left(io_, public_identity(1));
  tcp::socket classic(io_);
  acceptor_.async_accept(classic, [&](const error_code& error) {
    ASSERT_FALSE(error);
    boost::asio::write(classic, boost::asio::buffer(classic_opening()));
  });
  left.make(tcp::socket(io_), address())->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.messages.size() == 3; }));
  EXPECT_TRUE(std::holds_alternative<wire::Unchoke>(left.messages[2]));
  classic.close();
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1; }));
}

TEST_F(PeerConnectionTest, AClientThatInsistsOnEncryptionIsCalledAgain) {
  SwarmIdentity insists = public_identity(1);
  insists.must_hide = true;
  End left(io_, public_identity(1));
  End right(io_, insists);
  const auto classic = std::make_shared<tcp::socket>(io_);
  acceptor_.async_accept(*classic, [&, classic](const error_code& error) {
    ASSERT_FALSE(error);
    accept_for(right);
    classic->close();  // a handshake in the clear is no answer worth to it
  });
  left.make(tcp::socket(io_), address())->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.opened == 1 && right.opened == 1; }));
  const transfer::PeerWire hidden = {transfer::PeerWire::Protocol::bittorrent, true, true};
  EXPECT_EQ(left.connections[0]->wire(), hidden);
  EXPECT_EQ(right.connections[0]->wire(), hidden);
  left.connections[0]->send(wire::Hello{});
  left.connections[0]->flush();
  Bytes payload(3 * kBlockBytes, std::byte{7});
  send_data(*left.connections[0], 0, payload);
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return !right.runs.empty(); }));
}

TEST_F(PeerConnectionTest, WhoInsistsOnEncryptionRefusesACallInTheClearAndIsCalledAgain) {
  SwarmIdentity insists = public_identity(1);
  insists.must_hide = true;
  End left(io_, public_identity(1));
  End right(io_, insists);
  for (int i = 0; i < 2; ++i) accept_for(right);
  left.make(tcp::socket(io_), address())->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.opened == 1 && right.opened == 1; }));
  ASSERT_EQ(right.closed.size(), 1U);
  EXPECT_THAT(right.closed[0], ::testing::HasSubstr("in the clear"));
  EXPECT_TRUE(left.closed.empty()) << "the second call is of the same connection";
  send_data(*left.connections[0], 0, Bytes(kBlockBytes, std::byte{0x5a}));
  left.connections[0]->flush();
  ASSERT_TRUE(run_until([&] { return right.payload_bytes == kBlockBytes; }));
  EXPECT_TRUE(right.payloads_right);
}

TEST_F(PeerConnectionTest, APeerWithAnotherHashUnderTheSameKeyIsToldApart) {
  SwarmIdentity other = public_identity(1);
  other.accesses.front().psk = public_identity(2).accesses.front().psk;
  End left(io_, public_identity(1));
  End right(io_, other);
  connect(left, right);
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1 && right.closed.size() == 1; }));
  EXPECT_THAT(left.closed[0], ::testing::HasSubstr("hash begins with the same bytes: the link may be mistyped"));
}

TEST_F(PeerConnectionTest, APeerThatHangsUpInItsHandshakeIsNotTakenForAMistypedLink) {
  End left(io_, public_identity(1));
  wire::BtHandshake greeting;
  greeting.key = public_identity(1).accesses.front().key;
  const auto answer = wire::encode(greeting);
  tcp::socket classic(io_);
  acceptor_.async_accept(classic, [&](const error_code& error) {
    ASSERT_FALSE(error);
    boost::asio::write(classic, boost::asio::buffer(answer.data(), 30));
    classic.close();
  });
  left.make(tcp::socket(io_), address())->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1; }));
  EXPECT_EQ(left.closed[0], "it closed the connection in the middle of its handshake");
}

TEST_F(PeerConnectionTest, ACallOfAnotherPublicSwarmIsNotAnswered) {
  End right(io_, public_identity(1));
  accept_for(right);
  tcp::socket stranger = plain();
  wire::BtHandshake greeting;
  greeting.key = public_identity(2).accesses.front().key;
  greeting.stp = true;
  boost::asio::write(stranger, boost::asio::buffer(wire::encode(greeting)));
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  char byte = 0;
  error_code error;
  boost::asio::read(stranger, boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error) << "something was said to a stranger";
}

TEST_F(PeerConnectionTest, APublicCallToAPrivateShareSaysSo) {
  End left(io_, public_identity(1));
  End right(io_, private_identity(1));
  connect(left, right);
  ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
  EXPECT_EQ(right.closed[0], "it speaks BitTorrent, but what is shared here is private");
  accept_for(right);  // it calls again, as one that insists on encryption would also hang up
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1 && right.closed.size() == 2; }));
  EXPECT_THAT(left.closed[0], ::testing::HasSubstr("shares privately"));
}

TEST_F(PeerConnectionTest, ARefusedConnectionSaysSo) {
  End left(io_, public_identity(1));
  const Endpoint nobody = address();
  acceptor_.close();
  left.make(tcp::socket(io_), nobody)->start_connect(left.identity);
  ASSERT_TRUE(run_until([&] { return left.closed.size() == 1; }));
  EXPECT_EQ(left.closed[0], "connection refused");
}

TEST_F(PeerConnectionTest, ClosingAtAnyStageTellsNobodyAndEndsAllWork) {
  for (int stage = 0; stage < 3; ++stage) {
    End left(io_, public_identity(1));
    End right(io_, public_identity(1));
    connect(left, right);
    ASSERT_TRUE(run_until([&] {
      return stage == 0 || (stage == 1 && !right.connections.empty()) || (left.opened == 1 && right.opened == 1);
    }));
    left.connections[0]->close();
    if (stage == 0) {
      // The kernel may have set the connection up already or not; either way nobody is left waiting.
      acceptor_.cancel();
      acceptor_.close();
      acceptor_ = tcp::acceptor(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
      continue;
    }
    ASSERT_TRUE(run_until([&] { return right.closed.size() == 1; }));
    EXPECT_TRUE(left.closed.empty());
    EXPECT_EQ(left.connections[0].use_count(), 1) << "an operation holds on to it";
  }
}

}  // namespace
}  // namespace stp::net
