// The catalogue's HTTP API, asked through the responder, as by the server.
#include "tracker/catalogue_api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/percent.h"
#include "tracker/catalogue_reply.h"
#include "tracker/responder.h"
#include "unit/tracker/dictionaries.h"
#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::Dictionary;
using test::dictionary;

class CatalogueApiTest : public ::testing::Test {
 protected:
  http::Response ask(http::Method method, std::string_view target, std::string_view body = {},
                     std::string_view source = "192.0.2.1") {
    request.method = method;
    request.target = target;
    request.body = body;
    http::Response response = responder->respond(request, *IpAddress::parse(source), now);
    catalogue.check_invariants();
    return response;
  }
  json get(std::string_view target, unsigned status = 200) {
    const http::Response response = ask(http::Method::get, target);
    EXPECT_EQ(response.status, status) << target;
    EXPECT_EQ(response.content_type, "application/json");
    return json::parse(as_text(response.body));
  }
  http::Response put(const Dictionary& share, std::string_view source = "192.0.2.1") {
    return ask(http::Method::put, "/api/shares/" + share.info_hash.hex(), as_text(share.bytes), source);
  }
  std::optional<http::Response> early(std::string_view target, std::string_view source = "192.0.2.1") {
    request.method = http::Method::put;
    request.target = target;
    request.body = {};
    return responder->respond_early(request, *IpAddress::parse(source), now);
  }
  std::string announce(const Dictionary& share, std::string_view source = "192.0.2.1") {
    const std::string hash = percent_encode(as_text(share.info_hash.span().first(20)));
    return std::string(
        as_text(ask(http::Method::get, "/announce?port=6881&left=0&info_hash=" + hash, {}, source).body));
  }
  static std::string state(const http::Response& response) { return decode_put(response.body); }
  static std::string error(const http::Response& response) { return decode_catalogue_error(response.body); }

  Rng rng{1};
  Registry registry{{}, rng};
  Catalogue catalogue{{}, registry, rng};
  ResponderOptions options{{*IpAddress::parse("203.0.113.1")}, &catalogue, {}};
  std::optional<Responder> responder{std::in_place, registry, options};
  Instant now = test::at(seconds(0));
  http::Request request;
};

TEST_F(CatalogueApiTest, ARequestThroughAProxyThatDoesNotSayWhoseItIsGetsTheReason) {
  const Dictionary share = dictionary("film", 20'000'000);
  EXPECT_EQ(early("/api/shares/" + share.info_hash.hex(), "203.0.113.1")->status, 400U);
  const http::Response response = ask(http::Method::get, "/api/shares", {}, "203.0.113.1");
  EXPECT_EQ(response.status, 400U);
  EXPECT_NE(error(response).find("X-Forwarded-For"), std::string::npos);
}

TEST_F(CatalogueApiTest, AShareIsPutAndFound) {
  const Dictionary share = dictionary("Holiday film.mkv", 20'000'000);
  announce(share);
  const http::Response response = put(share);
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(state(response), "listed");
  now += seconds(7);
  request.host = "t.example:65000";
  const json page = get("/api/shares?name=holiday");
  EXPECT_EQ(page.at("total"), 1);
  EXPECT_EQ(page.at("pages"), 1);
  const json& found = page.at("shares").at(0);
  EXPECT_EQ(found.at("name"), "Holiday film.mkv");
  EXPECT_EQ(found.at("bytes"), 20'000'000);
  EXPECT_EQ(found.at("files"), 1);
  EXPECT_EQ(found.at("seeds"), 1);
  EXPECT_EQ(found.at("leeches"), 0);
  EXPECT_EQ(found.at("age"), 7);
  EXPECT_EQ(found.at("info_hash"), share.info_hash.hex());
  EXPECT_EQ(found.at("link"), "magnet:?xt=urn:btmh:1220" + share.info_hash.hex() +
                                  "&dn=Holiday%20film.mkv&tr=http%3A%2F%2Ft.example%3A65000%2Fannounce");
  EXPECT_EQ(get("/api/shares/" + share.info_hash.hex()), found);
  EXPECT_EQ(responder->counters().catalogue, 3U);
}

TEST_F(CatalogueApiTest, AnAnnounceMakesTheEntryAppear) {
  const Dictionary share = dictionary("film");
  const http::Response held = put(share);
  EXPECT_EQ(held.status, 202U);
  EXPECT_EQ(state(held), "held");
  EXPECT_EQ(get("/api/shares").at("total"), 0);
  get("/api/shares/" + share.info_hash.hex(), 404);
  announce(share, "192.0.2.9");
  EXPECT_EQ(get("/api/shares").at("total"), 0);
  announce(share);
  EXPECT_EQ(get("/api/shares").at("total"), 1);
}

TEST_F(CatalogueApiTest, WhatIsWrongHasAStatusAndAReason) {
  const Dictionary share = dictionary("film");
  announce(share);
  const std::string path = "/api/shares/" + share.info_hash.hex();
  EXPECT_EQ(ask(http::Method::put, path, "d4:name4:filme").status, 400U);
  EXPECT_EQ(error(ask(http::Method::put, path, as_text(dictionary("other").bytes))),
            "the SHA-256 of the info dictionary is not this info-hash");
  const Dictionary secret = dictionary("film", 1, 1, true);
  EXPECT_EQ(put(secret).status, 403U);
  EXPECT_EQ(ask(http::Method::put, "/api/shares", "x").status, 405U);
  EXPECT_EQ(ask(http::Method::put, "/announce", "x").status, 405U);
  for (const char* target :
       {"/api/shares/x", "/api/shares/../../etc/passwd", "/api/shares/0123456789012345678901234567890123456789"}) {
    get(target, 404);
    EXPECT_EQ(ask(http::Method::put, target, "x").status, 404U) << target;
  }
  for (const char* query : {"page=0", "sort=best", "name=%ff"}) get(std::string("/api/shares?") + query, 400);
  EXPECT_EQ(ask(http::Method::get, "/api/sharesx").status, 404U);
}

TEST_F(CatalogueApiTest, ABodyThatIsNotNeededIsNotWaitedFor) {
  const Dictionary share = dictionary("film");
  const std::string path = "/api/shares/" + share.info_hash.hex();
  EXPECT_FALSE(early(path).has_value());
  announce(share);
  EXPECT_FALSE(early(path).has_value());
  put(share);
  EXPECT_EQ(early(path).value().status, 201U);
  EXPECT_EQ(early("/api/shares/x").value().status, 404U);
  EXPECT_EQ(early("/api/shares").value().status, 405U);
  EXPECT_EQ(early("/announce").value().status, 405U);
  EXPECT_EQ(responder->counters().catalogue, 4U);  // with the put
}

TEST_F(CatalogueApiTest, PathsBeforeItArePartOfTheAnnounceUrl) {
  const Dictionary share = dictionary("film");
  announce(share);
  EXPECT_EQ(ask(http::Method::put, "/key/api/shares/" + share.info_hash.hex(), as_text(share.bytes)).status, 201U);
  request.host = "t.example";
  EXPECT_NE(get("/key/api/shares/").at("shares").at(0).at("link").get<std::string>().find("t.example%2Fkey%2Fannounce"),
            std::string::npos);
}

TEST_F(CatalogueApiTest, AHostThatIsNoneIsLeftOutOfTheLink) {
  const Dictionary share = dictionary("film");
  announce(share);
  put(share);
  for (const char* host : {"", "\"><script>", "a b", "user@host", "x/y", "x?z=", "x#y", "http://x"}) {
    request.host = host;
    const std::string link = get("/api/shares").at("shares").at(0).at("link");
    EXPECT_EQ(link.find("script"), std::string::npos);
    EXPECT_EQ(link.find("tr="), std::string::npos) << host << " " << link;
  }
}

TEST_F(CatalogueApiTest, BehindAProxyTheForwardedAddressAndSchemeCount) {
  const Dictionary share = dictionary("film");
  announce(share, "198.51.100.7");
  request.forwarded_for = "198.51.100.7";
  request.forwarded_https = true;
  request.host = "t.example";
  EXPECT_EQ(put(share, "203.0.113.1").status, 201U);
  const auto link = [&](std::string_view source) {
    const http::Response response = ask(http::Method::get, "/api/shares", {}, source);
    return json::parse(as_text(response.body)).at("shares").at(0).at("link").get<std::string>();
  };
  EXPECT_NE(link("203.0.113.1").find("tr=https%3A"), std::string::npos);
  EXPECT_NE(link("192.0.2.1").find("tr=http%3A"), std::string::npos);
  request.forwarded_for = "nonsense";
  EXPECT_EQ(ask(http::Method::get, "/api/shares", {}, "203.0.113.1").status, 400U);
}

TEST_F(CatalogueApiTest, AClosedTrackerServesOnlyWhatIsListed) {
  const Dictionary known = dictionary("known");
  const Dictionary other = dictionary("other");
  for (const Dictionary& share : {known, other}) {
    announce(share);
    put(share);
  }
  EXPECT_EQ(get("/api/shares").at("total"), 2);
  responder->set_closed(*ClosedList::parse(known.info_hash.hex() + "\n"));
  EXPECT_EQ(get("/api/shares").at("total"), 1);
  EXPECT_NE(announce(known).find("8:interval"), std::string::npos);
  EXPECT_NE(announce(other).find("this tracker is closed"), std::string::npos) << announce(other);
  EXPECT_EQ(put(other).status, 403U);
  EXPECT_EQ(early("/api/shares/" + other.info_hash.hex()).value().status, 403U);
  const std::string hash = percent_encode(as_text(other.info_hash.span().first(20)));
  EXPECT_NE(as_text(ask(http::Method::get, "/scrape?info_hash=" + hash).body).find("8:completei0e"), std::string::npos);
  responder->set_closed(*ClosedList::parse(other.info_hash.hex() + "\n"));
  EXPECT_NE(announce(other).find("8:interval"), std::string::npos);
  EXPECT_EQ(put(other).status, 201U);
  EXPECT_NE(announce(known).find("closed"), std::string::npos);
}

TEST_F(CatalogueApiTest, WithoutACatalogueItSaysSo) {
  responder.emplace(registry);
  EXPECT_EQ(get("/api/shares", 404).at("error"), "this tracker keeps no catalogue");
  EXPECT_EQ(put(dictionary("film")).status, 404U);
  EXPECT_EQ(early("/api/shares/" + dictionary("film").info_hash.hex()).value().status, 404U);
}

TEST_F(CatalogueApiTest, TooMuchAtOnceIsToBeTriedAgain) {
  CatalogueConfig config;
  config.search_steps_per_second = 0;
  Catalogue busy(config, registry, rng);
  options.catalogue = &busy;
  responder.emplace(registry, options);
  const http::Response response = ask(http::Method::get, "/api/shares");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.retry_after, seconds(5));
}

}  // namespace
}  // namespace stp::tracker
