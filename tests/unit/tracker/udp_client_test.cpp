// The client in virtual time against a tracker that this test plays.
#include "tracker/udp_client.h"

#include <gtest/gtest.h>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Endpoint kServer = *Endpoint::parse("192.0.2.1:6969");
const Endpoint kServer6 = *Endpoint::parse("[2001:db8::1]:6969");

class UdpClientTest : public ::testing::Test {
 protected:
  struct Sent {
    Instant when;
    Endpoint to;
    Bytes payload;
    [[nodiscard]] std::uint32_t action() const { return load_be<std::uint32_t>(payload.data() + 8); }
    [[nodiscard]] std::uint32_t transaction() const { return load_be<std::uint32_t>(payload.data() + 12); }
    [[nodiscard]] std::uint64_t connection() const { return load_be<std::uint64_t>(payload.data()); }
  };

  void start(std::uint64_t id, const Endpoint& server = kServer, Duration patience = hours(10)) {
    client.start(id, server, {}, "", now + patience, now);
    drain();
  }
  void drain() {
    client.check_invariants();
    while (const std::optional<UdpClient::Datagram> datagram = client.poll_transmit()) {
      sent.push_back({now, datagram->to, datagram->payload});
    }
  }
  void run(Duration duration) {
    const Instant end = now + duration;
    while (const std::optional<Instant> due = client.next_timeout()) {
      if (*due > end) break;
      ASSERT_GT(*due, now);
      now = *due;
      client.handle_timeout(now);
      drain();
    }
    now = end;
  }
  static Bytes words(std::initializer_list<std::uint32_t> values) {
    Bytes out;
    for (const std::uint32_t value : values) {
      std::array<std::byte, 4> raw{};
      store_be(raw.data(), value);
      append(out, raw);
    }
    return out;
  }
  void receive(const Bytes& datagram, const Endpoint& from = kServer) {
    client.handle_datagram(from, datagram, now);
    drain();
  }
  /// The connection id is 1 << 32 | `id`.
  void connect(std::uint32_t id = 7) { receive(words({0, sent.back().transaction(), 1, id}), sent.back().to); }
  void announced(const Sent& request) { receive(words({1, request.transaction(), 1800, 1, 2}), request.to); }

  Rng rng{5};
  UdpClient client{{}, rng};
  Instant now = test::at(seconds(0));
  std::vector<Sent> sent;
};

TEST_F(UdpClientTest, ConnectsAndAnnounces) {
  start(1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].payload.size(), kUdpConnectBytes);
  EXPECT_EQ(sent[0].to, kServer);
  connect();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].payload.size(), kUdpAnnounceBytes);
  EXPECT_EQ(sent[1].connection(), 0x100000007U);
  EXPECT_NE(sent[1].transaction(), sent[0].transaction());
  announced(sent[1]);
  const std::optional<UdpClient::Outcome> outcome = client.poll_outcome();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->id, 1U);
  EXPECT_EQ(outcome->reply->interval, seconds(1800));
  EXPECT_FALSE(client.poll_outcome().has_value());
  EXPECT_FALSE(client.next_timeout().has_value());
}

TEST_F(UdpClientTest, SilenceIsAskedAgainAfterFifteenTimesTwoToTheN) {
  start(1);
  run(hours(3));
  std::vector<std::int64_t> pauses;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    pauses.push_back(std::chrono::duration_cast<seconds>(sent[i].when - sent[i - 1].when).count());
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{15, 30, 60, 120, 240, 480, 960, 1920}));
  const std::optional<UdpClient::Outcome> outcome = client.poll_outcome();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->reply.error().message, "does not answer");
  EXPECT_EQ(udp_patience(), seconds(7665));
}

TEST_F(UdpClientTest, AReplyToTheFirstOfTwoRequestsCounts) {
  start(1);
  run(seconds(15));
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].transaction(), sent[1].transaction());
  connect();
  EXPECT_EQ(sent.back().action(), 1U);
}

TEST_F(UdpClientTest, AConnectionIsUsedForAMinuteAndByAllExchangesWithItsServer) {
  start(1);
  connect();
  announced(sent.back());
  run(seconds(59));
  start(2);
  EXPECT_EQ(sent.back().action(), 1U);
  announced(sent.back());
  start(3, kServer6);
  EXPECT_EQ(sent.back().action(), 0U) << "another address is another server";
  run(seconds(1));
  start(4);
  EXPECT_EQ(sent.back().action(), 0U);
}

TEST_F(UdpClientTest, AConnectionThatGrewTooOldIsRenewedWithinAnExchange) {
  start(1);
  connect(7);
  run(seconds(15 + 30 + 60));
  EXPECT_EQ(sent[2].action(), 1U);
  EXPECT_EQ(sent[3].action(), 1U);
  EXPECT_EQ(sent[4].action(), 0U) << "105 s after it came";
  connect(8);
  EXPECT_EQ(sent.back().connection(), 0x100000008U);
}

TEST_F(UdpClientTest, AnErrorEndsTheExchangeAndTheConnection) {
  start(1);
  connect();
  Bytes error = words({3, sent.back().transaction()});
  append(error, as_bytes("connection id mismatch"));
  receive(error);
  EXPECT_EQ(client.poll_outcome()->reply->failure, "connection id mismatch");
  start(2);
  EXPECT_EQ(sent.back().action(), 0U);
}

TEST_F(UdpClientTest, WhatNobodyAskedForIsIgnored) {
  start(1);
  const Bytes connected = words({0, sent.back().transaction(), 1, 7});
  receive(connected, *Endpoint::parse("192.0.2.1:6970"));
  receive(connected, *Endpoint::parse("192.0.2.2:6969"));
  receive(words({0, sent.back().transaction() + 1, 1, 7}));
  receive(words({1, sent.back().transaction(), 1800, 1, 2}));
  EXPECT_EQ(sent.size(), 1U);
  EXPECT_FALSE(client.poll_outcome().has_value());
  connect();
  receive(connected);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(UdpClientTest, TheDeadlineEndsAnExchange) {
  start(1, kServer, seconds(5));
  run(seconds(5));
  EXPECT_FALSE(client.poll_outcome()->reply.ok());
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(UdpClientTest, ACancelledExchangeHasNoOutcome) {
  start(1);
  client.cancel(1);
  connect();
  EXPECT_FALSE(client.poll_outcome().has_value());
  EXPECT_FALSE(client.next_timeout().has_value());
}

TEST_F(UdpClientTest, AServerWithoutAWayToItFailsItsExchangesAlone) {
  start(1);
  start(2, kServer6);
  client.handle_unreachable(kServer6, {ErrorKind::unsupported, "network is unreachable"});
  const std::optional<UdpClient::Outcome> outcome = client.poll_outcome();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->id, 2U);
  EXPECT_EQ(outcome->reply.error().kind, ErrorKind::unsupported);
  EXPECT_FALSE(client.poll_outcome().has_value());
}

TEST_F(UdpClientTest, HoldsABoundedNumberOfExchanges) {
  for (std::uint64_t id = 0; id <= UdpClient::kExchangesMax; ++id)
    client.start(id, kServer, {}, "", now + hours(1), now);
  client.check_invariants();
  EXPECT_EQ(client.poll_outcome()->reply.error().kind, ErrorKind::limit);
}

TEST_F(UdpClientTest, SurvivesAnyDatagram) {
  Rng script(9);
  for (int step = 0; step < 20'000; ++step) {
    if (step % 7 == 0) start(static_cast<std::uint64_t>(step), kServer, seconds(100));
    Bytes datagram(script.below(40));
    script.fill(datagram);
    if (datagram.size() >= 8) {
      store_be(datagram.data(), static_cast<std::uint32_t>(script.below(4)));
      store_be(datagram.data() + 4, sent.back().transaction());
    }
    receive(datagram);
    run(seconds(script.below(20)));
    while (client.poll_outcome()) {
    }
  }
  run(seconds(100));
  EXPECT_FALSE(client.next_timeout().has_value());
}

}  // namespace
}  // namespace stp::tracker
