// The HTTP server on real loopback sockets, with ports that the kernel chooses. Everything is one thread: a test runs
// the io_context until the bytes it waits for have arrived, with a deadline.
#include "net/http_server.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "unit/tracker/dictionaries.h"
#include "unit/tracker/peers.h"

namespace stp::net {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using tracker::AnnounceEvent;
using tracker::AnnounceReply;
using tracker::Registry;
using tracker::test::endpoints;
using tracker::test::peer4;

constexpr auto kDeadline = seconds(20);

/// A client connection driven by the same io_context as the server.
class TestClient {
 public:
  TestClient(asio::io_context& io, const Endpoint& server) : io_(io), socket_(io) {
    socket_.connect(tcp::endpoint(asio::ip::make_address(server.address.to_string()), server.port), error_);
    EXPECT_FALSE(error_) << error_.message();
    read();
  }

  void send(std::string_view text) { asio::write(socket_, asio::buffer(text.data(), text.size()), error_); }
  void shut_down() { socket_.shutdown(tcp::socket::shutdown_send, error_); }

  /// Runs the server until `text` has come `times`, or everything has, or the deadline has passed.
  bool receives(std::string_view text, std::size_t times = 1) {
    return run_until([&] { return count(text) >= times; });
  }
  bool is_closed() {
    return run_until([&] { return closed_; });
  }
  [[nodiscard]] std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (std::size_t at = received_.find(text); at != std::string::npos; at = received_.find(text, at + 1)) ++n;
    return n;
  }
  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] Port local_port() const { return socket_.local_endpoint().port(); }

  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition() && std::chrono::steady_clock::now() < deadline) io_.run_one_for(milliseconds(100));
    return condition();
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [this](const error_code& error, std::size_t size) {
      received_.append(buffer_.data(), size);
      error ? static_cast<void>(closed_ = true) : read();
    });
  }

  asio::io_context& io_;
  tcp::socket socket_;
  error_code error_;
  std::array<char, 4096> buffer_{};
  std::string received_;
  bool closed_ = false;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { open({}); }
  void TearDown() override {
    server.reset();
    io.restart();
    io.run_for(kDeadline);  // the clients see the end of their connections
    EXPECT_TRUE(io.stopped()) << "work is left after the server has gone";
  }

  void open(HttpServerOptions options, std::string_view listen = "127.0.0.1:0") {
    server.reset();
    options.listen = *Endpoint::parse(listen);
    const auto clock = [] { return Instant(std::chrono::steady_clock::now().time_since_epoch()); };
    Result<std::unique_ptr<HttpServer>> opened = HttpServer::open(io, registry, clock, options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    server = std::move(*opened);
  }
  TestClient& connect() {
    clients.push_back(std::make_unique<TestClient>(io, server->local_endpoint()));
    return *clients.back();
  }

  asio::io_context io{1};
  Rng rng{31};
  Registry registry{{}, rng};
  std::unique_ptr<HttpServer> server;
  std::vector<std::unique_ptr<TestClient>> clients;
};

constexpr std::string_view kAnnounce =
    "GET /announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=6881&left=1&compact=0 HTTP/1.1\r\n"
    "Host: tracker\r\n\r\n";

TEST_F(HttpServerTest, TakesAFreePort) {
  EXPECT_NE(server->local_endpoint().port, 0);
  EXPECT_EQ(server->local_endpoint().address, *IpAddress::parse("127.0.0.1"));
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  HttpServerOptions options;
  options.listen = server->local_endpoint();
  const Result<std::unique_ptr<HttpServer>> second = HttpServer::open(
      io, registry, [] { return Instant{}; }, options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message.rfind("can't listen on " + options.listen.to_string() + ": ", 0), 0U)
      << second.error().message;
}

TEST_F(HttpServerTest, RecordsTheSourceAddress) {
  TestClient& client = connect();
  client.send(kAnnounce);
  ASSERT_TRUE(client.receives("8:completei0e")) << client.received();
  EXPECT_TRUE(client.received().starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "));
  const Result<AnnounceReply> reply =
      registry.announce({*SwarmKey::from(as_bytes("aaaaaaaaaaaaaaaaaaaa")), peer4(1), AnnounceEvent::none, false, {}},
                        Instant(std::chrono::steady_clock::now().time_since_epoch()));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(endpoints(reply->peers, 6), std::vector<Endpoint>{*Endpoint::parse("127.0.0.1:6881")});
  EXPECT_EQ(server->responder().counters().announces, 1U);
}

TEST_F(HttpServerTest, KeepsAConnectionForTheNextRequest) {
  TestClient& client = connect();
  for (std::size_t i = 1; i <= 5; ++i) {
    client.send("GET /healthz HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(client.receives("ok\n", i));
  }
  EXPECT_EQ(server->counters().accepted, 1U);
  EXPECT_EQ(server->counters().requests, 5U);
}

TEST_F(HttpServerTest, ClosesAfterAnHttp10Request) {
  TestClient& client = connect();
  client.send("GET /healthz HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(client.is_closed());
  EXPECT_TRUE(client.received().ends_with("Connection: close\r\n\r\nok\n")) << client.received();
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  TestClient& client = connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += i % 2 == 0 ? "GET /healthz HTTP/1.1\r\n\r\n" : "GET /x HTTP/1.1\r\n\r\n";
  client.send(requests + "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(client.is_closed());
  EXPECT_EQ(client.count("HTTP/1.1 200"), 501U);
  EXPECT_EQ(client.count("HTTP/1.1 404"), 500U);
  std::size_t at = 0;
  for (int i = 0; i < 1000; ++i) {
    at = client.received().find(i % 2 == 0 ? "HTTP/1.1 200" : "HTTP/1.1 404", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(HttpServerTest, AnswersWhatCameBeforeTheClientClosedItsSide) {
  TestClient& client = connect();
  client.send("GET /healthz HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\nGET /heal");
  client.shut_down();
  ASSERT_TRUE(client.is_closed());
  EXPECT_EQ(client.count("ok\n"), 2U);
}

TEST_F(HttpServerTest, AnswersARequestThatComesByteByByte) {
  TestClient& client = connect();
  for (const char c : std::string_view("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) {
    client.send({&c, 1});
    io.poll();
  }
  EXPECT_TRUE(client.receives("ok\n"));
}

TEST_F(HttpServerTest, RefusesGarbageAndCloses) {
  TestClient& client = connect();
  client.send("\x16\x03\x01\x02\x01 this is no HTTP");
  EXPECT_TRUE(client.receives("HTTP/1.1 400 Bad Request\r\n"));
  client.shut_down();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(server->counters().refused, 1U);
}

TEST_F(HttpServerTest, RefusesAnOversizedHeadAndTheClientLearnsWhy) {
  TestClient& client = connect();
  client.send("GET /announce?" + std::string(100'000, 'x'));
  EXPECT_TRUE(client.receives("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  client.shut_down();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpServerTest, CutsAClientThatSendsWithoutEndAfterARefusal) {
  TestClient& client = connect();
  client.send("?");
  ASSERT_TRUE(client.receives("HTTP/1.1 400"));
  const std::string flood(64 * 1024, 'x');
  for (int i = 0; i < 20 && server->counters().open > 0; ++i) {
    client.send(flood);
    io.poll();
  }
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpServerTest, CutsClientsThatMakeNoProgress) {
  HttpServerOptions options;
  options.idle_timeout = milliseconds(60);
  open(options);
  TestClient& silent = connect();
  TestClient& slow = connect();
  slow.send("GET /healthz HTT");
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(slow.is_closed());
  EXPECT_TRUE(slow.received().empty());
  EXPECT_EQ(server->counters().timed_out, 2U);
  EXPECT_EQ(server->counters().open, 0U);
}

TEST_F(HttpServerTest, CutsAClientThatReadsNothing) {
  HttpServerOptions options;
  options.idle_timeout = milliseconds(200);
  open(options);
  // A socket that nobody reads: its buffers fill, then the server must hold a bounded rest and in the end give up.
  tcp::socket deaf(io);
  const Endpoint address = server->local_endpoint();
  deaf.connect(tcp::endpoint(asio::ip::make_address(address.address.to_string()), address.port));
  deaf.non_blocking(true);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /announce?x HTTP/1.1\r\n\r\n";
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (server->counters().timed_out == 0 && std::chrono::steady_clock::now() < deadline) {
    error_code error;
    deaf.write_some(asio::buffer(requests), error);
    io.run_one_for(milliseconds(1));
  }
  EXPECT_EQ(server->counters().timed_out, 1U);
}

TEST_F(HttpServerTest, MakesRoomByClosingTheConnectionLongestWithoutProgress) {
  HttpServerOptions options;
  options.connections_max = 2;
  open(options);
  TestClient& first = connect();
  first.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(first.receives("ok\n"));
  TestClient& second = connect();
  second.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(second.receives("ok\n"));
  first.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(first.receives("ok\n", 2));
  TestClient& third = connect();
  third.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(third.receives("ok\n"));
  EXPECT_TRUE(second.is_closed());
  first.send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(first.receives("ok\n", 3));
  EXPECT_EQ(server->counters().evicted, 1U);
  EXPECT_EQ(server->counters().open, 2U);
}

TEST_F(HttpServerTest, ServesBothFamiliesOnTheUnspecifiedAddress) {
  open({}, "[::]:0");
  const Port port = server->local_endpoint().port;
  clients.push_back(std::make_unique<TestClient>(io, Endpoint{*IpAddress::parse("127.0.0.1"), port}));
  clients.back()->send(kAnnounce);
  ASSERT_TRUE(clients.back()->receives("10:incompletei1e"));
  EXPECT_EQ(registry.totals().peers_v4, 1U) << "an IPv4 client of a dual-stack socket is an IPv4 peer";
  if (server->local_endpoint().address.is_v4()) GTEST_SKIP() << "no IPv6 on this machine";
  clients.push_back(std::make_unique<TestClient>(io, Endpoint{*IpAddress::parse("::1"), port}));
  clients.back()->send(kAnnounce);
  ASSERT_TRUE(clients.back()->receives("10:incompletei2e"));
  EXPECT_EQ(registry.totals().peers_v6, 1U);
}

TEST_F(HttpServerTest, StoppingClosesEveryConnection) {
  TestClient& client = connect();
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(client.receives("ok\n"));
  server->stop();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(server->counters().open, 0U);
}

/// A server with a catalogue, and the dictionary of a share whose peer is at the clients' address.
class HttpPut : public HttpServerTest {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.responder.catalogue = &catalogue;
    open(options);
    const auto now = Instant(std::chrono::steady_clock::now().time_since_epoch());
    const Endpoint peer{*IpAddress::parse("127.0.0.1"), 6881};
    ASSERT_TRUE(registry.announce({tracker::swarm_of(share.info_hash), peer, AnnounceEvent::none, true, {}}, now).ok());
  }
  [[nodiscard]] std::string head(std::size_t length, const std::string& more = "") const {
    return "PUT /api/shares/" + share.info_hash.hex() + " HTTP/1.1\r\nContent-Length: " + std::to_string(length) +
           "\r\n" + more + "\r\n";
  }
  [[nodiscard]] std::string head() const { return head(share.bytes.size()); }
  [[nodiscard]] std::string body() const { return std::string(as_text(share.bytes)); }

  tracker::test::Dictionary share = tracker::test::dictionary("film", 100'000, 2000);
  tracker::Catalogue catalogue{{}, registry, rng};
};

TEST_F(HttpPut, ABodyIsTakenHoweverItArrives) {
  ASSERT_GT(share.bytes.size(), 100'000U);
  TestClient& client = connect();
  client.send(head() + body().substr(0, 10));
  for (int i = 0; i < 20; ++i) io.poll();
  EXPECT_EQ(client.received(), "");
  for (std::size_t at = 10; at < share.bytes.size(); at += 7'001) {
    client.send(body().substr(at, 7'001));
    io.poll();
  }
  ASSERT_TRUE(client.receives("HTTP/1.1 201 Created"));
  EXPECT_EQ(catalogue.size(), 1U);
}

TEST_F(HttpPut, WhatFollowsABodyIsTheNextRequest) {
  TestClient& client = connect();
  client.send(head() + body() + std::string(kAnnounce) + "GET /api/shares?name=film HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(client.receives("\"name\":\"film\""));
  EXPECT_EQ(client.count("HTTP/1.1 201 Created"), 1U);
  EXPECT_EQ(client.count("HTTP/1.1 200 OK"), 2U);
}

TEST_F(HttpPut, OneThatWaitsForLeaveGetsIt) {
  TestClient& client = connect();
  client.send(head(share.bytes.size(), "Expect: 100-continue\r\n"));
  ASSERT_TRUE(client.receives("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send(body());
  ASSERT_TRUE(client.receives("HTTP/1.1 201 Created"));
}

TEST_F(HttpPut, ABodyThatIsNotWantedIsNotWaitedFor) {
  TestClient& first = connect();
  first.send(head() + body());
  ASSERT_TRUE(first.receives("201 Created"));
  for (const std::string& target :
       {"/api/shares/" + share.info_hash.hex(), std::string("/api/shares/x"), std::string("/announce")}) {
    TestClient& client = connect();
    client.send("PUT " + target + " HTTP/1.1\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(client.receives("Connection: close")) << target;
    EXPECT_EQ(client.count("100 Continue"), 0U);
    client.send(std::string(50'000, 'x'));  // that it sends all the same does not cost it the response
    client.shut_down();
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(client.count(target.size() > 20           ? "201 Created"
                           : target.starts_with("/api") ? "404"
                                                        : "405"),
              1U)
        << client.received();
  }
}

TEST_F(HttpPut, BodiesOnTheirWayTakeABoundedAmountOfMemory) {
  for (int i = 0; i < 40; ++i) {
    connect().send(head(1'000'000) + "d");
    io.poll();
  }
  // 32 MiB have room for 33 of them: the oldest ones have made room.
  ASSERT_TRUE(clients[6]->is_closed());
  EXPECT_TRUE(clients[0]->is_closed());
  EXPECT_EQ(server->counters().open, 33U);
  TestClient& client = connect();
  client.send(head() + body());
  EXPECT_TRUE(client.receives("201 Created"));
}

}  // namespace
}  // namespace stp::net
