#include "transfer/peer_pool.h"

#include <gtest/gtest.h>

#include "transfer/config.h"
#include "unit/transfer/start.h"

namespace stp::transfer {
namespace {

using namespace std::chrono_literals;
using discovery::Source;

Endpoint endpoint(std::uint32_t address, Port port = 1000) {
  return {IpAddress::v4(0x0a000000 + address), port};
}

class PeerPoolTest : public ::testing::Test {
 protected:
  Rng rng{1};
  PeerPool pool{kTransferDefaults, rng};
};

TEST_F(PeerPoolTest, KnownUndialableAndOwnEndpointsAreNotAdded) {
  EXPECT_TRUE(pool.add({endpoint(1), Source::dht}, kStart));
  EXPECT_FALSE(pool.add({endpoint(1), Source::dht}, kStart));
  EXPECT_FALSE(pool.add({endpoint(2, 0), Source::dht}, kStart));
  EXPECT_FALSE(pool.add({{IpAddress::v4(0xe0000001), 5}, Source::dht}, kStart));
  pool.mark_self(endpoint(3));
  EXPECT_FALSE(pool.add({endpoint(3), Source::dht}, kStart));
  EXPECT_EQ(pool.idle_count(), 1U);
  pool.check_invariants();
}

TEST_F(PeerPoolTest, APrivateShareKeepsWhomTrackersAndAPersonNamed) {
  for (const Source source :
       {Source::dht, Source::tracker, Source::lan, Source::given, Source::exchange, Source::met}) {
    pool.add({endpoint(1 + static_cast<std::uint32_t>(source)), source}, kStart);
  }
  pool.keep_private();
  pool.check_invariants();
  EXPECT_EQ(pool.idle_count(), 2U);
  for (const Source source :
       {Source::dht, Source::tracker, Source::lan, Source::given, Source::exchange, Source::met}) {
    EXPECT_EQ(pool.may_be_dialled_in_private(endpoint(1 + static_cast<std::uint32_t>(source))),
              source == Source::tracker || source == Source::given);
  }
}

TEST_F(PeerPoolTest, APeerFoundUnderBothKeysIsOnePeerThatIsAMemberUnderBoth) {
  EXPECT_TRUE(pool.add({endpoint(1), Source::dht, KeySet::only(1)}, kStart));
  EXPECT_EQ(pool.keys_of(endpoint(1)), KeySet::only(1));
  EXPECT_FALSE(pool.add({endpoint(1), Source::exchange}, kStart));  // says nothing of keys
  EXPECT_EQ(pool.keys_of(endpoint(1)), KeySet::only(1));
  EXPECT_FALSE(pool.add({endpoint(1), Source::tracker, KeySet::only(0)}, kStart));
  KeySet both = KeySet::only(0);
  both |= KeySet::only(1);
  EXPECT_EQ(pool.keys_of(endpoint(1)), both);
  EXPECT_EQ(pool.idle_count(), 1U);
  EXPECT_EQ(pool.keys_of(endpoint(2)), KeySet());
  pool.check_invariants();
}

TEST_F(PeerPoolTest, APeerKnownByHearsayIsTheTrackersOnceItNamesIt) {
  pool.add({endpoint(1), Source::exchange}, kStart);
  pool.add({endpoint(1), Source::tracker}, kStart);
  pool.add({endpoint(1), Source::dht}, kStart);
  pool.check_invariants();
  pool.keep_private();
  EXPECT_TRUE(pool.may_be_dialled_in_private(endpoint(1)));
}

TEST_F(PeerPoolTest, EachPeerDialsTheSameCandidatesInAnOrderOfItsOwn) {
  const auto order = [](std::uint64_t seed) {
    Rng own(seed);
    PeerPool its_pool(kTransferDefaults, own);
    for (std::uint32_t address = 1; address <= 20; ++address) {
      its_pool.add({endpoint(address), Source::tracker}, kStart);
    }
    std::vector<Endpoint> dialled;
    while (const auto next = its_pool.next_to_dial(kStart)) dialled.push_back(*next);
    return dialled;
  };
  EXPECT_EQ(order(1).size(), 20U);
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

TEST_F(PeerPoolTest, FailedDialWaitsTwiceAsLongEachTime) {
  pool.add({endpoint(1), Source::given}, kStart);
  Instant now = kStart;
  Duration last{};
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(pool.next_to_dial(now), endpoint(1));
    EXPECT_FALSE(pool.next_to_dial(now));
    pool.failed(endpoint(1), now);
    const Duration wait = *pool.next_due() - now;
    EXPECT_GT(wait, last * 3 / 2);
    last = wait;
    now = *pool.next_due();
  }
  pool.check_invariants();
}

TEST_F(PeerPoolTest, FoundCandidateIsForgottenAfterManyFailuresAGivenOneNever) {
  pool.add({endpoint(1), Source::dht}, kStart);
  pool.add({endpoint(2), Source::given}, kStart);
  Instant now = kStart;
  for (std::uint32_t i = 0; i < 2 * kTransferDefaults.peers.attempts_max; ++i) {
    now += 1h;
    while (const auto next = pool.next_to_dial(now)) pool.failed(*next, now);
  }
  EXPECT_EQ(pool.idle_count(), 1U);
  EXPECT_EQ(pool.next_to_dial(now + 1h), endpoint(2));
}

TEST_F(PeerPoolTest, BannedEndpointIsRefusedAndManyBansRefuseTheAddress) {
  for (Port port = 1; port < kTransferDefaults.peers.bans_per_address_max; ++port) pool.ban(endpoint(1, port));
  EXPECT_TRUE(pool.is_banned(endpoint(1, 1)));
  EXPECT_FALSE(pool.refuses(endpoint(1).address));
  EXPECT_TRUE(pool.add({endpoint(1, 77), Source::dht}, kStart));
  pool.ban(endpoint(1, 78));
  EXPECT_TRUE(pool.refuses(endpoint(1).address));
  EXPECT_FALSE(pool.add({endpoint(1, 79), Source::dht}, kStart));
  EXPECT_EQ(pool.idle_count(), 0U);
  EXPECT_FALSE(pool.refuses(endpoint(2).address));
  pool.check_invariants();
}

TEST_F(PeerPoolTest, HearsayDoesNotCrowdOutWhatDiscoveryFinds) {
  for (std::uint32_t i = 0; i < 5 * kTransferDefaults.peers.exchanged_max; ++i)
    pool.add({endpoint(1 + i), Source::exchange}, kStart);
  EXPECT_EQ(pool.idle_count(), kTransferDefaults.peers.exchanged_max);
  EXPECT_TRUE(pool.add({endpoint(60'000), Source::tracker}, kStart));
  EXPECT_TRUE(pool.add({endpoint(60'001), Source::met}, kStart));
  pool.check_invariants();
}

TEST_F(PeerPoolTest, NumberOfCandidatesIsBoundedExceptForGivenOnes) {
  for (std::uint32_t i = 0; i < kTransferDefaults.peers.candidates_max + 100; ++i)
    pool.add({endpoint(1 + i), Source::dht}, kStart);
  EXPECT_EQ(pool.idle_count(), kTransferDefaults.peers.candidates_max);
  EXPECT_TRUE(pool.add({endpoint(999'999), Source::given}, kStart));
}

}  // namespace
}  // namespace stp::transfer
