#include "net/udp_socket.h"

#include <gtest/gtest.h>

#include <vector>

#include "io_test.h"
#include "net/listen.h"

namespace stp::net {
namespace {

using Udp = IoTest;

struct Received {
  Endpoint from;
  Bytes datagram;
};

TEST_F(Udp, DatagramsArriveInOrderWithTheirSender) {
  Result<Listening> left = listen(io_, Endpoint{kLoopback, 0});
  Result<Listening> right = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(left.ok() && right.ok());
  std::vector<Received> received;
  UdpSocket sender(
      std::move(left->udp), [](const Endpoint&, ByteSpan) {}, [] {});
  UdpSocket receiver(
      std::move(right->udp),
      [&](const Endpoint& from, ByteSpan bytes) {
        received.push_back({from, to_bytes(bytes)});
      },
      [] {});
  receiver.start();
  constexpr std::size_t kCount = 100;  // more than one batch
  for (std::size_t i = 0; i < kCount; ++i) sender.send(right->endpoint, Bytes(i + 1, std::byte{7}));
  ASSERT_TRUE(run_until([&] { return received.size() == kCount; }));
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(received[i].from, left->endpoint);
    EXPECT_EQ(received[i].datagram.size(), i + 1);
  }
}

TEST_F(Udp, ADatagramThatIsTooLongIsDroppedNotCut) {
  Result<Listening> left = listen(io_, Endpoint{kLoopback, 0});
  Result<Listening> right = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(left.ok() && right.ok());
  std::vector<std::size_t> sizes;
  UdpSocket sender(
      std::move(left->udp), [](const Endpoint&, ByteSpan) {}, [] {});
  UdpSocket receiver(
      std::move(right->udp), [&](const Endpoint&, ByteSpan bytes) { sizes.push_back(bytes.size()); }, [] {});
  receiver.start();
  sender.send(right->endpoint, Bytes(UdpSocket::kDatagramBytesMax + 1));
  sender.send(right->endpoint, Bytes(UdpSocket::kDatagramBytesMax));
  ASSERT_TRUE(run_until([&] { return !sizes.empty(); }));
  EXPECT_EQ(sizes, std::vector<std::size_t>{UdpSocket::kDatagramBytesMax});
}

TEST_F(Udp, ADualStackSocketReachesIpv4AndSeesItAsIpv4) {
  Result<Listening> dual = listen(io_, Endpoint{IpAddress::v6({}), 0});
  Result<Listening> plain = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(dual.ok() && plain.ok());
  std::vector<Received> received;
  UdpSocket echo(
      std::move(plain->udp), [&](const Endpoint& from, ByteSpan bytes) { echo.send(from, bytes); }, [] {});
  UdpSocket asking(
      std::move(dual->udp),
      [&](const Endpoint& from, ByteSpan bytes) {
        received.push_back({from, to_bytes(bytes)});
      },
      [] {});
  echo.start();
  asking.start();
  asking.send(plain->endpoint, as_bytes("hello"));
  ASSERT_TRUE(run_until([&] { return !received.empty(); }));
  EXPECT_EQ(received[0].from, plain->endpoint);
  EXPECT_EQ(as_text(received[0].datagram), "hello");
}

TEST_F(Udp, ClosingInsideReceiveEndsIt) {
  Result<Listening> left = listen(io_, Endpoint{kLoopback, 0});
  Result<Listening> right = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(left.ok() && right.ok());
  int datagrams = 0;
  UdpSocket sender(
      std::move(left->udp), [](const Endpoint&, ByteSpan) {}, [] {});
  UdpSocket receiver(
      std::move(right->udp),
      [&](const Endpoint&, ByteSpan) {
        ++datagrams;
        receiver.close();
      },
      [] {});
  receiver.start();
  for (int i = 0; i < 5; ++i) sender.send(right->endpoint, as_bytes("x"));
  io_.run();  // returns: nothing is waited for any more
  EXPECT_EQ(datagrams, 1);
}

}  // namespace
}  // namespace stp::net
