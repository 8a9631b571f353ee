// One tracker as a source of peers: events, intervals, back-off, goodbye.
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

TEST_F(ClientTest, AnnouncesStartedAndDeliversThePeers) {
  add_others(3);
  start(key(1), 100);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].query,
            (AnnounceQuery{key(1), 64500, false, AnnounceEvent::started, 50, true, client_config().peer_id, true}));
  EXPECT_NE(seen[0].target.find("&peer_id=pppppppppppppppppppp&"), std::string::npos) << seen[0].target;
  EXPECT_NE(seen[0].target.find("&uploaded=10&downloaded=20&left=100&key="), std::string::npos) << seen[0].target;
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 3 peers");
  const std::vector<Endpoint> peers = found(key(1));
  EXPECT_EQ(std::set<Endpoint>(peers.begin(), peers.end()), (std::set<Endpoint>{peer4(1), peer4(2), peer4(3)}));
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{0, 4, 0}));
}

TEST_F(ClientTest, MayNamePeersUnlessTheLastAnnounceFailed) {
  EXPECT_FALSE(client.may_find(key(1)));
  start(key(1), 100);
  EXPECT_TRUE(client.may_find(key(1)));
  tracker = Tracker::refuses_connections;
  run(minutes(31));
  EXPECT_FALSE(client.may_find(key(1)));
  tracker = Tracker::answers;
  run(minutes(61));
  EXPECT_TRUE(client.may_find(key(1)));
}

TEST_F(ClientTest, AnnouncesAgainAfterTheIntervalAndNotBefore) {
  add_others(20);
  start(key(1), 100);
  run(std::chrono::hours(5));
  ASSERT_GE(seen.size(), 8U);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].query.event, AnnounceEvent::none);
    EXPECT_GE(seen[i].when - seen[i - 1].when,
              seconds(1620) - minutes(22));  // the swarm dies out and becomes a tiny one
    EXPECT_LE(seen[i].when - seen[i - 1].when, seconds(1980) * 11 / 10);
  }
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{0, 1, 0})) << "we never expire";
}

TEST_F(ClientTest, TwoClientsFindEachOtherWhateverComesFirst) {
  start(key(1), 100);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 0 peers");
  ASSERT_TRUE(registry.announce({key(1), peer4(9), AnnounceEvent::started, true, {}}, now).ok());
  run(seconds(31));
  EXPECT_EQ(seen.size(), 1U);
  search(key(1));
  EXPECT_EQ(found(key(1)), std::vector<Endpoint>{peer4(9)}) << "30 s is the least interval of a tiny swarm";
}

TEST_F(ClientTest, ASearchWaitsForTheMinInterval) {
  start(key(1), 100);
  const Instant first = now;
  run(seconds(10));
  for (int i = 0; i < 5; ++i) search(key(1));
  EXPECT_EQ(seen.size(), 1U);
  run(seconds(60));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].when - first, seconds(30));
}

TEST_F(ClientTest, WithoutAMinIntervalASearchWaitsAMinute) {
  fixed_reply = "d8:intervali1800e5:peers0:e";
  start(key(1), 100);
  search(key(1));
  run(seconds(59));
  EXPECT_EQ(seen.size(), 1U);
  run(seconds(1));
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(ClientTest, BoundsTheIntervalsOfOddTrackers) {
  fixed_reply = "d8:intervali0e12:min intervali0e5:peers0:e";
  start(key(1), 100);
  run(seconds(100));
  EXPECT_LE(seen.size(), 21U);
  EXPECT_GE(seen.size(), 18U);
  seen.clear();
  fixed_reply = "d8:intervali999999999999e12:min intervali999999999999e5:peers0:e";
  run(minutes(1));
  seen.clear();
  run(minutes(67));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(ClientTest, SaysCompletedOnceAndAtOnce) {
  start(key(1), 100);
  run(seconds(5));
  start(key(1), 0);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::completed);
  EXPECT_TRUE(seen[1].query.seed);
  start(key(1), 0);
  EXPECT_EQ(seen.size(), 2U);
  run(minutes(10));
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::none);
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{1, 0, 1}));
}

TEST_F(ClientTest, ASeedFromTheStartNeverSaysCompleted) {
  start(key(1), 0);
  start(key(1), 0);
  run(minutes(30));
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{1, 0, 0}));
  for (const Seen& each : seen) EXPECT_NE(each.query.event, AnnounceEvent::completed);
}

TEST_F(ClientTest, CompletedIsNotLostWhenItHappensDuringARequest) {
  tracker = Tracker::says_nothing;
  start(key(1), 100);
  start(key(1), 0);
  ASSERT_EQ(seen.size(), 1U);
  tracker = Tracker::answers;
  fixed_reply = "d8:intervali1800e5:peers0:e";
  client.handle_response(unanswered[0], http(200, *fixed_reply), now);
  serve();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::completed);
}

TEST_F(ClientTest, StopWithdrawsUs) {
  start(key(1), 100);
  client.stop(key(1), now);
  EXPECT_TRUE(client.withdrawing());
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: saying goodbye");
  serve();
  EXPECT_FALSE(client.withdrawing());
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::stopped);
  EXPECT_EQ(registry.totals().peers(), 0U);
  EXPECT_EQ(client.next_timeout(), std::nullopt);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: not announced");
}

TEST_F(ClientTest, ADownloadThatEndsItsSessionIsCountedBeforeTheGoodbye) {
  start(key(1), 100);
  discovery::Announcement self{64500, 0, 100, 0};
  self.completed = true;
  client.start(key(1), self, now);
  client.stop(key(1), now);
  serve();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::completed);
  EXPECT_EQ(seen[1].query.numwant, 0U);
  EXPECT_EQ(seen[2].query.event, AnnounceEvent::stopped);
  EXPECT_FALSE(client.withdrawing());
}

TEST_F(ClientTest, StopBeforeAnythingWasSentIsSilent) {
  client.start(key(1), {64500, 0, 0, 1}, now);
  client.stop(key(1), now);
  EXPECT_FALSE(client.poll_request().has_value());
  EXPECT_FALSE(client.withdrawing());
}

TEST_F(ClientTest, StopWaitsForTheAnnounceUnderWay) {
  tracker = Tracker::says_nothing;
  start(key(1), 100);
  stop(key(1));
  EXPECT_EQ(seen.size(), 1U) << "two requests at once could arrive in the wrong order";
  EXPECT_TRUE(client.withdrawing());
  client.handle_response(unanswered[0], http(200, "d8:intervali1800e5:peers6:aaaabbe"), now);
  EXPECT_TRUE(found(key(1)).empty());
  serve();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::stopped);
}

TEST_F(ClientTest, GoodbyeEndsByItselfWhenTheTrackerIsSilent) {
  start(key(1), 100);
  tracker = Tracker::says_nothing;
  stop(key(1));
  run(seconds(4));
  EXPECT_TRUE(client.withdrawing());
  run(seconds(1));
  EXPECT_FALSE(client.withdrawing());
  client.handle_response(unanswered[0], http(200, ""), now);
  EXPECT_EQ(client.next_timeout(), std::nullopt);
}

TEST_F(ClientTest, StoppingAnUnreachableTrackerDoesNotWait) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  const std::size_t requests = seen.size();
  stop(key(1));
  EXPECT_FALSE(client.withdrawing());
  EXPECT_EQ(seen.size(), requests);
}

TEST_F(ClientTest, StartedAgainDuringTheGoodbyeAnnouncesAnew) {
  start(key(1), 100);
  tracker = Tracker::says_nothing;
  stop(key(1));
  tracker = Tracker::answers;
  start(key(1), 100);
  EXPECT_FALSE(client.withdrawing());
  client.handle_response(unanswered[0], http(200, "de"), now);
  serve();
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::started);
  EXPECT_EQ(registry.totals().peers(), 1U);
}

TEST_F(ClientTest, AnOutageIsTriedAgainWithGrowingPatience) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  EXPECT_EQ(
      client.status(key(1), now).rfind("tracker http://tracker.example:65000: connection refused, next try in ", 0), 0U)
      << client.status(key(1), now);
  run(std::chrono::hours(2));
  EXPECT_LE(seen[1].when - seen[0].when, seconds(7));
  Duration longest{};
  for (std::size_t i = 1; i < seen.size(); ++i) {
    const Duration pause = seen[i].when - seen[i - 1].when;
    EXPECT_GE(pause, seconds(3));
    EXPECT_LE(pause, seconds(750));
    longest = std::max(longest, pause);
    EXPECT_EQ(seen[i].query.event, AnnounceEvent::started);
  }
  EXPECT_GE(longest, seconds(450));
  EXPECT_LE(seen.size(), 30U);

  tracker = Tracker::answers;
  add_others(2);
  run(seconds(750));
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 2 peers");
  EXPECT_EQ(found(key(1)).size(), 2U);
}

TEST_F(ClientTest, TheTimeUntilTheNextTryRunsDown) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  EXPECT_NE(client.status(key(1), now + seconds(2)), client.status(key(1), now));
}

TEST_F(ClientTest, AnOutageInTheMiddleKeepsWhatWasFoundAndComesBackAsPeriodic) {
  add_others(2);
  start(key(1), 100);
  tracker = Tracker::refuses_connections;
  run(minutes(15));
  EXPECT_EQ(found(key(1)).size(), 2U);
  tracker = Tracker::answers;
  run(minutes(15));
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::none);
  EXPECT_NE(registry.scrape(key(1), now), std::nullopt);
}

TEST_F(ClientTest, ASearchDoesNotShortenTheBackOff) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  run(seconds(60));
  const std::size_t requests = seen.size();
  for (int i = 0; i < 10; ++i) search(key(1));
  start(key(1), 0);
  EXPECT_EQ(seen.size(), requests);
}

TEST_F(ClientTest, CompletedDuringAnOutageIsSaidAfterIt) {
  tracker = Tracker::refuses_connections;
  start(key(1), 100);
  start(key(1), 0);
  tracker = Tracker::answers;
  run(seconds(10));
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::completed);
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{1, 0, 1}));
}

TEST_F(ClientTest, ALostRequestCountsAsAFailure) {
  tracker = Tracker::says_nothing;
  start(key(1), 100);
  run(seconds(19));
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: no answer yet");
  run(seconds(1));
  EXPECT_EQ(client.status(key(1), now).rfind("tracker http://tracker.example:65000: no answer, next try in ", 0), 0U);
  tracker = Tracker::answers;
  run(seconds(10));
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 0 peers");
}

TEST_F(ClientTest, ShowsAFailureReasonHarmlessly) {
  fixed_reply = "d14:failure reason9:no\x1b[31m!\ne";
  start(key(1), 100);
  const std::string status = client.status(key(1), now);
  EXPECT_EQ(status.rfind("tracker http://tracker.example:65000: failure reason 'no\\x1b[31m!\\n', next try in ", 0), 0U)
      << status;
  run(seconds(20));
  EXPECT_EQ(seen.size(), 1U) << "a tracker that refuses is left alone for longer than one that cannot be reached";
  run(seconds(30));
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(ClientTest, ComesBackWhenTheTrackerSays) {
  fixed_reply = "d14:failure reason4:busy8:retry ini3ee";
  start(key(1), 100);
  EXPECT_EQ(client.status(key(1), now),
            "tracker http://tracker.example:65000: failure reason 'busy', next try in 3 min");
  run(minutes(3) - seconds(1));
  EXPECT_EQ(seen.size(), 1U);
  run(seconds(1));
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(ClientTest, NeverMeansNever) {
  fixed_reply = "d14:failure reason4:gone8:retry in5:nevere";
  start(key(1), 100);
  EXPECT_EQ(client.status(key(1), now),
            "tracker http://tracker.example:65000: failure reason 'gone', will not try again");
  EXPECT_EQ(client.next_timeout(), std::nullopt);
  search(key(1));
  run(std::chrono::hours(100));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(ClientTest, NamesAnHttpError) {
  fixed_status = 503;
  fixed_reply = "<html>";
  start(key(1), 100);
  EXPECT_NE(client.status(key(1), now).find(": HTTP status 503, next try in "), std::string::npos);
  fixed_reply = "d14:failure reason6:closede";
  run(minutes(2));
  EXPECT_NE(client.status(key(1), now).find(": failure reason 'closed', next try in "), std::string::npos);
}

TEST_F(ClientTest, NamesAReplyThatIsNone) {
  fixed_reply = "<html>";
  start(key(1), 100);
  EXPECT_NE(client.status(key(1), now).find(": an HTML page, not a tracker's reply, next try in "), std::string::npos)
      << client.status(key(1), now);
}

TEST_F(ClientTest, SendsTheTrackerIdBack) {
  fixed_reply = "d8:intervali60e5:peers0:10:tracker id3:a&be";
  start(key(1), 100);
  run(minutes(2));
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen[0].target.find("trackerid"), std::string::npos);
  EXPECT_NE(seen[1].target.find("&trackerid=a%26b"), std::string::npos);
}

TEST_F(ClientTest, AMovedPortIsAnnouncedAtOnceAsANewPeer) {
  start(key(1), 100, 1000);
  start(key(1), 100, 2000);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.port, 2000);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::started);
}

TEST_F(ClientTest, FromANewAddressItAnnouncesAtOnceAsANewPeer) {
  start(key(1), 5);
  run(seconds(10));
  ASSERT_EQ(seen.size(), 1U);
  client.renew(key(1), now);
  serve();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::started);
}

TEST_F(ClientTest, FromANewAddressNeitherAnOpenRequestNorTheBackOffDelaysIt) {
  tracker = Tracker::says_nothing;
  start(key(1), 5);
  client.renew(key(1), now);
  serve();
  EXPECT_EQ(seen.size(), 2U);
  tracker = Tracker::refuses_connections;
  run(minutes(10));
  const std::size_t before = seen.size();
  tracker = Tracker::answers;
  client.renew(key(1), now);
  serve();
  EXPECT_EQ(seen.size(), before + 1);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 0 peers");
}

TEST_F(ClientTest, WithoutAPortItStillAsks) {
  add_others(1);
  start(key(1), 100, 0);
  EXPECT_EQ(found(key(1)).size(), 1U);
}

TEST_F(ClientTest, ManyKeysShareOneTrackerAFewAtATime) {
  tracker = Tracker::says_nothing;
  for (std::uint32_t i = 0; i < 20; ++i) start(key(i), 100);
  EXPECT_EQ(seen.size(), Client::kRequestsMax);
  tracker = Tracker::answers;
  fixed_reply = "d8:intervali1800e5:peers0:e";
  while (!unanswered.empty()) {
    const std::uint64_t id = unanswered.front();
    unanswered.pop_front();
    client.handle_response(id, http(200, *fixed_reply), now);
    serve();
  }
  std::set<SwarmKey> announced;
  for (const Seen& each : seen) announced.insert(each.query.key);
  EXPECT_EQ(announced.size(), 20U);
  EXPECT_EQ(seen.size(), 20U);
  for (std::uint32_t i = 0; i < 20; ++i) client.stop(key(i), now);
  serve();
  EXPECT_FALSE(client.withdrawing());
}

TEST_F(ClientTest, IgnoresAnswersNobodyWaitsFor) {
  start(key(1), 100);
  client.handle_response(12345, http(200, "d5:peers6:aaaabbe"), now);
  client.handle_response(1, Error{ErrorKind::io, "late"}, now);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: 0 peers");
  EXPECT_TRUE(found(key(1)).empty());
}

TEST_F(ClientTest, ASeedThatWasLookedAtAsALeechFirstSaysNoCompleted) {
  // `get` of what is there already: a leech until the data were verified, and nothing was downloaded.
  client.start(key(1), {64500, 0, 0, 100}, now);
  serve();
  client.start(key(1), {64500, 0, 0, 0}, now);
  serve();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query.event, AnnounceEvent::none);
  EXPECT_TRUE(seen[1].query.seed) << "the tracker learns at once that we are a seed";
  EXPECT_EQ(registry.scrape(key(1), now), (SwarmCounts{1, 0, 0}));
}

TEST_F(ClientTest, WhatIsKnownWhenTheRequestLeavesIsAnnounced) {
  client.start(key(1), {64500, 0, 0, 100}, now);
  client.start(key(1), {64500, 0, 0, 0}, now);
  serve();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].query.event, AnnounceEvent::started);
  EXPECT_TRUE(seen[0].query.seed);
}

TEST_F(ClientTest, EachAnnounceSaysTheFiguresOfItsMoment) {
  add_others(20);
  start(key(1), 100);
  client.update(key(1), {64500, 11, 60, 40});
  EXPECT_EQ(seen.size(), 1U) << "nothing is announced because of it";
  run(std::chrono::hours(1));
  ASSERT_GE(seen.size(), 2U);
  EXPECT_NE(seen[1].target.find("&uploaded=11&downloaded=60&left=40&"), std::string::npos) << seen[1].target;
  client.update(key(1), {64500, 12, 70, 30});
  stop(key(1));
  EXPECT_EQ(seen.back().query.event, AnnounceEvent::stopped);
  EXPECT_NE(seen.back().target.find("&uploaded=12&downloaded=70&left=30&"), std::string::npos) << seen.back().target;
}

TEST_F(ClientTest, APartialSeedSaysPaused) {
  discovery::Announcement self{64500, 0, 50, 50};
  client.start(key(1), {64500, 0, 0, 100}, now);
  serve();
  self.paused = true;
  client.start(key(1), self, now);
  serve();
  EXPECT_EQ(seen.size(), 1U);
  search(key(1));
  run(minutes(1));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_NE(seen[1].target.find("&event=paused"), std::string::npos) << seen[1].target;
}

TEST_F(ClientTest, ComesBackAfterRetryAfter) {
  fixed_status = 503;
  fixed_reply = "<html>";
  retry_after = minutes(7);
  start(key(1), 100);
  EXPECT_EQ(client.status(key(1), now), "tracker http://tracker.example:65000: HTTP status 503, next try in 7 min");
  run(minutes(7) - seconds(1));
  EXPECT_EQ(seen.size(), 1U);
  run(seconds(1));
  EXPECT_EQ(seen.size(), 2U);
  retry_after = std::chrono::hours(100'000);
  run(minutes(7));
  run(std::chrono::hours(24));
  EXPECT_EQ(seen.size(), 4U) << "nobody is sent away for longer than a day";
}

TEST_F(ClientTest, PeersGivenByNameAreToBeLookedUp) {
  fixed_reply = "d8:intervali1800e5:peersld2:ip12:peer.example4:porti81eed2:ip9:192.0.2.94:porti5eeee";
  start(key(1), 100);
  const std::optional<Client::Lookup> lookup = client.poll_lookup();
  ASSERT_TRUE(lookup.has_value());
  EXPECT_EQ(lookup->name, (HostPort{"peer.example", 81}));
  EXPECT_FALSE(client.poll_lookup().has_value());
  client.handle_lookup(lookup->key, {*Endpoint::parse("192.0.2.7:81"), *Endpoint::parse("[2001:db8::7]:81")});
  EXPECT_EQ(found(key(1)), (std::vector<Endpoint>{*Endpoint::parse("192.0.2.9:5"), *Endpoint::parse("192.0.2.7:81"),
                                                  *Endpoint::parse("[2001:db8::7]:81")}));
}

TEST_F(ClientTest, SurvivesRandomOperations) {
  survive_random_operations();
}

}  // namespace
}  // namespace stp::tracker
