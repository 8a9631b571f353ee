#include "tracker/tracker_url.h"

#include <gtest/gtest.h>

namespace stp::tracker {
namespace {

struct GoodCase {
  const char* name;
  std::string_view text;
  TrackerUrl expected;
  std::string_view authority;
  std::string_view shown;
};
class GoodUrl : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodUrl, IsRead) {
  const Result<TrackerUrl> url = TrackerUrl::parse(GetParam().text);
  ASSERT_TRUE(url.ok()) << url.error().message;
  EXPECT_EQ(*url, GetParam().expected);
  EXPECT_EQ(url->authority(), GetParam().authority);
  EXPECT_EQ(url->to_string(), GetParam().shown);
}

const GoodCase kGoodCases[] = {
    {"BareHost",
     "tracker.example",
     {"tracker.example", 65000, "/announce"},
     "tracker.example:65000",
     "http://tracker.example:65000"},
    {"BareHostAndPort", "127.0.0.1:7000", {"127.0.0.1", 7000, "/announce"}, "127.0.0.1:7000", "http://127.0.0.1:7000"},
    {"BareIpv6", "[::1]", {"::1", 65000, "/announce"}, "[::1]:65000", "http://[::1]:65000"},
    {"Url", "http://t.example/announce", {"t.example", 80, "/announce"}, "t.example", "http://t.example"},
    {"UrlWithoutPath", "HTTP://t.example", {"t.example", 80, "/announce"}, "t.example", "http://t.example"},
    {"UrlWithSlash",
     "http://t.example:65000/",
     {"t.example", 65000, "/announce"},
     "t.example:65000",
     "http://t.example:65000"},
    {"UrlIpv6",
     "http://[2001:db8::1]:6969/announce",
     {"2001:db8::1", 6969, "/announce"},
     "[2001:db8::1]:6969",
     "http://[2001:db8::1]:6969"},
    {"PathAndQuery",
     "http://t.example/s3cret/announce?uk=5",
     {"t.example", 80, "/s3cret/announce?uk=5"},
     "t.example",
     "http://t.example/..."},
    {"QueryAlone", "http://t.example?uk=5", {"t.example", 80, "/announce?uk=5"}, "t.example", "http://t.example/..."},
};
INSTANTIATE_TEST_SUITE_P(Texts, GoodUrl, ::testing::ValuesIn(kGoodCases),
                         [](const auto& row) { return row.param.name; });

struct BadUrlCase {
  const char* name;
  std::string text;
  ErrorKind kind;
};
class BadUrl : public ::testing::TestWithParam<BadUrlCase> {};

TEST_P(BadUrl, IsRefused) {
  const Result<TrackerUrl> url = TrackerUrl::parse(GetParam().text);
  ASSERT_FALSE(url.ok()) << url->host;
  EXPECT_EQ(url.error().kind, GetParam().kind);
  for (const char c : url.error().message) EXPECT_GE(c, ' ');
}

const BadUrlCase kBadUrls[] = {
    {"Https", "https://t.example/announce", ErrorKind::unsupported},
    {"Udp", "udp://t.example:80", ErrorKind::unsupported},
    {"Empty", "", ErrorKind::malformed},
    {"NoHost", "http:///announce", ErrorKind::malformed},
    {"NoHostButPort", ":65000", ErrorKind::malformed},
    {"PortZero", "t.example:0", ErrorKind::malformed},
    {"PortTooLarge", "t.example:65536", ErrorKind::malformed},
    {"PortText", "t.example:http", ErrorKind::malformed},
    {"PortEmpty", "http://t.example:/announce", ErrorKind::malformed},
    {"BareIpv6WithoutBrackets", "2001:db8::1", ErrorKind::malformed},
    {"UnclosedBracket", "[::1", ErrorKind::malformed},
    {"Ipv4InBrackets", "[127.0.0.1]", ErrorKind::malformed},
    {"AfterBrackets", "[::1]x", ErrorKind::malformed},
    {"UserName", "http://me:pw@t.example/", ErrorKind::malformed},
    {"Fragment", "http://t.example/announce#x", ErrorKind::malformed},
    {"HeaderInjection", "http://t.example/a\r\nX: y", ErrorKind::malformed},
    {"Space", "http://t.example/a b", ErrorKind::malformed},
    {"NotAscii", "http://t.example/\xc3\xa4", ErrorKind::malformed},
    {"HostCharacters", "http://t_%41.example/", ErrorKind::malformed},
    {"TooLong", "http://t.example/" + std::string(3000, 'x'), ErrorKind::malformed},
};
INSTANTIATE_TEST_SUITE_P(Texts, BadUrl, ::testing::ValuesIn(kBadUrls), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace stp::tracker
