#include "tracker/responder.h"

#include <gtest/gtest.h>

#include "metrics/metric.h"
#include "tracker/tracker_metrics.h"
#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::seconds;

class ResponderTest : public ::testing::Test {
 protected:
  std::string get(std::string_view target, std::string_view source = "192.0.2.1", std::string_view forwarded = "") {
    http::Request head;
    head.target = target;
    head.forwarded_for = forwarded;
    const http::Response reply = responder.respond(head, *IpAddress::parse(source), test::at(seconds(0)));
    status = reply.status;
    return std::string(as_text(reply.body));
  }
  static std::string announce(std::string_view rest) {
    return "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&" + std::string(rest);
  }

  Rng rng{1};
  Registry registry{{}, rng};
  Responder responder{registry};
  unsigned status = 0;
};

TEST_F(ResponderTest, AnswersAnAnnounceWithTheOtherPeers) {
  get(announce("port=6881&left=0"), "192.0.2.1");
  const std::string reply = get(announce("port=80&left=5&compact=0"), "192.0.2.2");
  EXPECT_EQ(status, 200U);
  EXPECT_NE(reply.find("5:peersld2:ip9:192.0.2.17:peer id20:bbbbbbbbbbbbbbbbbbbb4:porti6881eee"), std::string::npos)
      << reply;
  EXPECT_NE(reply.find("8:completei1e"), std::string::npos);
  EXPECT_EQ(responder.counters().announces, 2U);
}

TEST_F(ResponderTest, AnswersWithPeers6) {
  get(announce("port=6881&left=0"), "2001:db8::1");
  const std::string reply = get(announce("port=80&left=5"), "192.0.2.2");
  EXPECT_NE(reply.find("6:peers618:\x20\x01\x0d\xb8"), std::string::npos);
}

TEST_F(ResponderTest, RefusalsAreStatus200WithAFailureReason) {
  EXPECT_EQ(get("/announce?port=1"), "d14:failure reason20:info_hash is missinge");
  EXPECT_EQ(status, 200U);
  EXPECT_EQ(get("/announce"), "d14:failure reason20:info_hash is missinge");
  get("/scrape");
  EXPECT_EQ(responder.counters().failures, 3U);
}

TEST_F(ResponderTest, ScrapeAnswersZerosForWhatItDoesNotKnow) {
  get(announce("port=6881&left=0"));
  EXPECT_EQ(get("/scrape?info_hash=zzzzzzzzzzzzzzzzzzzz&info_hash=aaaaaaaaaaaaaaaaaaaa"),
            "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei1e10:downloadedi0e11:downloadersi0e10:incompletei0ee"
            "20:zzzzzzzzzzzzzzzzzzzzd8:completei0e10:downloadedi0e11:downloadersi0e10:incompletei0eeee");
}

TEST_F(ResponderTest, PartialSeedsAreNoDownloaders) {
  get(announce("port=1&left=5&event=paused"));
  get(announce("port=2&left=5"));
  EXPECT_EQ(get("/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa"),
            "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei0e10:downloadedi0e11:downloadersi1e10:incompletei2eeee");
  EXPECT_NE(get(announce("port=2&left=5")).find("11:downloadersi1e11:external ip"), std::string::npos);
  get(announce("port=1&left=0"));
  EXPECT_EQ(get(announce("port=2&left=5")).find("downloaders"), std::string::npos);
}

TEST_F(ResponderTest, SaysUnderWhichAddressTheClientIsSeen) {
  EXPECT_NE(get(announce("port=1&left=5"), "192.0.2.1").find(std::string("11:external ip4:\xc0\x00\x02\x01", 20)),
            std::string::npos);
  EXPECT_NE(get(announce("port=1&left=5"), "2001:db8::1").find("11:external ip16:\x20\x01\x0d\xb8"), std::string::npos);
}

TEST_F(ResponderTest, DictionariesCarryPeerIdsUnlessToldOtherwise) {
  get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=-XX0001-abcdefghijkl&port=1&left=0", "192.0.2.1");
  get("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=short&port=2&left=0", "192.0.2.1");
  const std::string with = get(announce("port=3&left=5&compact=0"), "192.0.2.2");
  EXPECT_NE(with.find("d2:ip9:192.0.2.17:peer id20:-XX0001-abcdefghijkl4:porti1ee"), std::string::npos) << with;
  EXPECT_NE(with.find("d2:ip9:192.0.2.14:porti2ee"), std::string::npos) << with;
  const std::string without = get(announce("port=3&left=5&compact=0&no_peer_id=1"), "192.0.2.2");
  EXPECT_EQ(without.find("peer id"), std::string::npos) << without;
}

TEST_F(ResponderTest, AClientThatCallsItselfASeedBeforeItKnowsTheMetainfoIsToldOfSeeds) {
  get(announce("port=1&left=0&event=started"), "192.0.2.1");
  const std::string reply = get(announce("port=2&left=0&event=started&compact=0"), "192.0.2.2");
  EXPECT_NE(reply.find("9:192.0.2.1"), std::string::npos) << reply;
}

TEST_F(ResponderTest, SaysThatItIsWell) {
  EXPECT_EQ(get("/healthz"), "ok\n");
  EXPECT_EQ(status, 200U);
}

TEST_F(ResponderTest, AnythingElseIsNotFound) {
  for (const char* target : {"/page", "", "*", "/announcex?port=1", "/announce%2f", "/stats", "/x?/announce"}) {
    get(target);
    EXPECT_EQ(status, 404U) << target;
  }
}

TEST_F(ResponderTest, AnnounceUrlsAreSpelledAsOthersServeThem) {
  for (const char* path : {"/announce", "//announce", "/announce/", "/announce.php", "/announce/0123456789abcdef",
                           "/0123456789abcdef/announce", "/tracker/announce.php", "announce"}) {
    const std::string reply = get(std::string(path) + "?info_hash=aaaaaaaaaaaaaaaaaaaa&port=1&left=1");
    EXPECT_NE(reply.find("8:intervali"), std::string::npos) << path;
  }
  for (const char* path : {"/scrape", "//scrape/", "/scrape.php", "/scrape/key", "/key/scrape"}) {
    EXPECT_TRUE(get(std::string(path) + "?info_hash=aaaaaaaaaaaaaaaaaaaa").starts_with("d5:files")) << path;
  }
}

TEST_F(ResponderTest, IgnoresForwardedForUnlessTold) {
  get(announce("port=1"), "192.0.2.1", "198.51.100.7");
  const std::string reply = get(announce("port=2&compact=0"), "192.0.2.2");
  EXPECT_NE(reply.find("9:192.0.2.1"), std::string::npos);
}

TEST_F(ResponderTest, BehindAProxyTheLastForwardedAddressCounts) {
  ResponderOptions options;
  options.trusted_proxies = {IpAddress::v4(0x7f000001), *IpAddress::parse("10.0.0.2")};
  Responder proxied(registry, options);
  const auto announce_as = [&](std::string_view forwarded) {
    http::Request head;
    const std::string target = announce("port=1&left=1");
    head.target = target;
    head.forwarded_for = forwarded;
    return std::string(as_text(proxied.respond(head, IpAddress::v4(0x7f000001), test::at(seconds(0))).body));
  };
  announce_as("203.0.113.1, 198.51.100.7");
  announce_as("198.51.100.8:4321");
  announce_as("2001:db8::9");
  announce_as("203.0.113.1, 198.51.100.10, 10.0.0.2");  // by way of two of our proxies
  const std::string reply = get(announce("port=2&compact=0&left=1"), "192.0.2.2");
  EXPECT_NE(reply.find("12:198.51.100.7"), std::string::npos) << reply;
  EXPECT_NE(reply.find("12:198.51.100.8"), std::string::npos) << reply;
  EXPECT_NE(reply.find("11:2001:db8::9"), std::string::npos) << reply;
  EXPECT_NE(reply.find("13:198.51.100.10"), std::string::npos) << reply;
  EXPECT_EQ(reply.find("203.0.113.1"), std::string::npos) << reply;
  for (const char* unusable : {"", "unknown", "198.51.100.7,", "198.51.100.7, evil", "10.0.0.2", "unknown, 10.0.0.2"}) {
    EXPECT_NE(announce_as(unusable).find("failure reason"), std::string::npos) << unusable;
  }
  EXPECT_EQ(registry.totals().peers(), 5U);
}

TEST_F(ResponderTest, HeaderOfAnybodyElseThanTheProxyCountsForNothing) {
  ResponderOptions options;
  options.trusted_proxies = {IpAddress::v4(0x7f000001)};
  Responder proxied(registry, options);
  http::Request head;
  const std::string target = announce("port=1&left=1");
  head.target = target;
  head.forwarded_for = "198.51.100.7";
  static_cast<void>(proxied.respond(head, *IpAddress::parse("192.0.2.1"), test::at(seconds(0))));
  EXPECT_NE(get(announce("port=2&compact=0&left=1"), "192.0.2.2").find("9:192.0.2.1"), std::string::npos);
}

TEST_F(ResponderTest, MetricsSayWhatItHasCounted) {
  get(announce("port=6881&left=0"), "192.0.2.1");
  get(announce("port=6881&left=5"), "2001:db8::1");
  get("/announce?port=1");
  get("/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa");
  get("/nowhere");
  const std::string text = get("/metrics");
  EXPECT_EQ(status, 200U);
  for (const char* const line :
       {"stp_tracker_announces_total 2", "stp_tracker_scrapes_total 1", "stp_tracker_failures_total 1",
        "stp_tracker_unknown_paths_total 1", "stp_tracker_swarms 1", "stp_tracker_peers{family=\"ipv4\"} 1",
        "stp_tracker_peers{family=\"ipv6\"} 1", "stp_tracker_seeds 1"}) {
    EXPECT_NE(text.find("\n" + std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
  }
  EXPECT_NE(get("/stats.json").find("\"stp_tracker_announces_total\":2"), std::string::npos);
}

TEST_F(ResponderTest, MetricsAreWrittenOnceASecond) {
  int written = 0;
  ResponderOptions options;
  options.append_metrics = [&written](metrics::List&) { ++written; };
  Responder with(registry, options);
  http::Request request;
  request.target = "/stats.json";
  const auto ask = [&](Duration when) {
    return with.respond(request, *IpAddress::parse("192.0.2.1"), test::at(when)).body;
  };
  const Bytes first = ask(seconds(5));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ask(seconds(5) + std::chrono::milliseconds(i)), first);
  EXPECT_EQ(written, 1);
  static_cast<void>(ask(seconds(6)));
  EXPECT_EQ(written, 2);
}

TEST_F(ResponderTest, ThePageIsThere) {
  EXPECT_TRUE(get("/").starts_with("<!doctype html>"));
  EXPECT_EQ(status, 200U);
  EXPECT_GT(get("/tracker.js").size(), 1000U);
  get("/stp.js");
  EXPECT_EQ(status, 404U);
}

TEST_F(ResponderTest, MetricsAreWellNamedAndEndWithThoseOfTheServer) {
  Catalogue catalogue({}, registry, rng);
  metrics::List seen;
  ResponderOptions options;
  options.catalogue = &catalogue;
  options.append_metrics = [](metrics::List& list) { list.push_back(metrics::gauge("stp_last", "The last", 7)); };
  Responder with(registry, options);
  append_metrics(seen, registry, &catalogue, with.counters());
  const Status good = metrics::check(seen);
  EXPECT_TRUE(good) << good.error().message;
  http::Request request;
  request.target = "/metrics";
  const http::Response reply = with.respond(request, *IpAddress::parse("192.0.2.1"), test::at(seconds(0)));
  EXPECT_TRUE(as_text(reply.body).ends_with("\nstp_last 7\n"));
}

}  // namespace
}  // namespace stp::tracker
