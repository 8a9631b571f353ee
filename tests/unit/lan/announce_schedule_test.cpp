#include "lan/announce_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lan/lan_message.h"

namespace stp::lan {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

SwarmKey nth_key(std::uint32_t number) {
  SwarmKey key;
  store_be(key.bytes.data(), number);
  return key;
}

struct Sent {
  Duration at;
  std::vector<SwarmKey> keys;
};

class AnnounceScheduleTest : public testing::Test {
 protected:
  /// Runs the schedule up to `until` after the start and returns what it sent.
  std::vector<Sent> run(Duration until) {
    std::vector<Sent> sent;
    while (true) {
      for (std::vector<SwarmKey> keys; !(keys = schedule_.take(kKeysPerDatagram, now_)).empty();) {
        sent.push_back({now_ - Instant{}, std::move(keys)});
      }
      if (++rounds_ % 64 == 0) schedule_.check_invariants();  // costs as much as thousands of keys
      const std::optional<Instant> next = schedule_.next_timeout();
      if (!next || *next > Instant{} + until) break;
      EXPECT_GT(*next, now_);
      now_ = *next;
    }
    now_ = Instant{} + until;
    return sent;
  }
  static std::vector<Duration> times(const std::vector<Sent>& sent) {
    std::vector<Duration> at;
    for (const Sent& one : sent) at.push_back(one.at);
    return at;
  }

  LanConfig config_;
  Rng rng_{1};
  AnnounceSchedule schedule_{config_, rng_};
  Instant now_{};
  int rounds_ = 0;
};

TEST_F(AnnounceScheduleTest, AFewQuickRepeatsFollowTheFirstAndThenOneEveryFiveMinutes) {
  schedule_.start(nth_key(1), now_);
  EXPECT_THAT(times(run(4min)), ElementsAre(0s, 500ms, 1500ms));
  const std::vector<Sent> later = run(30min);
  ASSERT_THAT(later, SizeIs(testing::AllOf(testing::Ge(5U), testing::Le(6U))));
  Duration last = 1500ms;
  for (const Sent& sent : later) {
    EXPECT_GE(sent.at - last, 270s);
    EXPECT_LE(sent.at - last, 330s);
    last = sent.at;
  }
}

TEST_F(AnnounceScheduleTest, ANewcomerIsAnsweredAtOnceAndOnceMore) {
  schedule_.start(nth_key(1), now_);
  run(2min);
  schedule_.answer(nth_key(1), now_);
  const std::vector<Sent> sent = run(3min);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_LE(sent[0].at, 2min + config_.answer_delay_max);
  EXPECT_EQ(sent[1].at - sent[0].at, 1s);
}

TEST_F(AnnounceScheduleTest, ANewcomerThatHearsUsAnywayGetsNoAnswerOfItsOwn) {
  schedule_.start(nth_key(1), now_);
  run(200ms);
  schedule_.answer(nth_key(1), now_);
  EXPECT_THAT(run(1min), SizeIs(2));  // the repeats
}

TEST_F(AnnounceScheduleTest, AnswersAreLimitedToOnePerMinuteAndAFewInARow) {
  schedule_.start(nth_key(1), now_);
  run(10s);
  std::size_t answered = 0;
  for (int i = 0; i < 100; ++i) {  // a newcomer every six seconds, for ten minutes
    schedule_.answer(nth_key(1), now_);
    answered += run((now_ - Instant{}) + 6s).size();
  }
  EXPECT_GE(answered, 2U * 10);
  EXPECT_LE(answered, 2U * (10 + 3 + 1) + 3);
}

TEST_F(AnnounceScheduleTest, UpToFiveKeysHaveADatagramEach) {
  for (std::uint32_t i = 0; i < 5; ++i) schedule_.start(nth_key(i), now_);
  const std::vector<Sent> sent = run(100ms);
  ASSERT_THAT(sent, SizeIs(5));
  for (const Sent& one : sent) EXPECT_THAT(one.keys, SizeIs(1));
}

TEST_F(AnnounceScheduleTest, MoreKeysShareDatagrams) {
  for (std::uint32_t i = 0; i < 60; ++i) schedule_.start(nth_key(i), now_);
  const std::vector<Sent> sent = run(100ms);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_THAT(sent[0].keys, SizeIs(kKeysPerDatagram));
}

TEST_F(AnnounceScheduleTest, TenThousandKeysAreAnnouncedSlowlyAndAllOfThem) {
  constexpr std::uint32_t kKeys = 10'000;
  for (std::uint32_t i = 0; i < kKeys; ++i) schedule_.start(nth_key(i), now_);
  std::set<SwarmKey> seen;
  for (const Sent& sent : run(90s)) seen.insert(sent.keys.begin(), sent.keys.end());
  EXPECT_EQ(seen.size(), kKeys);
  run(10min);
  const std::vector<Sent> hour = run(70min);
  EXPECT_LE(hour.size(), 2U * 3600);  // fewer than two per second
  std::size_t times_each = 0;
  for (const Sent& sent : hour) times_each += sent.keys.size();
  EXPECT_NEAR(static_cast<double>(times_each) / kKeys, 12, 1.5);
}

TEST_F(AnnounceScheduleTest, DatagramsAreLimitedWhateverIsAsked) {
  for (std::uint32_t i = 0; i < 2000; ++i) schedule_.start(nth_key(i), now_);
  for (int second = 1; second <= 20; ++second) {
    for (std::uint32_t i = 0; i < 2000; ++i) schedule_.answer(nth_key(i), now_);
    const std::vector<Sent> sent = run(std::chrono::seconds(second));
    EXPECT_LE(sent.size(), second == 1 ? 15U : 6U);
  }
}

TEST_F(AnnounceScheduleTest, ANewKeyAndAnAnswerDoNotWaitForThousandsOfOthers) {
  for (std::uint32_t i = 0; i < 10'000; ++i) schedule_.start(nth_key(i), now_);
  run(10s);
  schedule_.start(nth_key(20'000), now_);
  schedule_.answer(nth_key(1), now_);
  std::vector<SwarmKey> first;
  for (const Sent& sent : run(10s + 800ms)) first.insert(first.end(), sent.keys.begin(), sent.keys.end());
  EXPECT_THAT(first, testing::IsSupersetOf({nth_key(20'000), nth_key(1)}));
}

TEST_F(AnnounceScheduleTest, AStoppedKeyIsSilent) {
  schedule_.start(nth_key(1), now_);
  run(100ms);
  schedule_.stop(nth_key(1));
  schedule_.answer(nth_key(1), now_);
  schedule_.hurry(nth_key(1), now_);
  EXPECT_THAT(run(1h), IsEmpty());
  EXPECT_EQ(schedule_.next_timeout(), std::nullopt);
}

TEST_F(AnnounceScheduleTest, WhoMissesPeersAnnouncesEveryMinute) {
  schedule_.start(nth_key(1), now_);
  run(10s);
  for (int i = 0; i < 10; ++i) schedule_.hurry(nth_key(1), now_);
  EXPECT_THAT(times(run(2min)), ElementsAre(1500ms + 1min));
}

}  // namespace
}  // namespace stp::lan
