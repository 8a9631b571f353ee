#include "app/address_watch.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace stp::app {
namespace {

using namespace std::chrono_literals;
using Addresses = std::set<IpAddress>;

constexpr Instant kBegin{std::chrono::hours(1)};
const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");
const IpAddress kHome = *IpAddress::parse("192.0.2.1");
const IpAddress kOffice = *IpAddress::parse("198.51.100.1");
const IpAddress kHome6 = *IpAddress::parse("2001:db8::1");

class AddressWatchTest : public ::testing::Test {
 protected:
  /// The next change, and when it was reported; fails when nothing is due within a minute.
  AddressChange wait_change() {
    const std::optional<Instant> due = watch.next_timeout();
    EXPECT_TRUE(due.has_value());
    if (!due) return {};
    now = std::max(now, *due);
    const std::optional<AddressChange> change = watch.poll_change(now);
    EXPECT_TRUE(change.has_value());
    return change.value_or(AddressChange{});
  }

  Instant now = kBegin;
  AddressWatch watch{Addresses{kLoopback, kHome, kHome6}};
};

TEST_F(AddressWatchTest, WithoutAChangeThereIsNothingToReport) {
  watch.handle_addresses({kLoopback, kHome, kHome6}, now);
  EXPECT_FALSE(watch.next_timeout());
  EXPECT_FALSE(watch.poll_change(now + 1h));
}

TEST_F(AddressWatchTest, ALostAddressIsReportedOnceThingsHaveSettled) {
  watch.handle_addresses({kLoopback, kHome6}, now);
  EXPECT_FALSE(watch.poll_change(now));
  EXPECT_EQ(watch.next_timeout(), now + AddressWatch::kSettle);
  const AddressChange change = wait_change();
  EXPECT_EQ(change.lost, Addresses{kHome});
  EXPECT_TRUE(change.gained.empty());
  EXPECT_FALSE(watch.next_timeout());
}

TEST_F(AddressWatchTest, AnotherNetworkIsOneChange) {
  watch.handle_addresses({kLoopback}, now);
  watch.handle_addresses({kLoopback, kOffice}, now + 200ms);
  const AddressChange change = wait_change();
  EXPECT_EQ(now, kBegin + 200ms + AddressWatch::kSettle);
  EXPECT_EQ(change.lost, (Addresses{kHome, kHome6}));
  EXPECT_EQ(change.gained, Addresses{kOffice});
}

TEST_F(AddressWatchTest, AnAddressThatIsBackAtOnceWasNeverAway) {
  watch.handle_addresses({kLoopback, kHome6}, now);
  watch.handle_addresses({kLoopback, kHome, kHome6}, now + 300ms);
  EXPECT_FALSE(watch.next_timeout());
}

TEST_F(AddressWatchTest, AnAddressThatCameAndWentIsLost) {
  watch.handle_addresses({kLoopback, kHome, kHome6, kOffice}, now);
  watch.handle_addresses({kLoopback, kHome, kHome6}, now + 300ms);
  const AddressChange change = wait_change();
  EXPECT_EQ(change.lost, Addresses{kOffice});
  EXPECT_TRUE(change.gained.empty());
}

TEST_F(AddressWatchTest, AMachineThatLosesAllAndGetsOthersLaterIsReportedTwice) {
  watch.handle_addresses({kLoopback}, now);
  EXPECT_EQ(wait_change().lost, (Addresses{kHome, kHome6}));
  now += 2s;  // the time that a lease takes
  watch.handle_addresses({kLoopback, kOffice}, now);
  const Instant came = now;
  EXPECT_EQ(wait_change().gained, Addresses{kOffice});
  EXPECT_LE(now, came + 1s);
}

TEST_F(AddressWatchTest, UnrestDoesNotPutAReportOffForEver) {
  watch.handle_addresses({kLoopback, kHome6}, now);
  const Instant first = now;
  bool reported = false;
  for (int i = 0; i < 100 && !reported; ++i) {
    now += 100ms;
    watch.handle_addresses(i % 2 == 0 ? Addresses{kLoopback, kHome6, kOffice} : Addresses{kLoopback, kHome6}, now);
    reported = watch.poll_change(now).has_value();
  }
  EXPECT_TRUE(reported);
  EXPECT_LE(now, first + AddressWatch::kSettleMax + 100ms);
}

TEST_F(AddressWatchTest, FlappingForAnHourIsReportedEverMoreRarelyAndCalmResetsThat) {
  int reports = 0;
  const Instant end = now + 1h;
  for (bool there = false; now < end; there = !there) {
    watch.handle_addresses(there ? Addresses{kLoopback, kHome} : Addresses{kLoopback}, now);
    for (const Instant next = now + 1s; now < next; now += 100ms) reports += watch.poll_change(now).has_value();
  }
  EXPECT_GE(reports, 10);
  EXPECT_LE(reports, 70);  // six to begin with, then one per minute
  while (watch.next_timeout()) wait_change();
  now += AddressWatch::kCalm;
  watch.handle_addresses({kLoopback, kOffice}, now);
  const Instant came = now;
  wait_change();
  EXPECT_EQ(now, came + AddressWatch::kSettle);
}

TEST_F(AddressWatchTest, TheReportsAppliedInOrderGiveTheAddresses) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    Addresses believed;
    Addresses actual;
    AddressWatch watched(believed);
    Instant time = kBegin;
    for (int step = 0; step < 300; ++step) {
      time += Duration(std::chrono::milliseconds(rng.below(2000)));
      const IpAddress one = IpAddress::v4(static_cast<std::uint32_t>(1 + rng.below(5)));
      if (actual.erase(one) == 0) actual.insert(one);
      watched.handle_addresses(actual, time);
      if (const std::optional<AddressChange> change = watched.poll_change(time)) {
        for (const IpAddress& lost : change->lost) believed.erase(lost);
        for (const IpAddress& gained : change->gained) EXPECT_TRUE(believed.insert(gained).second);
        ASSERT_EQ(believed, actual);
      }
    }
  }
}

}  // namespace
}  // namespace stp::app
