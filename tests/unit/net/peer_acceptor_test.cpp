#include "net/peer_acceptor.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

#include "io_test.h"
#include "net/listen.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using Acceptor = IoTest;

TEST_F(Acceptor, ConnectionsComeWithTheirSender) {
  Result<Listening> bound = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(bound.ok());
  std::vector<Endpoint> from;
  PeerAcceptor acceptor(std::move(bound->acceptor),
                        [&](tcp::socket, const Endpoint& endpoint) { from.push_back(endpoint); });
  acceptor.start();
  tcp::socket client(io_);
  client.connect({boost::asio::ip::address_v4::loopback(), bound->endpoint.port});
  ASSERT_TRUE(run_until([&] { return from.size() == 1; }));
  EXPECT_EQ(from[0].address, kLoopback);
  EXPECT_EQ(from[0].port, client.local_endpoint().port());
  acceptor.close();
  io_.restart();
  io_.run();  // returns: nothing is waited for any more
}

// UBSan opens a pipe to look at an object's type, and takes the failure for a wrong type: this test can't run under it.
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define STP_UBSAN 1
#endif
#endif

TEST_F(Acceptor, WithoutFileDescriptorsItWaitsInsteadOfSpinning) {
#ifdef STP_UBSAN
  GTEST_SKIP() << "the sanitizer needs file descriptors of its own";
#endif
  Result<Listening> bound = listen(io_, Endpoint{kLoopback, 0});
  ASSERT_TRUE(bound.ok());
  int accepted = 0;
  PeerAcceptor acceptor(std::move(bound->acceptor), [&](tcp::socket, const Endpoint&) { ++accepted; });
  acceptor.start();
  tcp::socket client(io_);
  client.open(tcp::v4());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  client.connect({boost::asio::ip::address_v4::loopback(), bound->endpoint.port});
  // The failed accept, then nothing to do but to wait for the pause to end.
  std::size_t handlers = 0;
  for (int i = 0; i < 100; ++i) handlers += io_.poll();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_LE(handlers, 2U);
  EXPECT_EQ(accepted, 0);
  EXPECT_TRUE(run_until([&] { return accepted == 1; }));
  acceptor.close();
}

}  // namespace
}  // namespace stp::net
