#include "tracker/tracker_url.h"

#include <gtest/gtest.h>

#include "core/shown_text.h"

namespace stp::tracker {
namespace {

struct GoodCase {
  const char* name;
  std::string_view text;
  Url expected;
  std::string_view authority;
  std::string_view shown;
};
class GoodUrl : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodUrl, IsRead) {
  const Result<Url> url = parse_tracker_url(GetParam().text);
  ASSERT_TRUE(url.ok()) << url.error().message;
  EXPECT_EQ(*url, GetParam().expected);
  EXPECT_EQ(url->authority(), GetParam().authority);
  EXPECT_EQ(shown_tracker(*url), GetParam().shown);
}

const GoodCase kGoodCases[] = {
    {"BareHost",
     "tracker.example",
     {Url::Scheme::http, "tracker.example", 65000, "/announce"},
     "tracker.example:65000",
     "http://tracker.example:65000"},
    {"BareHostAndPort",
     "127.0.0.1:7000",
     {Url::Scheme::http, "127.0.0.1", 7000, "/announce"},
     "127.0.0.1:7000",
     "http://127.0.0.1:7000"},
    {"BareIpv6", "[::1]", {Url::Scheme::http, "::1", 65000, "/announce"}, "[::1]:65000", "http://[::1]:65000"},
    {"Url",
     "http://t.example/announce",
     {Url::Scheme::http, "t.example", 80, "/announce"},
     "t.example",
     "http://t.example"},
    {"UrlWithoutPath",
     "HTTP://t.example",
     {Url::Scheme::http, "t.example", 80, "/announce"},
     "t.example",
     "http://t.example"},
    {"UrlWithSlash",
     "http://t.example:65000/",
     {Url::Scheme::http, "t.example", 65000, "/announce"},
     "t.example:65000",
     "http://t.example:65000"},
    {"UrlIpv6",
     "http://[2001:db8::1]:6969/announce",
     {Url::Scheme::http, "2001:db8::1", 6969, "/announce"},
     "[2001:db8::1]:6969",
     "http://[2001:db8::1]:6969"},
    {"PathAndQuery",
     "http://t.example/s3cret/announce?uk=5",
     {Url::Scheme::http, "t.example", 80, "/s3cret/announce?uk=5"},
     "t.example",
     "http://t.example/..."},
    {"Https",
     "https://t.example/announce",
     {Url::Scheme::https, "t.example", 443, "/announce"},
     "t.example",
     "https://t.example"},
    {"HttpsPort",
     "HTTPS://t.example:80",
     {Url::Scheme::https, "t.example", 80, "/announce"},
     "t.example:80",
     "https://t.example:80"},
    {"Udp",
     "udp://t.example:6969",
     {Url::Scheme::udp, "t.example", 6969, ""},
     "t.example:6969",
     "udp://t.example:6969"},
    {"UdpAnnounce",
     "UDP://192.0.2.1:1/announce",
     {Url::Scheme::udp, "192.0.2.1", 1, "/announce"},
     "192.0.2.1:1",
     "udp://192.0.2.1:1"},
    {"UdpQuery", "udp://[::1]:80?pass=5", {Url::Scheme::udp, "::1", 80, "?pass=5"}, "[::1]:80", "udp://[::1]:80/..."},
    {"ZoneByName",
     "http://[fe80::1%25eth0]:65000/announce",
     {Url::Scheme::http, "fe80::1%eth0", 65000, "/announce"},
     "[fe80::1]:65000",
     "http://[fe80::1%25eth0]:65000"},
    {"ZoneUnescaped",
     "[fe80::1%2]",
     {Url::Scheme::http, "fe80::1%2", 65000, "/announce"},
     "[fe80::1]:65000",
     "http://[fe80::1%252]:65000"},
    {"EmptyPort",
     "http://t.example:/announce",
     {Url::Scheme::http, "t.example", 80, "/announce"},
     "t.example",
     "http://t.example"},
    {"TrailingDot",
     "http://t.example./announce",
     {Url::Scheme::http, "t.example.", 80, "/announce"},
     "t.example.",
     "http://t.example."},
    {"Punycode",
     "http://xn--bcher-kva.example/announce",
     {Url::Scheme::http, "xn--bcher-kva.example", 80, "/announce"},
     "xn--bcher-kva.example",
     "http://xn--bcher-kva.example"},
    {"QueryAlone",
     "http://t.example?uk=5",
     {Url::Scheme::http, "t.example", 80, "/announce?uk=5"},
     "t.example",
     "http://t.example/..."},
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
  const Result<Url> url = parse_tracker_url(GetParam().text);
  ASSERT_FALSE(url.ok()) << url->host;
  EXPECT_EQ(url.error().kind, GetParam().kind);
  EXPECT_EQ(one_line(url.error().message), url.error().message) << "nothing in it can steer a terminal";
}

const BadUrlCase kBadUrls[] = {
    {"WebSocket", "wss://t.example/announce", ErrorKind::unsupported},
    {"NoScheme", "://t.example/announce", ErrorKind::unsupported},
    {"UdpWithoutPort", "udp://t.example/announce", ErrorKind::malformed},
    {"UdpEmptyPort", "udp://t.example:/announce", ErrorKind::malformed},
    {"InternationalHost",
     "http://b\xc3\xbc"
     "cher.example/announce",
     ErrorKind::malformed},
    {"EmptyLabel", "http://a..example/", ErrorKind::malformed},
    {"LabelTooLong", "http://" + std::string(64, 'a') + ".example/", ErrorKind::malformed},
    {"NotQuiteIpv4", "http://300.1.2.3/", ErrorKind::malformed},
    {"ShortIpv4", "http://127.1/", ErrorKind::malformed},
    {"ZoneOfAGlobalAddress", "http://[2001:db8::1%25eth0]/", ErrorKind::malformed},
    {"Empty", "", ErrorKind::malformed},
    {"NoHost", "http:///announce", ErrorKind::malformed},
    {"NoHostButPort", ":65000", ErrorKind::malformed},
    {"PortZero", "t.example:0", ErrorKind::malformed},
    {"PortTooLarge", "t.example:65536", ErrorKind::malformed},
    {"PortText", "t.example:http", ErrorKind::malformed},
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

TEST(TrackerUrl, ARefusalSaysWhatToWriteInstead) {
  const auto reason = [](std::string_view text) { return parse_tracker_url(text).error().message; };
  EXPECT_EQ(reason("wss://t.example"), "'wss://t.example': only http://, https:// and udp:// trackers are supported");
  EXPECT_EQ(reason("udp://t.example/announce"),
            "'udp://t.example/announce': a udp:// tracker needs a port, e.g. udp://tracker.example:6969");
  EXPECT_NE(reason("http://b\xc3\xbc"
                   "cher.example/")
                .find("xn--"),
            std::string::npos);
  EXPECT_NE(reason("http://me:pw@t.example/").find("user names"), std::string::npos);
}

TEST(TrackerUrl, AZoneIsEscapedInAUrl) {
  EXPECT_EQ(escape_zone("[fe80::1%eth0]:80"), "[fe80::1%25eth0]:80");
  EXPECT_EQ(escape_zone("[2001:db8::1]:80"), "[2001:db8::1]:80");
}

TEST(TrackerUrl, TheCatalogueIsWhereTheAnnounceIs) {
  for (const auto& [url, target] : std::vector<std::pair<std::string, std::string>>{
           {"tracker.example", "/api/shares/x"},
           {"http://tracker.example/announce?key=5", "/api/shares/x"},
           {"https://tracker.example/sub/announce", "/sub/api/shares/x"},
           {"http://tracker.example/KEY/announce", "/KEY/api/shares/x"},
           {"http://tracker.example/announce/KEY", "/api/shares/x"},
           {"http://tracker.example/announce.php", "/api/shares/x"},
           {"http://tracker.example/announcements/announce", "/announcements/api/shares/x"},
           {"http://tracker.example/x?y=/announce", "/api/shares/x"},
       }) {
    EXPECT_EQ(catalogue_target(*parse_tracker_url(url), "/x"), target) << url;
  }
}

}  // namespace
}  // namespace stp::tracker
