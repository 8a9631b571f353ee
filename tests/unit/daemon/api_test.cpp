#include "daemon/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace stp::daemon {
namespace {

using http::Method;
using nlohmann::json;

http::Request request(Method method, std::string_view target) {
  http::Request made;
  made.method = method;
  made.target = target;
  made.host = "stp";
  made.content_type = "application/json";
  return made;
}

template <class Wanted>
Wanted call_of(const http::Request& from) {
  const std::variant<Call, http::Response> read = read_call(from);
  EXPECT_TRUE(std::holds_alternative<Call>(read)) << from.target;
  if (!std::holds_alternative<Call>(read)) return {};
  EXPECT_TRUE(std::holds_alternative<Wanted>(std::get<Call>(read))) << from.target;
  return std::get<Wanted>(std::get<Call>(read));
}

unsigned status_of(const http::Request& from) {
  const std::variant<Call, http::Response> read = read_call(from);
  const http::Response* const refused = std::get_if<http::Response>(&read);
  return refused == nullptr ? 200 : refused->status;
}

TEST(Api, EachCallIsUnderstood) {
  (void)call_of<DescribeCall>(request(Method::get, "/api/daemon"));
  (void)call_of<ListCall>(request(Method::get, "/api/shares"));
  (void)call_of<ListCall>(request(Method::head, "/api/shares"));
  (void)call_of<EventsCall>(request(Method::get, "/api/events"));
  EXPECT_EQ(call_of<ShowCall>(request(Method::get, "/api/shares/holiday%20photos")).id, "holiday photos");
  EXPECT_EQ(call_of<PauseCall>(request(Method::post, "/api/shares/3/pause")).id, "3");
  EXPECT_EQ(call_of<ResumeCall>(request(Method::post, "/api/shares/3/resume")).id, "3");
  EXPECT_EQ(call_of<SharedCall>(request(Method::get, "/api/shares/3/shared")).after, 0U);
  EXPECT_EQ(call_of<SharedCall>(request(Method::get, "/api/shares/3/shared?after=17")).after, 17U);
  EXPECT_FALSE(call_of<RemoveCall>(request(Method::erase, "/api/shares/3")).with_data);
  EXPECT_FALSE(call_of<RemoveCall>(request(Method::erase, "/api/shares/3?data=0")).with_data);
  EXPECT_TRUE(call_of<RemoveCall>(request(Method::erase, "/api/shares/3?data=1")).with_data);
  EXPECT_EQ(call_of<MetricsCall>(request(Method::get, "/metrics")).form, metrics::Form::text);
  EXPECT_EQ(call_of<MetricsCall>(request(Method::head, "/stats.json")).form, metrics::Form::json);
  EXPECT_EQ(status_of(request(Method::post, "/metrics")), 405U);
  http::Request add = request(Method::post, "/api/shares");
  add.body = R"({"kind":"seed","paths":["/srv/a"]})";
  EXPECT_EQ(call_of<AddCall>(add).order.paths, std::vector<std::string>{"/srv/a"});
}

TEST(Api, WhatIsSharedIsAskedForFromANumberOn) {
  for (const char* query : {"after=", "after=-1", "after=1x", "after=99999999999999999999", "from=1", "after=1&x=2"}) {
    const std::string target = std::string("/api/shares/3/shared?") + query;
    EXPECT_EQ(status_of(request(Method::get, target)), 400U) << query;
  }
  EXPECT_EQ(status_of(request(Method::post, "/api/shares/3/shared")), 405U);
}

TEST(Api, APageInABrowserIsRefusedWhateverItAsks) {
  for (const Method method : {Method::get, Method::post, Method::erase}) {
    http::Request from_page = request(method, "/api/shares");
    from_page.from_page = true;
    EXPECT_EQ(status_of(from_page), 403U);
  }
}

TEST(Api, OnlyOurNamesAreHosts) {
  http::Request get = request(Method::get, "/api/shares");
  for (const char* ours : {"stp", "STP", "localhost", "LocalHost:8080", "stp:1"}) {
    get.host = ours;
    EXPECT_EQ(status_of(get), 200U) << ours;
  }
  for (const char* foreign : {"", "example.org", "stp.example.org", "localhost.example.org:80", "127.0.0.1", "[::1]"}) {
    get.host = foreign;
    EXPECT_EQ(status_of(get), 421U) << foreign;
  }
}

TEST(Api, WhatChangesSomethingIsJson) {
  for (const Method method : {Method::post, Method::erase}) {
    http::Request change = request(method, method == Method::post ? "/api/shares/1/pause" : "/api/shares/1");
    for (const char* type : {"application/json", "Application/JSON", "application/json ; charset=utf-8"}) {
      change.content_type = type;
      EXPECT_EQ(status_of(change), 200U) << type;
    }
    for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"}) {
      change.content_type = type;
      EXPECT_EQ(status_of(change), 415U) << type;
    }
  }
}

TEST(Api, ChunksAreAskedForInCells) {
  EXPECT_EQ(call_of<ChunksCall>(request(Method::get, "/api/shares/7/chunks")).cells, kCellsDefault);
  const auto call = call_of<ChunksCall>(request(Method::get, "/api/shares/a%20b/chunks?cells=4096"));
  EXPECT_EQ(call.id, "a b");
  EXPECT_EQ(call.cells, kCellsMax);
  for (const char* query : {"?cells=0", "?cells=4097", "?cells=-1", "?cells=", "?cells", "?cell=1", "?cells=1&x=1"}) {
    EXPECT_EQ(status_of(request(Method::get, std::string("/api/shares/7/chunks") + query)), 400U) << query;
  }
  EXPECT_EQ(status_of(request(Method::post, "/api/shares/7/chunks")), 405U);
}

TEST(Api, FilesAreListedFromANumberOn) {
  EXPECT_EQ(call_of<FilesCall>(request(Method::get, "/api/shares/7/files")).after, 0U);
  const auto call = call_of<FilesCall>(request(Method::head, "/api/shares/a%20b/files?after=1000"));
  EXPECT_EQ(call.id, "a b");
  EXPECT_EQ(call.after, 1000U);
  EXPECT_EQ(status_of(request(Method::get, "/api/shares/7/files?key=x")), 400U);
  EXPECT_EQ(status_of(request(Method::post, "/api/shares/7/files")), 405U);
  EXPECT_EQ(status_of(request(Method::get, "/api/shares/7/filesystem")), 404U);
}

TEST(Api, AFileIsNamedByItsWholePath) {
  http::Request get = request(Method::get, "/api/shares/7/files/sub/a%20film%25.mp4?key=abc");
  get.range = "bytes=1-2";
  get.if_range = "\"e\"";
  const auto call = call_of<FileCall>(get);
  EXPECT_EQ(call.id, "7");
  EXPECT_EQ(call.path, "sub/a film%.mp4");
  EXPECT_FALSE(call.only_head);
  EXPECT_EQ(call.range, "bytes=1-2");
  EXPECT_EQ(call.if_range, "\"e\"");
  get.method = Method::head;
  EXPECT_TRUE(call_of<FileCall>(get).only_head);
  EXPECT_EQ(call_of<FileCall>(get).range, "") << "parts are for GET";
  // `..` is not resolved: no file has such a path.
  EXPECT_EQ(call_of<FileCall>(request(Method::get, "/api/shares/7/files/%2e%2e/x/../y")).path, "../x/../y");
  EXPECT_EQ(call_of<FileCall>(request(Method::get, "/api/shares/7/files//etc/passwd")).path, "/etc/passwd");
  EXPECT_EQ(call_of<FileCall>(request(Method::get, "/api/shares/7/files/a+b")).path, "a+b");
  for (const char* path : {"", "%", "%2", "%zz", "%ff", "a%c3", "a?after=1", "a?x"}) {
    EXPECT_EQ(status_of(request(Method::get, std::string("/api/shares/7/files/") + path)), 400U) << path;
  }
  EXPECT_EQ(status_of(request(Method::post, "/api/shares/7/files/a")), 405U);
  EXPECT_EQ(status_of(request(Method::erase, "/api/shares/7/files/a")), 405U);
}

TEST(Api, TheLogIsAskedForFromANumberOn) {
  EXPECT_EQ(call_of<LogCall>(request(Method::get, "/api/log")).after, 0U);
  EXPECT_EQ(call_of<LogCall>(request(Method::get, "/api/log?after=12")).after, 12U);
  EXPECT_EQ(status_of(request(Method::get, "/api/log?before=12")), 400U);
  EXPECT_EQ(status_of(request(Method::erase, "/api/log")), 405U);
  (void)call_of<DhtCall>(request(Method::get, "/api/dht"));
  EXPECT_EQ(status_of(request(Method::post, "/api/dht")), 405U);
}

TEST(Api, LimitsAreTwoWholeNumbers) {
  http::Request set = request(Method::post, "/api/daemon/limits");
  set.body = R"({"up_limit": 0, "down_limit": 2000000})";
  EXPECT_EQ(call_of<LimitsCall>(set).up, 0);
  EXPECT_EQ(call_of<LimitsCall>(set).down, 2'000'000);
  for (const char* body :
       {"", "{}", "[]", R"({"up_limit": 1})", R"({"up_limit": -1, "down_limit": 1})",
        R"({"up_limit": 1.5, "down_limit": 1})", R"({"up_limit": "1", "down_limit": 1})",
        R"({"up_limit": 1, "down_limit": 1, "x": 1})", R"({"up_limit": 18446744073709551615, "down_limit": 1})"}) {
    set.body = body;
    EXPECT_EQ(status_of(set), 400U) << body;
  }
  EXPECT_EQ(status_of(request(Method::get, "/api/daemon/limits")), 405U);
}

TEST(Api, SettingsAreTakenByNameAndType) {
  http::Request set = request(Method::post, "/api/daemon/settings");
  set.body = R"({"must_hide": true})";
  net::HostChanges wanted;
  wanted.must_hide = true;
  EXPECT_EQ(call_of<SettingsCall>(set).changes, wanted);
  set.body = R"({"must_hide": false, "port_map": true, "connections": 100, "upload_slots": 7})";
  EXPECT_EQ(call_of<SettingsCall>(set).changes, (net::HostChanges{false, true, 100, 7}));
  for (const char* body : {"", "{}", "[]", R"({"must_hide": 1})", R"({"port_map": "on"})", R"({"connections": -1})",
                           R"({"connections": 1.5})", R"({"connections": 4294967296})", R"({"upload_slots": null})",
                           R"({"must_hide": true, "dht": false})"}) {
    set.body = body;
    EXPECT_EQ(status_of(set), 400U) << body;
  }
  EXPECT_EQ(status_of(request(Method::get, "/api/daemon/settings")), 405U);
}

TEST(Api, ATorrentIsBase64Url) {
  http::Request hand_over = request(Method::post, "/api/torrents");
  hand_over.body = R"({"data": "ZGU_"})";
  EXPECT_EQ(as_text(call_of<TorrentCall>(hand_over).torrent), "de?");
  for (const char* body : {"", "{}", R"({"data": 1})", R"({"data": "ZGU/"})", R"({"data": "ZGU_", "x": 1})"}) {
    hand_over.body = body;
    EXPECT_EQ(status_of(hand_over), 400U) << body;
  }
}

TEST(Api, WhoAsksIsCheckedOnlyAtTheUnixSocket) {
  http::Request from_page = request(Method::get, "/api/shares");
  from_page.from_page = true;
  from_page.host = "127.0.0.1:64480";
  EXPECT_EQ(status_of(from_page), 403U);
  EXPECT_TRUE(std::holds_alternative<Call>(decode_call(from_page)));
}

TEST(Api, EveryRefusalHasAWordAndTheVersions) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(Refusal::ending); ++i) {
    const http::Response response = refuse(static_cast<Refusal>(i), "why");
    EXPECT_GE(response.status, 400U);
    const json body = json::parse(as_text(response.body));
    words.insert(body.at("error").at("kind"));
    EXPECT_EQ(body.at("error").at("message"), "why");
    EXPECT_EQ(body.at("api"), kApiVersion);
    EXPECT_TRUE(body.at("version").is_string());
  }
  EXPECT_EQ(words.size(), static_cast<std::size_t>(Refusal::ending) + 1);
}

TEST(Api, TextThatIsNotUtf8IsAnsweredAllTheSame) {
  const http::Response response = answer(200, {{"name", "\xff"}});
  EXPECT_EQ(json::parse(as_text(response.body)).at("name"), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace stp::daemon
