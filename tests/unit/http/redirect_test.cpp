#include "http/redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stp::http {
namespace {

using testing::HasSubstr;

struct RedirectCase {
  const char* name;
  const char* location;
  const char* expected;  // nullptr: refused
};

class RedirectTargets : public testing::TestWithParam<RedirectCase> {};

TEST_P(RedirectTargets, LeadWhereTheySay) {
  const Result<Url> url = resolve_redirect(*Url::parse("http://h:81/a/b?q"), GetParam().location);
  ASSERT_EQ(url.ok(), GetParam().expected != nullptr);
  if (url) {
    EXPECT_EQ(url->to_string(), GetParam().expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RedirectTargets,
    testing::Values(RedirectCase{"Absolute", "https://x/y?z", "https://x/y?z"},
                    RedirectCase{"WithoutPath", "http://x", "http://x/"},
                    RedirectCase{"SchemeRelative", "//x/y", "http://x/y"},
                    RedirectCase{"PathAbsolute", "/y", "http://h:81/y"}, RedirectCase{"Relative", "y:1/c", nullptr},
                    RedirectCase{"RelativeFile", "c.iso#part", "http://h:81/a/c.iso"},
                    RedirectCase{"QueryAlone", "?r", "http://h:81/a/b?r"},
                    RedirectCase{"File", "file:///etc/passwd", nullptr}, RedirectCase{"Ftp", "ftp://x/y", nullptr},
                    RedirectCase{"Udp", "udp://x:1/y", nullptr}, RedirectCase{"Empty", "", nullptr},
                    RedirectCase{"LineEnd", "/a\r\nb", nullptr}),
    [](const auto& row) { return row.param.name; });

TEST(Redirect, FromHttpsToHttpIsRefused) {
  const Url safe = *Url::parse("https://h/a");
  EXPECT_TRUE(resolve_redirect(safe, "https://other/b"));
  EXPECT_TRUE(resolve_redirect(safe, "/b"));
  const Result<Url> open = resolve_redirect(safe, "http://other/b");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().message, HasSubstr("from https to http://other, which is not encrypted"));
}

TEST(RedirectChain, EndsAfterFive) {
  RedirectChain chain;
  const Url url = *Url::parse("http://h/a");
  for (unsigned i = 0; i < kRedirectsMax; ++i) EXPECT_TRUE(chain.follow(url, "/a", std::nullopt));
  EXPECT_EQ(chain.length(), kRedirectsMax);
  const Result<Url> sixth = chain.follow(url, "/a", std::nullopt);
  ASSERT_FALSE(sixth);
  EXPECT_THAT(sixth.error().message, HasSubstr("more than 5 times"));
}

struct ChainCase {
  const char* name;
  std::vector<const char*> answered;  // who redirected, one after the other
  const char* next;
  bool allowed;
};

class RedirectChains : public testing::TestWithParam<ChainCase> {};

TEST_P(RedirectChains, LeadFromOutsideToNoAddressInside) {
  RedirectChain chain;
  const Url url = *Url::parse("http://h/a");
  for (const char* const answered : GetParam().answered) {
    ASSERT_TRUE(chain.follow(url, "/b", IpAddress::parse(answered)));
  }
  const Endpoint next{*IpAddress::parse(GetParam().next), 80};
  const Endpoint outside{*IpAddress::parse("192.0.2.9"), 80};
  const Result<std::vector<Endpoint>> alone = chain.allowed({&next, 1});
  EXPECT_EQ(alone.ok(), GetParam().allowed);
  if (!alone) {
    EXPECT_EQ(alone.error().kind, ErrorKind::denied);
  }
  // Of a name that is both, the addresses outside are left.
  const std::vector<Endpoint> both = {next, outside};
  EXPECT_EQ(chain.allowed(both)->size(), GetParam().allowed ? 2U : 1U);
}

INSTANTIATE_TEST_SUITE_P(
    , RedirectChains,
    testing::Values(ChainCase{"None", {}, "127.0.0.1", true},
                    ChainCase{"OutsideToOutside", {"192.0.2.1"}, "192.0.2.2", true},
                    ChainCase{"InsideToInside", {"10.0.0.1"}, "10.0.0.2", true},
                    ChainCase{"InsideToOutside", {"10.0.0.1"}, "192.0.2.1", true},
                    ChainCase{"OutsideToPrivate", {"192.0.2.1"}, "10.0.0.1", false},
                    ChainCase{"OutsideToLoopback", {"2001:db8::1"}, "::1", false},
                    ChainCase{"OutsideToLinkLocal", {"192.0.2.1"}, "169.254.169.254", false},
                    ChainCase{"OutsideByWayOfOutside", {"192.0.2.1", "192.0.2.2"}, "10.0.0.1", false},
                    ChainCase{"OutsideOnce", {"10.0.0.1", "192.0.2.1", "10.0.0.2"}, "10.0.0.3", false}),
    [](const auto& row) { return row.param.name; });

TEST(RedirectChain, NoAddressAtAllIsNotForItToRefuse) {
  EXPECT_TRUE(RedirectChain().allowed({})->empty());
}

}  // namespace
}  // namespace stp::http
