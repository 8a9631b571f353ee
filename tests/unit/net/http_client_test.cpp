#include "net/http_client.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "io_test.h"

namespace stp::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kBodyBytesMax = 100'000;

// Takes one connection, reads a request's head and writes `reply` to it, then closes.
class OneShotServer {
 public:
  OneShotServer(boost::asio::io_context& io, std::string reply)
      : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        socket_(io),
        reply_(std::move(reply)) {
    acceptor_.async_accept(socket_, [this](const error_code& error) {
      if (error) return;
      boost::asio::async_read_until(socket_, boost::asio::dynamic_buffer(head_), "\r\n\r\n",
                                    [this](const error_code& failed, std::size_t) {
                                      if (!failed && !reply_.empty()) write();
                                    });
    });
  }
  [[nodiscard]] Port port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] const std::string& head() const { return head_; }
  void refuse() { acceptor_.close(); }

 private:
  void write() {
    boost::asio::async_write(socket_, boost::asio::buffer(reply_), [this](const error_code&, std::size_t) {
      error_code ignored;
      socket_.shutdown(tcp::socket::shutdown_both, ignored);
    });
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  std::string head_;
  std::string reply_;
};

class HttpClientTest : public IoTest {
 protected:
  Result<HttpReply> get(Port port, Duration timeout = std::chrono::seconds(20)) {
    std::optional<Result<HttpReply>> answer;
    client_.get(
        {{"127.0.0.1", port}, "tracker.example:7", "/announce?info_hash=%00", "stp/test", timeout, kBodyBytesMax},
        [&](Result<HttpReply> result) { answer.emplace(std::move(result)); });
    if (!run_until([&] { return answer.has_value(); })) return Error{ErrorKind::other, "no answer"};
    return *std::move(answer);
  }

  Resolver resolver_{io_};
  HttpClient client_{io_, resolver_};
};

TEST_F(HttpClientTest, GivesStatusAndBody) {
  OneShotServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const Result<HttpReply> reply = get(server.port());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(reply->body, "hello");
  EXPECT_EQ(server.head().rfind("GET /announce?info_hash=%00 HTTP/1.1\r\n", 0), 0U);
  EXPECT_NE(server.head().find("\r\nHost: tracker.example:7\r\n"), std::string::npos);
  EXPECT_NE(server.head().find("User-Agent: stp/test"), std::string::npos);
}

TEST_F(HttpClientTest, ABodyWithoutLengthEndsWithTheConnection) {
  OneShotServer server(io_, "HTTP/1.0 404 Not Found\r\n\r\nnothing here");
  const Result<HttpReply> reply = get(server.port());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 404U);
  EXPECT_EQ(reply->body, "nothing here");
}

TEST_F(HttpClientTest, ABodyBeyondTheLimitIsRefusedByItsAnnouncedLength) {
  OneShotServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
  const Result<HttpReply> reply = get(server.port());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::limit);
}

TEST_F(HttpClientTest, AnEndlessBodyIsRefusedWhenItPassesTheLimit) {
  OneShotServer server(io_, "HTTP/1.0 200 OK\r\n\r\n" + std::string(kBodyBytesMax + 1, 'x'));
  const Result<HttpReply> reply = get(server.port());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::limit);
}

TEST_F(HttpClientTest, WhatIsNotHttpIsMalformed) {
  OneShotServer server(io_, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  const Result<HttpReply> reply = get(server.port());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::malformed);
}

TEST_F(HttpClientTest, SilenceEndsAtTheTimeout) {
  OneShotServer server(io_, "");
  const Result<HttpReply> reply = get(server.port(), std::chrono::milliseconds(1));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::io);
  EXPECT_NE(reply.error().message.find("does not answer"), std::string::npos);
}

TEST_F(HttpClientTest, ARefusedConnectionSaysSoAndLeavesTheServersNameToTheCaller) {
  OneShotServer server(io_, "");
  const Port port = server.port();
  server.refuse();
  const Result<HttpReply> reply = get(port);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::io);
  EXPECT_EQ(reply.error().message, "Connection refused");
}

}  // namespace
}  // namespace stp::net
