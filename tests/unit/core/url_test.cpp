#include "core/url.h"

#include <gtest/gtest.h>

#include "core/shown_text.h"

namespace stp {
namespace {

TEST(Url, IsReadAndWrittenBack) {
  for (const std::string_view text :
       {"http://t.example", "http://t.example:81/", "https://t.example/a?b=%20c", "https://192.0.2.1:80?q",
        "udp://t.example:6969/x", "udp://t.example", "http://[2001:db8::1]:8080/a", "http://[fe80::1%25eth0]/a"}) {
    const Result<Url> url = Url::parse(text);
    ASSERT_TRUE(url.ok()) << url.error().message;
    EXPECT_EQ(url->to_string(), text);
    EXPECT_EQ(*Url::parse(url->to_string()), *url);
  }
}

TEST(Url, HasTheUsualPortOfItsSchemeUnlessOneIsWritten) {
  EXPECT_EQ(Url::parse("http://a")->port, 80);
  EXPECT_EQ(Url::parse("HTTPS://a")->port, 443);
  EXPECT_EQ(Url::parse("udp://a")->port, 0);
  EXPECT_EQ(Url::parse("https://a:80")->port, 80);
  EXPECT_EQ(Url::parse("https://a:/")->port, 443);
}

TEST(Url, WithoutSchemeIsReadOnlyWhereAPortForItIsGiven) {
  EXPECT_FALSE(Url::parse("tracker.example").ok());
  EXPECT_EQ(*Url::parse("tracker.example", 7), (Url{Url::Scheme::http, "tracker.example", 7, ""}));
  EXPECT_EQ(*Url::parse("[::1]:8", 7), (Url{Url::Scheme::http, "::1", 8, ""}));
  EXPECT_EQ(Url::parse("http://a", 7)->port, 80);
}

TEST(Url, ForTheHostFieldHasNoZone) {
  EXPECT_EQ(Url::parse("http://[fe80::1%25eth0]:81/")->authority(), "[fe80::1]:81");
  EXPECT_EQ(Url::parse("http://[fe80::1%eth0]/")->authority(), "[fe80::1]");
  EXPECT_EQ(Url::parse("http://[fe80::1%eth0]/")->origin(), "http://[fe80::1%25eth0]");
}

TEST(Url, RefusesWhatMustNotReachARequest) {
  for (const std::string_view text :
       {"", "http://", "ftp://a/", "http://a b/", "http://a/ b", "http://a/\r\nX: y", "http://a/\x7f", "http://a/#f",
        "http://me@a/", "http://a:0/", "http://a:65536/", "http://a:-1/", "http://::1/", "http://[::1/",
        "http://[::1]a/", "http://[fe80::1%25]/", "http://\xc3\xa4/"}) {
    const Result<Url> url = Url::parse(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(one_line(url.error().message), url.error().message) << "nothing in it can steer a terminal";
  }
  EXPECT_TRUE(Url::parse("http://a/" + std::string(kUrlBytesMax - 9, 'x')).ok());
  EXPECT_FALSE(Url::parse("http://a/" + std::string(kUrlBytesMax - 8, 'x')).ok());
}

}  // namespace
}  // namespace stp
