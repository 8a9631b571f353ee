// Redirects of a tracker: which are followed, which are remembered.
#include "tracker/client.h"

#include <gtest/gtest.h>

#include "unit/tracker/client_fixture.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::ClientTest;
using test::key;

TEST_F(ClientTest, FollowsARedirectWithTheSameAnnounce) {
  redirects["http://tracker.example:65000"] = redirect(302, "https://other.example/announce?key=mine");
  add_others(1);
  start(key(1), 100);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].origin, "https://other.example");
  EXPECT_EQ(seen[1].target.rfind("/announce?key=mine&info_hash=", 0), 0U) << seen[1].target;
  EXPECT_EQ(seen[1].query, seen[0].query);
  EXPECT_EQ(found(key(1)).size(), 1U);
}

TEST_F(ClientTest, ARedirectThatRepeatsTheQueryIsNotGivenItTwice) {
  start(key(1), 100);
  const std::string target = seen[0].target;
  stop(key(1));
  redirects["http://tracker.example:65000"] = redirect(307, "http://other.example" + target + "&hop=1#top");
  start(key(1), 100);
  const std::string& redirected = seen.back().target;
  EXPECT_EQ(seen.back().origin, "http://other.example");
  EXPECT_EQ(redirected.find("info_hash="), redirected.rfind("info_hash=")) << redirected;
  EXPECT_NE(redirected.find("hop=1"), std::string::npos);
}

TEST_F(ClientTest, APermanentRedirectIsRemembered) {
  redirects["http://tracker.example:65000"] = redirect(301, "http://new.example/announce");
  start(key(1), 100);
  search(key(1));
  run(minutes(1));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[2].origin, "http://new.example");
  stop(key(1));
  EXPECT_EQ(seen.back().origin, "http://new.example");
  EXPECT_EQ(seen.size(), 4U);
}

TEST_F(ClientTest, ATemporaryRedirectIsAskedForEachTime) {
  redirects["http://tracker.example:65000"] = redirect(302, "http://new.example/announce");
  start(key(1), 100);
  search(key(1));
  run(minutes(1));
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[2].origin, "http://tracker.example:65000");
  stop(key(1));
  EXPECT_EQ(seen.back().origin, "http://new.example") << "the goodbye is redirected too";
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::stopped);
}

TEST_F(ClientTest, WhereItMovedToForGoodIsForgottenWhenItFails) {
  redirects["http://tracker.example:65000"] = redirect(308, "http://new.example/announce");
  start(key(1), 100);
  redirects["http://new.example"] = http(404, "");
  search(key(1));
  run(minutes(1));
  EXPECT_EQ(seen.back().origin, "http://new.example");
  redirects.clear();
  run(minutes(2));
  EXPECT_EQ(seen.back().origin, "http://tracker.example:65000");
}

TEST_F(ClientTest, FiveRedirectsAreFollowedAndNoSixth) {
  for (int i = 0; i < 6; ++i) {
    const std::string from = i == 0 ? "http://tracker.example:65000" : "http://h" + std::to_string(i) + ".example";
    redirects[from] = redirect(302, "http://h" + std::to_string(i + 1) + ".example/announce");
  }
  start(key(1), 100);
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_NE(client.status(key(1), now).find(": it redirects more than 5 times, next try in "), std::string::npos)
      << client.status(key(1), now);
}

struct RefusedRedirect {
  const char* name;
  const char* from;
  const char* location;
  const char* reason;
};
class RefusedRedirects : public ClientTest, public ::testing::WithParamInterface<RefusedRedirect> {};

TEST_P(RefusedRedirects, AreNamed) {
  redirects["http://tracker.example:65000"] = redirect(302, GetParam().from);
  redirects["https://safe.example"] = redirect(302, GetParam().location);
  start(key(1), 100);
  EXPECT_NE(client.status(key(1), now).find(GetParam().reason), std::string::npos) << client.status(key(1), now);
  EXPECT_EQ(seen.size(), 2U);
}

constexpr const char* kSafe = "https://safe.example/announce";
INSTANTIATE_TEST_SUITE_P(
    Locations, RefusedRedirects,
    ::testing::Values(RefusedRedirect{"Downgrade", kSafe, "http://open.example/announce",
                                      "it redirects from https to http://open.example, which is not encrypted"},
                      RefusedRedirect{"Udp", kSafe, "udp://open.example:80/announce",
                                      "it redirects to something that is neither http nor https"},
                      RefusedRedirect{"File", kSafe, "file:///etc/passwd",
                                      "it redirects to something that is neither http nor https"},
                      RefusedRedirect{"Nowhere", kSafe, "", "HTTP status 302 without a Location"}),
    [](const auto& row) { return row.param.name; });

TEST_F(ClientTest, AServerOutsideMayNotRedirectInside) {
  http::Response outside = redirect(302, "http://other.example/announce");
  outside.from = IpAddress::v4(0x08080808);
  redirects["http://tracker.example:65000"] = outside;
  start(key(1), 100);
  ASSERT_EQ(seen.size(), 2U);
  const std::vector<Endpoint> inside = {{*IpAddress::parse("192.168.0.1"), 80}};
  EXPECT_TRUE(seen[0].request.redirects.allowed(inside));
  EXPECT_FALSE(seen[1].request.redirects.allowed(inside));
}

}  // namespace
}  // namespace stp::tracker
