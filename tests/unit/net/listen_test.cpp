#include "net/listen.h"

#include <gtest/gtest.h>

#include "io_test.h"
#include "net/address.h"

namespace stp::net {
namespace {

using Listen = IoTest;

TEST_F(Listen, PortZeroPicksOnePortForTcpAndUdp) {
  const Result<Listening> bound = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(bound.ok());
  EXPECT_NE(bound->endpoint.port, 0);
  EXPECT_EQ(bound->acceptor.local_endpoint().port(), bound->endpoint.port);
  EXPECT_EQ(bound->udp.local_endpoint().port(), bound->endpoint.port);
}

TEST_F(Listen, AGivenPortThatIsTakenIsAnError) {
  const Result<Listening> first = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(first.ok());
  const Result<Listening> second = listen(io_, first->endpoint);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_NE(second.error().message.find(first->endpoint.to_string()), std::string::npos);
}

TEST_F(Listen, AGivenPortTakenForUdpAloneIsAnErrorToo) {
  boost::asio::ip::udp::socket udp(io_, boost::asio::ip::udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const Result<Listening> bound = listen(io_, Endpoint{kLoopback, udp.local_endpoint().port()});
  ASSERT_FALSE(bound.ok());
  EXPECT_EQ(bound.error().kind, ErrorKind::exists);
}

TEST_F(Listen, WithoutAWishTheNextFreePortIsTaken) {
  const Result<Listening> first = listen(io_, std::nullopt);
  const Result<Listening> second = listen(io_, std::nullopt);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(second.ok());
  EXPECT_GT(second->endpoint.port, first->endpoint.port);
  EXPECT_LT(second->endpoint.port, kDefaultPort + kPortsTried);
}

TEST_F(Listen, UnspecifiedIpv6TakesIpv4ConnectionsToo) {
  Result<Listening> bound = listen(io_, Endpoint{IpAddress::v6({}), 0});
  ASSERT_TRUE(bound.ok());
  if (bound->endpoint.address.is_v4()) GTEST_SKIP() << "no IPv6 on this machine";
  boost::asio::ip::tcp::socket client(io_);
  client.connect({boost::asio::ip::address_v4::loopback(), bound->endpoint.port});
  boost::asio::ip::tcp::endpoint from;
  const boost::asio::ip::tcp::socket accepted = bound->acceptor.accept(from);
  EXPECT_EQ(from_asio(from).address, kLoopback);
}

TEST_F(Listen, AnAddressThatIsNotOursIsAnError) {
  const Result<Listening> bound = listen(io_, Endpoint{*IpAddress::parse("192.0.2.1"), 0});
  ASSERT_FALSE(bound.ok());
  EXPECT_EQ(bound.error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace stp::net
