#include "net/loopback_owner.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/address.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;

// proc(5) has words in the machine's order: these lines are of one with the least significant byte first.
constexpr std::string_view kList =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0\n"
    "   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1\n"
    "   2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0\n"
    "   3: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 "
    "00:00000000 00000000  1001        0 3 1 0 20 4 30 10 -1\n"
    "   4: 00000000000000000000000001000000:C353 00000000000000000000000001000000:1F90 01 00000000:00000000 "
    "00:00000000 00000000  1002        0 4 1 0 20 4 30 10 -1\n"
    "   5: 0100007F:C354 0100007F:1F90 01 short\n";

std::optional<uid_t> owner(const char* from, const char* to) {
  return owner_in_list(kList, *Endpoint::parse(from), *Endpoint::parse(to));
}

TEST(LoopbackOwner, IsReadFromTheKernelsList) {
  if (htonl(1) == 1) GTEST_SKIP() << "the list is of a machine with the other byte order";
  EXPECT_EQ(owner("127.0.0.1:50000", "127.0.0.1:8080"), uid_t{1000});
  EXPECT_EQ(owner("127.0.0.1:50002", "127.0.0.1:8080"), uid_t{1001}) << "an IPv4 address at an IPv6 socket";
  EXPECT_EQ(owner("[::1]:50003", "[::1]:8080"), uid_t{1002});
}

TEST(LoopbackOwner, IsNobodyUnlessTheConnectionIsOpen) {
  EXPECT_EQ(owner("127.0.0.1:50001", "127.0.0.1:8080"), std::nullopt) << "closing: the list says root";
  EXPECT_EQ(owner("127.0.0.1:8080", "127.0.0.1:50000"), std::nullopt) << "our own end";
  EXPECT_EQ(owner("127.0.0.1:50004", "127.0.0.1:8080"), std::nullopt) << "a line that is cut";
  EXPECT_EQ(owner("127.0.0.1:50000", "127.0.0.1:8081"), std::nullopt);
  EXPECT_EQ(owner_in_list("", *Endpoint::parse("127.0.0.1:1"), *Endpoint::parse("127.0.0.1:2")), std::nullopt);
}

TEST(LoopbackOwner, OfARealConnectionIsThisUser) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  const tcp::socket served = acceptor.accept();
  EXPECT_EQ(loopback_owner(from_asio(served.remote_endpoint()), from_asio(served.local_endpoint())), ::geteuid());
}

}  // namespace
}  // namespace stp::net
