#include "web/gate.h"

#include <gtest/gtest.h>

namespace stp::web {
namespace {

constexpr const char* kToken = "abcdefghijklmnopqrstuvwx";

struct GateCase {
  const char* name;
  const char* host;
  const char* origin;  // null: none
  const char* site;
  const char* authorization;
  bool posts;
  const char* content_type;
  Verdict open;     // without a token
  Verdict guarded;  // with kToken
};
constexpr const char* kBearer = "Bearer abcdefghijklmnopqrstuvwx";
constexpr GateCase kGateCases[] = {
    {"Program", "127.0.0.1:80", nullptr, "", "", false, "", Verdict::pass, Verdict::no_token},
    {"WithToken", "127.0.0.1:80", nullptr, "", kBearer, false, "", Verdict::pass, Verdict::pass},
    {"SchemeInAnyCase", "10.0.0.1", nullptr, "", "bearer  abcdefghijklmnopqrstuvwx", false, "", Verdict::pass,
     Verdict::pass},
    {"ShortToken", "127.0.0.1:80", nullptr, "", "Bearer abc", false, "", Verdict::pass, Verdict::no_token},
    {"LongToken", "127.0.0.1:80", nullptr, "", "Bearer abcdefghijklmnopqrstuvwxy", false, "", Verdict::pass,
     Verdict::no_token},
    {"EmptyToken", "127.0.0.1:80", nullptr, "", "Bearer ", false, "", Verdict::pass, Verdict::no_token},
    {"OtherScheme", "127.0.0.1:80", nullptr, "", "Basic abcdefghijklmnopqrstuvwx", false, "", Verdict::pass,
     Verdict::no_token},
    {"OwnPage", "127.0.0.1:80", "http://127.0.0.1:80", "same-origin", kBearer, false, "", Verdict::pass, Verdict::pass},
    {"OwnPageByName", "LocalHost:80", "http://localhost:80", "", kBearer, false, "", Verdict::pass, Verdict::pass},
    {"OwnPageV6", "[::1]:80", "http://[::1]:80", "", kBearer, false, "", Verdict::pass, Verdict::pass},
    {"TypedAddress", "127.0.0.1:80", nullptr, "none", kBearer, false, "", Verdict::pass, Verdict::pass},
    {"OtherPort", "127.0.0.1:80", "http://127.0.0.1:81", "", kBearer, false, "", Verdict::foreign_page,
     Verdict::foreign_page},
    {"OtherScheme2", "127.0.0.1:80", "https://127.0.0.1:80", "", kBearer, false, "", Verdict::foreign_page,
     Verdict::foreign_page},
    {"NullOrigin", "127.0.0.1:80", "null", "", kBearer, false, "", Verdict::foreign_page, Verdict::foreign_page},
    {"EmptyOrigin", "127.0.0.1:80", "", "", kBearer, false, "", Verdict::foreign_page, Verdict::foreign_page},
    {"CrossSite", "127.0.0.1:80", nullptr, "cross-site", kBearer, false, "", Verdict::foreign_page,
     Verdict::foreign_page},
    {"SameSite", "127.0.0.1:80", nullptr, "same-site", kBearer, false, "", Verdict::foreign_page,
     Verdict::foreign_page},
    {"Rebound", "evil.example:80", "http://evil.example:80", "same-origin", kBearer, false, "", Verdict::wrong_host,
     Verdict::wrong_host},
    {"LooksLikeAddress", "127.0.0.1.evil.example", nullptr, "", kBearer, false, "", Verdict::wrong_host,
     Verdict::wrong_host},
    {"LooksLikeLocalhost", "localhost.evil.example", nullptr, "", kBearer, false, "", Verdict::wrong_host,
     Verdict::wrong_host},
    {"WrongPort", "127.0.0.1:99999", nullptr, "", kBearer, false, "", Verdict::wrong_host, Verdict::wrong_host},
    {"UserInHost", "a@127.0.0.1:80", nullptr, "", kBearer, false, "", Verdict::wrong_host, Verdict::wrong_host},
    {"NoHost", "", nullptr, "", kBearer, false, "", Verdict::wrong_host, Verdict::wrong_host},
    {"Json", "127.0.0.1:80", nullptr, "", kBearer, true, "application/json; charset=utf-8", Verdict::pass,
     Verdict::pass},
    {"Form", "127.0.0.1:80", nullptr, "", kBearer, true, "text/plain", Verdict::not_json, Verdict::not_json},
    {"NoType", "127.0.0.1:80", nullptr, "", kBearer, true, "", Verdict::not_json, Verdict::not_json},
};

class GateRule : public testing::TestWithParam<GateCase> {};

TEST_P(GateRule, DecidesAboutTheRequest) {
  const GateCase& row = GetParam();
  http::Request request;
  request.host = row.host;
  request.from_page = row.origin != nullptr;
  request.origin = row.origin == nullptr ? "" : row.origin;
  request.fetch_site = row.site;
  request.authorization = row.authorization;
  request.method = row.posts ? http::Method::post : http::Method::get;
  request.content_type = row.content_type;
  EXPECT_EQ(Gate("").check_call(request), row.open);
  EXPECT_EQ(Gate(kToken).check_call(request), row.guarded);
  const bool known_host = row.open != Verdict::wrong_host;
  EXPECT_EQ(Gate::check_file(request), known_host ? Verdict::pass : Verdict::wrong_host);
}

INSTANTIATE_TEST_SUITE_P(All, GateRule, testing::ValuesIn(kGateCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Gate, OnlyLoopbackNeedsNoToken) {
  EXPECT_FALSE(needs_token(*Endpoint::parse("127.0.0.1:1")));
  EXPECT_FALSE(needs_token(*Endpoint::parse("[::1]:1")));
  EXPECT_TRUE(needs_token(*Endpoint::parse("0.0.0.0:1")));
  EXPECT_TRUE(needs_token(*Endpoint::parse("[::]:1")));
  EXPECT_TRUE(needs_token(*Endpoint::parse("192.0.2.1:1")));
}

TEST(Gate, TheTokenIsInTheFragment) {
  EXPECT_EQ(page_url(*Endpoint::parse("[::1]:80"), ""), "http://[::1]:80/");
  EXPECT_EQ(page_url(*Endpoint::parse("192.0.2.1:80"), "abc"), "http://192.0.2.1:80/#token=abc");
}

TEST(Gate, AKeyOpensOneFileAlone) {
  const Gate gate(kToken);
  const std::string path = "/api/shares/3/files/sub/a film.mp4";
  const std::string key = gate.key_for(path);
  ASSERT_TRUE(key.starts_with("?key="));
  EXPECT_EQ(key.find(kToken), std::string::npos);
  const auto verdict = [&gate](const std::string& target, http::Method method = http::Method::get) {
    http::Request request;
    request.method = method;
    request.host = "10.0.0.1:80";
    request.target = target;
    return gate.check_call(request);
  };
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4" + key), Verdict::pass);
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4" + key, http::Method::head), Verdict::pass);
  EXPECT_EQ(verdict("/api/shares/3/files/s%75b/a%20film.mp4" + key), Verdict::pass) << "the same path";
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4" + key, http::Method::post), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4"), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4?key="), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares/3/files/sub/a%20film.mp4" + key + "A"), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares/4/files/sub/a%20film.mp4" + key), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares/3/files/sub/other.mp4" + key), Verdict::no_token);
  EXPECT_EQ(verdict("/api/shares" + gate.key_for("/api/shares")), Verdict::no_token) << "this is not a file";
  EXPECT_EQ(Gate("").key_for(path), "") << "where no token is needed, no key is";
  EXPECT_NE(Gate("another-token").key_for(path), key);
}

}  // namespace
}  // namespace stp::web
