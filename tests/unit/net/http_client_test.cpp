#include "net/http_client.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "io_test.h"
#include "script_server.h"
#include "test_ca.h"

namespace stp::net {
namespace {

constexpr std::uint64_t kBodyBytesMax = 100'000;
constexpr std::string_view kBody = "d8:intervali1800e5:peers0:e";

// kBody as gzip, as zlib and as bare deflate data, and 200,000 zeros as gzip; made with Python's zlib.
std::string from_hex_text(std::string_view hex) {
  return std::string(as_text(*from_hex(hex)));
}
const std::string kGzip =
    from_hex_text("1f8b08000000000002034bb1b0cacc2b492d2a4bccc934b430304835b52a484d2d2a36b04a0500abd998921b000000");
const std::string kDeflate = from_hex_text("78da4bb1b0cacc2b492d2a4bccc934b430304835b52a484d2d2a36b04a050083560930");
const std::string kRawDeflate = from_hex_text("4bb1b0cacc2b492d2a4bccc934b430304835b52a484d2d2a36b04a0500");
const std::string kBomb = from_hex_text(
    "1f8b0800000000000203edc13101000000c2a0f54f6d067fa00000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000000000000000000000000000000080d7007b58e05c400d0300");

class HttpClientTest : public IoTest {
 protected:
  HttpRequest request(const ScriptServer& server, const std::string& scheme = "http") const {
    HttpRequest request;
    request.url = *Url::parse(scheme + "://tracker.example:" + std::to_string(server.port()) +
                              "/dir/announce?info_hash=%00/../x");
    request.servers = {server.endpoint()};
    request.agent = "stp/test";
    request.body_bytes_max = kBodyBytesMax;
    return request;
  }
  Result<http::Response> send(HttpRequest request) {
    std::optional<Result<http::Response>> answer;
    client_.send(std::move(request), [&](Result<http::Response> result) { answer.emplace(std::move(result)); });
    EXPECT_FALSE(answer.has_value()) << "never from inside the call";
    if (!run_until([&] { return answer.has_value(); })) return Error{ErrorKind::other, "no answer"};
    return *std::move(answer);
  }
  Result<http::Response> get(const ScriptServer& server) { return send(request(server)); }

  HttpClient client_{io_};
};

TEST_F(HttpClientTest, GivesStatusAndBody) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  const Result<http::Response> reply = get(server);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(as_text(reply->body), "hello");
  EXPECT_EQ(reply->from, kLoopback);
  ASSERT_EQ(server.heads().size(), 1U);
  const std::string& head = server.heads()[0];
  EXPECT_EQ(head.rfind("GET /dir/announce?info_hash=%00/../x HTTP/1.1\r\n", 0), 0U) << head;
  EXPECT_NE(head.find("\r\nHost: tracker.example:" + std::to_string(server.port()) + "\r\n"), std::string::npos)
      << head;
  EXPECT_NE(head.find("\r\nUser-Agent: stp/test\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nAccept-Encoding: gzip, deflate\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, PutsABody) {
  ScriptServer server(io_, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
  HttpRequest put = request(server);
  const std::string body("d\0e\r\n", 5);
  put.put = to_bytes(body);
  const Result<http::Response> reply = send(put);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 201U);
  const std::string& head = server.heads().at(0);
  EXPECT_EQ(head.rfind("PUT /dir/announce?info_hash=%00/../x HTTP/1.1\r\n", 0), 0U) << head;
  EXPECT_NE(head.find("\r\nContent-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nContent-Type: application/x-bittorrent\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Expect"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n" + body) || head.ends_with("\r\n\r\n")) << head;
}

TEST_F(HttpClientTest, PutsAnEmptyBody) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  HttpRequest put = request(server);
  put.put = Bytes();
  ASSERT_TRUE(send(put).ok());
  EXPECT_NE(server.heads().at(0).find("\r\nContent-Length: 0\r\n"), std::string::npos) << server.heads().at(0);
}

struct GoodReply {
  const char* name;
  std::string bytes;
  std::uint32_t status;
  std::string_view body;
};
class GoodReplies : public HttpClientTest, public ::testing::WithParamInterface<GoodReply> {};

TEST_P(GoodReplies, AreRead) {
  ScriptServer server(io_, GetParam().bytes);
  const Result<http::Response> reply = get(server);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, GetParam().status);
  EXPECT_EQ(as_text(reply->body), GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Replies, GoodReplies,
    ::testing::Values(
        GoodReply{"NoLength", "HTTP/1.0 404 Not Found\r\n\r\nnothing here", 404, "nothing here"},
        GoodReply{"Chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200,
                  "hello"},
        GoodReply{"Continue",
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", 200,
                  "hello"},
        GoodReply{"EarlyHints", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", 200,
                  "hello"},
        GoodReply{"BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, "hello"},
        GoodReply{"NoReason", "HTTP/1.1 200\r\n\r\nhello", 200, "hello"},
        GoodReply{"Gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + kGzip, 200, kBody},
        GoodReply{"Deflate", "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + kDeflate, 200, kBody},
        GoodReply{"RawDeflate", "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + kRawDeflate, 200, kBody},
        GoodReply{"XGzip", "HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\n\r\n" + kGzip, 200, kBody},
        GoodReply{"Identity", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nhello", 200, "hello"},
        GoodReply{"CutShort", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nd5:peers0:e", 200, "d5:peers0:e"}),
    [](const auto& row) { return row.param.name; });

struct BadReply {
  const char* name;
  std::string bytes;
  ErrorKind kind;
  const char* words;
};
class BadReplies : public HttpClientTest, public ::testing::WithParamInterface<BadReply> {};

TEST_P(BadReplies, AreRefusedInWords) {
  ScriptServer server(io_, GetParam().bytes);
  const Result<http::Response> reply = get(server);
  ASSERT_FALSE(reply.ok()) << as_text(reply->body);
  EXPECT_EQ(reply.error().kind, GetParam().kind) << reply.error().message;
  EXPECT_NE(reply.error().message.find(GetParam().words), std::string::npos) << reply.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Replies, BadReplies,
    ::testing::Values(BadReply{"AnnouncedLength", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                               ErrorKind::limit, "too long"},
                      BadReply{"EndlessBody", "HTTP/1.0 200 OK\r\n\r\n" + std::string(kBodyBytesMax + 1, 'x'),
                               ErrorKind::limit, "too long"},
                      BadReply{"EndlessHead", "HTTP/1.0 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\nY: 1\r\n\r\n",
                               ErrorKind::limit, "too long"},
                      BadReply{"GrowsWhenDecompressed", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + kBomb,
                               ErrorKind::limit, "too long"},
                      BadReply{"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorKind::malformed, "not HTTP"},
                      BadReply{"BrokenGzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip at all",
                               ErrorKind::malformed, "can't be decoded"},
                      BadReply{"ForeignEncoding", "HTTP/1.1 200 OK\r\nContent-Encoding: exi\r\n\r\nx",
                               ErrorKind::malformed, "can't be decoded"}),
    [](const auto& row) { return row.param.name; });

TEST_F(HttpClientTest, ARedirectIsReportedAsAWholeUrlAndNotFollowed) {
  ScriptServer server(io_, "HTTP/1.1 301 Moved\r\nLocation: new?x=1\r\nContent-Length: 0\r\n\r\n");
  const Result<http::Response> reply = get(server);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->status, 301U);
  EXPECT_EQ(reply->location, "http://tracker.example:" + std::to_string(server.port()) + "/dir/new?x=1");
  EXPECT_EQ(server.heads().size(), 1U);
}

TEST_F(HttpClientTest, RetryAfterIsReadInSeconds) {
  ScriptServer server(io_, "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n");
  EXPECT_EQ(get(server)->retry_after, std::chrono::seconds(120));
}

TEST_F(HttpClientTest, RetryAfterIsReadAsADate) {
  ScriptServer server(io_, "HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n\r\n");
  const Result<http::Response> reply = get(server);
  ASSERT_TRUE(reply->retry_after.has_value());
  EXPECT_GT(*reply->retry_after, std::chrono::hours(24 * 365));
}

TEST_F(HttpClientTest, SilenceEndsAtTheTimeout) {
  ScriptServer server(io_, "");
  HttpRequest silent = request(server);
  silent.timeout = std::chrono::milliseconds(1);
  const Result<http::Response> reply = send(std::move(silent));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::io);
  EXPECT_EQ(reply.error().message, "does not answer");
}

TEST_F(HttpClientTest, ABodyOfAConnectionThatStaysOpenCountsWhenTheTimeIsOver) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\n\r\nd5:peers0:e");
  server.linger();
  HttpRequest slow = request(server);
  slow.timeout = std::chrono::milliseconds(500);
  const Result<http::Response> reply = send(std::move(slow));
  // A machine that was too slow to receive anything within half a second says so.
  if (reply.ok()) {
    EXPECT_EQ(as_text(reply->body), "d5:peers0:e");
  } else {
    EXPECT_EQ(reply.error().message, "does not answer");
  }
}

TEST_F(HttpClientTest, AKeptConnectionIsUsedAgainForTheSameAddresses) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  server.keep_alive();
  HttpKeeper keeper;
  const auto get_kept = [&](const std::vector<Endpoint>& servers) {
    HttpRequest kept = request(server);
    kept.keeper = &keeper;
    kept.servers = servers;
    const Result<http::Response> reply = send(kept);
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(as_text(reply->body), "hello");
    EXPECT_EQ(reply->from, kLoopback);
    EXPECT_EQ(server.heads().back().find("Connection:"), std::string::npos);
  };
  const std::vector<Endpoint> usual = {server.endpoint()};
  for (int i = 0; i < 3; ++i) get_kept(usual);
  EXPECT_EQ(server.connections(), 1);
  get_kept({server.endpoint(), {*IpAddress::parse("127.0.0.2"), server.port()}});
  EXPECT_EQ(server.connections(), 2);
  get_kept(usual);
  EXPECT_EQ(server.connections(), 2);
  ASSERT_TRUE(get(server).ok());
  EXPECT_EQ(server.connections(), 3) << "that request keeps nothing";
}

TEST_F(HttpClientTest, AKeptConnectionThatTheServerHasClosedIsReplaced) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");  // and it closes
  HttpKeeper keeper;
  for (int i = 1; i <= 3; ++i) {
    HttpRequest kept = request(server);
    kept.keeper = &keeper;
    ASSERT_TRUE(send(kept).ok());
    EXPECT_EQ(server.connections(), i);
  }
}

TEST_F(HttpClientTest, ARefusedConnectionSaysSo) {
  ScriptServer server(io_, "");
  const HttpRequest refused = request(server);
  server.refuse();
  const Result<http::Response> reply = send(refused);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::io);
  EXPECT_EQ(reply.error().message, "Connection refused");
}

TEST_F(HttpClientTest, LeavesFromTheAddressThatItIsGiven) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\n\r\nhello");
  HttpRequest from = request(server);
  from.source = *IpAddress::parse("127.0.0.9");
  ASSERT_TRUE(send(std::move(from)).ok());
  EXPECT_EQ(server.from(), *IpAddress::parse("127.0.0.9"));
}

TEST_F(HttpClientTest, AnAddressThatIsNotOursIsNamed) {
  ScriptServer server(io_, "HTTP/1.1 200 OK\r\n\r\nhello");
  HttpRequest from = request(server);
  from.source = *IpAddress::parse("192.0.2.9");
  const Result<http::Response> reply = send(std::move(from));
  ASSERT_FALSE(reply.ok());
  EXPECT_NE(reply.error().message.find("can't leave from 192.0.2.9"), std::string::npos) << reply.error().message;
}

TEST_F(HttpClientTest, NobodyIsCalledOnceTheClientIsGone) {
  ScriptServer server(io_, "");
  bool called = false;
  {
    HttpClient client(io_);
    client.send(request(server), [&](const Result<http::Response>&) { called = true; });
    ASSERT_TRUE(run_until([&] { return !server.heads().empty(); }));
  }
  server.refuse();
  io_.poll();
  EXPECT_FALSE(called);
}

class HttpsTest : public HttpClientTest {
 protected:
  HttpsTest() { ::setenv("SSL_CERT_FILE", ca_.file().c_str(), 1); }
  ~HttpsTest() override { ::unsetenv("SSL_CERT_FILE"); }

  Result<http::Response> get_https(const TestCertificate& certificate) {
    ScriptServer server(io_, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    server.use(certificate);
    return send(request(server, "https"));
  }
  std::string refusal(const TestCertificate& certificate) {
    const Result<http::Response> reply = get_https(certificate);
    if (reply.ok()) return "it was accepted";
    EXPECT_EQ(reply.error().kind, ErrorKind::denied);
    return reply.error().message;
  }

  TestCa ca_;
};

TEST_F(HttpsTest, ACertificateOfATrustedCaForThisHostIsAccepted) {
  const Result<http::Response> reply = get_https(ca_.issue("DNS:tracker.example"));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(as_text(reply->body), "hello");
}

TEST_F(HttpsTest, AnExpiredCertificateIsCalledSo) {
  EXPECT_NE(refusal(ca_.issue("DNS:tracker.example", -7200, -3600)).find("has expired"), std::string::npos);
}

TEST_F(HttpsTest, ACertificateOfTheFutureIsCalledSo) {
  EXPECT_NE(refusal(ca_.issue("DNS:tracker.example", 3600, 7200)).find("is not valid yet"), std::string::npos);
}

TEST_F(HttpsTest, ASelfSignedCertificateIsCalledSo) {
  EXPECT_NE(refusal(TestCa::self_signed("DNS:tracker.example")).find("is self-signed"), std::string::npos);
}

TEST_F(HttpsTest, ACertificateOfAnotherHostIsRefused) {
  EXPECT_EQ(refusal(ca_.issue("DNS:other.example")), "its certificate is for another host name");
}

TEST_F(HttpsTest, ACertificateOfAnUnknownCaIsRefused) {
  const TestCa other;
  EXPECT_NE(refusal(other.issue("DNS:tracker.example")).find("CA that is not trusted here"), std::string::npos);
}

TEST_F(HttpsTest, ACertificateThatOnlyNamesATrustedCaIsRefused) {
  const TestCa impostor(ca_.name());
  const std::string why = refusal(impostor.issue("DNS:tracker.example"));
  EXPECT_NE(why.find("CA that is not trusted here"), std::string::npos) << why;
}

TEST_F(HttpsTest, AServerThatSpeaksNoTlsIsNotBlamedForItsCertificate) {
  boost::asio::ip::tcp::acceptor plain(io_, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string words = "HTTP/1.1 400 Bad Request\r\n\r\n";
  boost::asio::ip::tcp::socket accepted(io_);
  plain.async_accept(accepted, [&](const boost::system::error_code& error) {
    if (!error) boost::asio::write(accepted, boost::asio::buffer(words));
  });
  HttpRequest request;
  request.url = *Url::parse("https://tracker.example:" + std::to_string(plain.local_endpoint().port()) + "/announce");
  request.servers = {from_asio(plain.local_endpoint())};
  const Result<http::Response> reply = send(std::move(request));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::io);
  EXPECT_NE(reply.error().message.find("no TLS connection"), std::string::npos) << reply.error().message;
}

TEST_F(HttpsTest, ACaBundleThatIsNotThereIsExplained) {
  ::setenv("SSL_CERT_FILE", "/nonexistent/bundle.pem", 1);
  const std::string why = refusal(ca_.issue("DNS:tracker.example"));
  EXPECT_NE(why.find("/nonexistent/bundle.pem"), std::string::npos) << why;
  EXPECT_NE(why.find("ca-certificates"), std::string::npos) << why;
}

}  // namespace
}  // namespace stp::net
