#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace stp::http {
namespace {

using Outcome = ParsedRequest::Outcome;

TEST(ParseRequest, ReadsTheTargetAndKeepsTheConnection) {
  const std::string_view input = "GET /announce?a=b HTTP/1.1\r\nHost: x\r\n\r\nGET /next";
  const ParsedRequest parsed = parse_request(input);
  ASSERT_EQ(parsed.outcome, Outcome::complete);
  EXPECT_EQ(parsed.request.target, "/announce?a=b");
  EXPECT_TRUE(parsed.request.keep_alive);
  EXPECT_FALSE(parsed.request.must_confirm);
  EXPECT_EQ(parsed.request.method, Method::get);
  EXPECT_EQ(input.substr(parsed.consumed), "GET /next");
}

struct ConnectionCase {
  const char* name;
  std::string_view input;
  bool keep_alive;
  bool must_confirm;
};
class HttpConnection : public ::testing::TestWithParam<ConnectionCase> {};

TEST_P(HttpConnection, IsKeptAsVersionAndFieldSay) {
  const ParsedRequest parsed = parse_request(GetParam().input);
  ASSERT_EQ(parsed.outcome, Outcome::complete);
  EXPECT_EQ(parsed.request.keep_alive, GetParam().keep_alive);
  EXPECT_EQ(parsed.request.must_confirm, GetParam().must_confirm);
}
constexpr ConnectionCase kConnectionCases[] = {
    {"Http11", "GET / HTTP/1.1\r\n\r\n", true, false},
    {"Http11Close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false, false},
    {"Http10", "GET / HTTP/1.0\r\n\r\n", false, false},
    {"Http11CloseAmongOthers", "GET / HTTP/1.1\r\nConnection: TE , Close\r\n\r\n", false, false},
    {"Http11CloseInASecondField", "GET / HTTP/1.1\r\nConnection: TE\r\nconnection: close\r\n\r\n", false, false},
    {"Http12", "GET / HTTP/1.2\r\n\r\n", true, false},
    {"Http19", "GET / HTTP/1.9\r\n\r\n", true, false},
    {"Http10KeepAlive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, true},
};
INSTANTIATE_TEST_SUITE_P(Versions, HttpConnection, ::testing::ValuesIn(kConnectionCases),
                         [](const auto& row) { return row.param.name; });

TEST(ParseRequest, EveryPrefixIsIncomplete) {
  const std::string input = "\r\nHEAD /x HTTP/1.1\r\nHost: tracker\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
  for (std::size_t size = 0; size < input.size(); ++size) {
    ASSERT_EQ(parse_request(std::string_view(input).substr(0, size)).outcome, Outcome::incomplete) << size;
  }
  const ParsedRequest parsed = parse_request(input);
  ASSERT_EQ(parsed.outcome, Outcome::complete);
  EXPECT_EQ(parsed.consumed, input.size());
  EXPECT_EQ(parsed.request.method, Method::head);
  EXPECT_EQ(parsed.request.forwarded_for, "192.0.2.1");
}

TEST(ParseRequest, TheLastForwardedForCounts) {
  const ParsedRequest parsed =
      parse_request("GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2, 3.3.3.3\r\n\r\n");
  EXPECT_EQ(parsed.request.forwarded_for, "2.2.2.2, 3.3.3.3");
}

TEST(ParseRequest, LinesMayEndWithALineFeedAlone) {
  const std::string_view input = "\nGET /announce?a=b HTTP/1.0\nConnection: keep-alive\r\nHost: x\n\nGET /next";
  const ParsedRequest parsed = parse_request(input);
  ASSERT_EQ(parsed.outcome, Outcome::complete);
  EXPECT_EQ(parsed.request.target, "/announce?a=b");
  EXPECT_TRUE(parsed.request.keep_alive);
  EXPECT_EQ(input.substr(parsed.consumed), "GET /next");
}

TEST(ParseRequest, AbsoluteTargetsLoseTheirAuthority) {
  const std::pair<const char*, const char*> rows[] = {
      {"http://t.example:65000/announce?a=b", "/announce?a=b"},
      {"HTTP://[2001:db8::1]:80/scrape?x", "/scrape?x"},
      {"https://t.example/", "/"},
      {"http://t.example", "/"},
      {"http://t.example?x", "?x"},
      {"/announce?u=http://t.example/x", "/announce?u=http://t.example/x"},
  };
  for (const auto& [sent, expected] : rows) {
    const std::string input = "GET " + std::string(sent) + " HTTP/1.1\r\nHost: [::1]:80\r\n\r\n";
    const ParsedRequest parsed = parse_request(input);
    ASSERT_EQ(parsed.outcome, Outcome::complete) << sent;
    EXPECT_EQ(parsed.request.target, expected) << sent;
  }
}

struct RefusedCase {
  const char* name;
  std::string input;
  unsigned status;
};
class HttpRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(HttpRefused, WithItsStatus) {
  const ParsedRequest parsed = parse_request(GetParam().input);
  ASSERT_EQ(parsed.outcome, Outcome::refused);
  EXPECT_EQ(parsed.status, GetParam().status);
}
const RefusedCase kRefusedCases[] = {
    {"TlsHello", "\x16\x03\x01\x02", 400},
    {"BitTorrentHandshake",
     "\x13"
     "BitTorrent protocol",
     400},
    {"NoVersion", "GET /\r\n\r\n", 400},
    {"Http2", "PRI * HTTP/2.0\r\n\r\n", 400},
    {"BadField", "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
    {"Http09", "GET / HTTP/0.9\r\n\r\n", 400},
    {"VersionOfLetters", "GET / HTTP/1.x\r\n\r\n", 400},
    {"BlankInTheTarget", "GET /a b HTTP/1.1\r\n\r\n", 400},
    {"ControlInTheTarget", "GET /a\x01 HTTP/1.1\r\n\r\n", 400},
    {"ControlInAValue", "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", 400},
    {"BlankBeforeTheColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"NoName", "GET / HTTP/1.1\r\n: a\r\n\r\n", 400},
    {"LengthOfLetters", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400},
    {"LengthBeyond64Bits", "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"FoldedForwardedFor", "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1,\r\n 2.2.2.2\r\n\r\n", 400},
    {"Method", "DELETE / HTTP/1.1\r\n\r\n", 405},
    {"Body", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 413},
    {"BodyOfAGet", "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 413},
    {"ChunkedBody", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413},
    {"PutWithoutALength", "PUT /api/shares/x HTTP/1.1\r\n\r\n", 411},
    {"ChunkedPut", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 411},
    {"PutTooLong", "PUT / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", 413},
    {"TwoLengths", "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", 400},
    {"HeadTooLong", "GET /" + std::string(kHeadBytesMax, 'x'), 431},
    {"OnlyLineEnds", std::string(kHeadBytesMax, '\n'), 431},
};
INSTANTIATE_TEST_SUITE_P(Inputs, HttpRefused, ::testing::ValuesIn(kRefusedCases),
                         [](const auto& row) { return row.param.name; });

TEST(ParseRequest, AnEmptyBodyIsNone) {
  EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").outcome, Outcome::complete);
}

TEST(ParseRequest, APutSaysHowMuchBodyFollows) {
  const std::string head =
      "PUT /api/shares/x HTTP/1.1\r\nHost: t.example:65000\r\nContent-Length: 1048576\r\nExpect: 100-Continue\r\n"
      "X-Forwarded-Proto: HTTPS\r\n\r\n";
  const std::string received = head + "d4:";
  const ParsedRequest parsed = parse_request(received);
  ASSERT_EQ(parsed.outcome, Outcome::complete);
  EXPECT_EQ(parsed.request.method, Method::put);
  EXPECT_EQ(parsed.consumed, head.size());
  EXPECT_EQ(parsed.body_bytes, kBodyBytesMax);
  EXPECT_TRUE(parsed.request.expects_continue);
  EXPECT_TRUE(parsed.request.forwarded_https);
  EXPECT_EQ(parsed.request.host, "t.example:65000");
}

}  // namespace
}  // namespace stp::http
