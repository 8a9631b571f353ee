// A tracker that is announced to over both address families, or by UDP.
#include "tracker/client.h"

#include <gtest/gtest.h>

#include "unit/tracker/client_fixture.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::ClientTest;
using test::key;
using test::peer4;

class DualStack : public ClientTest {
 protected:
  DualStack() : ClientTest({Family::ipv4, Family::ipv6}) {}

  [[nodiscard]] std::vector<Family> families() const {
    std::vector<Family> all;
    for (const Seen& each : seen) all.push_back(each.request.family);
    return all;
  }
};

TEST_F(DualStack, AnnouncesOnceForEachFamilyAndMergesThePeers) {
  add_others(1);
  ASSERT_TRUE(
      registry.announce({key(1), *Endpoint::parse("[2001:db8::9]:9"), AnnounceEvent::started, true, {}}, now).ok());
  start(key(1), 100);
  EXPECT_EQ(families(), (std::vector<Family>{Family::ipv4, Family::ipv6}));
  const std::vector<Endpoint> peers = found(key(1));
  const std::set<Endpoint> merged(peers.begin(), peers.end());
  EXPECT_EQ(merged.size(), peers.size()) << "each once";
  EXPECT_TRUE(merged.contains(peer4(1)));
  EXPECT_TRUE(merged.contains(*Endpoint::parse("[2001:db8::9]:9")));
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{1, 3, 0})) << "we are in it by both addresses";
}

TEST_F(DualStack, BothFamiliesSayGoodbye) {
  start(key(1), 100);
  stop(key(1));
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_FALSE(client.withdrawing());
  EXPECT_EQ(registry.totals().peers(), 0U);
}

TEST_F(DualStack, ADownloadIsCountedOnce) {
  start(key(1), 100);
  start(key(1), 0);
  EXPECT_EQ(registry.scrape(key(1), now)->downloaded, 1U);
  EXPECT_EQ(registry.scrape(key(1), now)->complete, 2U) << "the other family tells that we are a seed all the same";
}

TEST_F(DualStack, AFamilyThatTheTrackerLacksIsNoTrouble) {
  absent = Family::ipv6;
  add_others(2);
  start(key(1), 100);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 2 peers");
  run(minutes(9));
  EXPECT_EQ(std::ranges::count(families(), Family::ipv6), 1);
  stop(key(1));
  EXPECT_FALSE(client.withdrawing());
  EXPECT_EQ(seen.back().request.family, Family::ipv4);
}

TEST_F(DualStack, AFamilyThatFailsIsNamedBesideTheOneThatWorks) {
  start(key(1), 100);
  seen.clear();
  tracker = Tracker::says_nothing;
  search(key(1));
  run(seconds(31));
  ASSERT_EQ(unanswered.size(), 2U);
  client.handle_response(unanswered[0], http(200, "d8:intervali1800e5:peers6:aaaabbe"), now);
  client.handle_response(unanswered[1], Error{ErrorKind::io, "connection refused"}, now);
  const std::string status = client.status(key(1), now);
  EXPECT_EQ(status.rfind("tracker http://tracker.example:65000: 1 peer (IPv6: connection refused, next try in ", 0), 0U)
      << status;
}

TEST_F(DualStack, WhatFailsInBothFamiliesIsSaidOnce) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  const std::string status = client.status(key(1), now);
  EXPECT_EQ(status.rfind("tracker http://tracker.example:65000: connection refused, next try in ", 0), 0U) << status;
  EXPECT_EQ(status.find("IPv"), std::string::npos) << status;
}

TEST_F(DualStack, SurvivesRandomOperations) {
  survive_random_operations();
}

TEST(UdpTracker, IsWaitedForAsLongAsBep15SaysAndIsGivenTheAnnounce) {
  Rng rng(3);
  ClientConfig config;
  config.url = *parse_tracker_url("udp://tracker.example:6969/announce?key=mine");
  Client client(config, rng);
  Instant now = test::at(seconds(0));
  client.start(key(1), {64500, 1, 2, 3}, now);
  const std::optional<Request> request = client.poll_request();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->url.target, "/announce?key=mine") << "no query of HTTP";
  EXPECT_EQ(request->timeout, seconds(15 * 511));
  EXPECT_EQ(request->announce.event, AnnounceEvent::started);
  EXPECT_EQ(request->announce.left, 3);
  EXPECT_EQ(client.status(key(1), now), "tracker udp://tracker.example:6969/...: asking");
  EXPECT_EQ(client.status(key(1), now + seconds(16)), "tracker udp://tracker.example:6969/...: no answer yet");
  TrackerReply reply;
  reply.interval = seconds(1800);
  reply.peers = {peer4(1)};
  client.handle_reply(request->id, reply, now + seconds(20));
  EXPECT_EQ(client.poll_peer(key(1))->endpoint, peer4(1));
  EXPECT_EQ(client.status(key(1), now + seconds(20)), "tracker udp://tracker.example:6969/...: 1 peer");
}

}  // namespace
}  // namespace stp::tracker
