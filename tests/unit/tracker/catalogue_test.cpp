#include "tracker/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "core/fold_case.h"
#include "crypto/sha1.h"
#include "unit/tracker/dictionaries.h"
#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::as_dictionary;
using test::at;
using test::Dictionary;
using test::dictionary;
using test::peer4;
using test::peer6;
using Put = Catalogue::Put;

class CatalogueTest : public ::testing::Test {
 protected:
  void use(const CatalogueConfig& config) { catalogue.emplace(config, registry, rng); }

  void announce(const Dictionary& share, const Endpoint& peer, bool seed = true,
                AnnounceEvent event = AnnounceEvent::none) {
    ASSERT_TRUE(registry.announce({swarm_of(share.info_hash), peer, event, seed, {}}, now).ok());
    if (event != AnnounceEvent::stopped) catalogue->handle_announce(swarm_of(share.info_hash), peer.address, now);
    catalogue->check_invariants();
  }
  Result<Put> put(const Dictionary& share, const Endpoint& from) {
    Result<Put> outcome = catalogue->put(share.info_hash, share.bytes, from.address, now);
    catalogue->check_invariants();
    return outcome;
  }
  /// A share that is listed, with a peer of its own.
  Dictionary listed(const std::string& name, std::int64_t bytes = 1000, std::uint32_t seeds = 1) {
    const Dictionary share = dictionary(name, bytes);
    for (std::uint32_t i = 0; i < seeds; ++i) announce(share, peer4(next_peer_++));
    EXPECT_EQ(*put(share, peer4(next_peer_ - 1)), Put::listed);
    return share;
  }
  void advance(Duration duration) {
    for (const Instant until = now + duration; now < until;) {
      now = std::min(now + seconds(1), until);
      registry.handle_timeout(now);
      catalogue->handle_timeout(now);
    }
    catalogue->check_invariants();
  }
  std::vector<std::string> names(const std::string& name, ShareOrder order = ShareOrder::seeds,
                                 std::uint32_t page = 1) {
    const Result<SharePage> found = catalogue->search({name, order, page}, now);
    std::vector<std::string> list;
    if (!found) return {found.error().message};
    for (const ListedShare& share : found->shares) list.push_back(share.name);
    return list;
  }
  using Names = std::vector<std::string>;

  Rng rng{7};
  Registry registry{{}, rng};
  std::optional<Catalogue> catalogue{std::in_place, CatalogueConfig{}, registry, rng};
  Instant now = at(seconds(0));
  std::uint32_t next_peer_ = 1;
};

TEST_F(CatalogueTest, ListsTheShareOfAPeer) {
  const Dictionary share = dictionary("Holiday film.mkv", 20'000'000);
  announce(share, peer4(1));
  announce(share, peer4(2), false);
  EXPECT_EQ(*put(share, peer4(1, 9999)), Put::listed);  // the address counts, not the port
  advance(seconds(90));
  const Result<SharePage> page = catalogue->search({"holiday", ShareOrder::seeds, 1}, now);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->total, 1U);
  EXPECT_EQ(page->shares,
            (std::vector<ListedShare>{{share.info_hash, "Holiday film.mkv", 20'000'000, 1, 1, 1, seconds(90)}}));
  EXPECT_EQ(catalogue->find(share.info_hash, now), page->shares[0]);
}

TEST_F(CatalogueTest, OfAHybridItShowsBothHashes) {
  const Dictionary share = test::hybrid_dictionary("film");
  announce(share, peer4(1));
  ASSERT_EQ(*put(share, peer4(1)), Put::listed);
  const std::optional<ListedShare> listed = catalogue->find(share.info_hash, now);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->info_hash_v1, InfoHashV1{crypto::sha1(share.bytes)});
  const Dictionary other = dictionary("v2 alone");
  announce(other, peer4(1));
  ASSERT_EQ(*put(other, peer4(1)), Put::listed);
  EXPECT_EQ(catalogue->find(other.info_hash, now)->info_hash_v1, std::nullopt);
}

TEST_F(CatalogueTest, HoldsTheShareOfAStrangerUntilItsAnnounce) {
  const Dictionary share = dictionary("film");
  announce(share, peer4(1));  // somebody else is in the swarm
  EXPECT_EQ(*put(share, peer4(2)), Put::held);
  EXPECT_EQ(names(""), Names());
  EXPECT_EQ(catalogue->find(share.info_hash, now), std::nullopt);
  EXPECT_EQ(catalogue->revision(), 0U);
  announce(share, peer4(3));
  EXPECT_EQ(names(""), Names());
  advance(seconds(59));
  announce(share, peer4(2));
  EXPECT_EQ(names(""), Names{"film"});
  EXPECT_EQ(catalogue->revision(), 1U);
}

TEST_F(CatalogueTest, ForgetsAStrangerWhoDoesNotCome) {
  const Dictionary share = dictionary("film");
  EXPECT_EQ(*put(share, peer4(2)), Put::held);
  advance(minutes(1) + Catalogue::kRound);
  EXPECT_EQ(catalogue->size(), 0U);
  announce(share, peer4(2));
  EXPECT_EQ(names(""), Names());
  EXPECT_EQ(*put(share, peer4(2)), Put::listed);
}

TEST_F(CatalogueTest, AStrangerCannotKeepOutThePeer) {
  const Dictionary share = dictionary("film");
  EXPECT_EQ(*put(share, peer4(66)), Put::held);
  announce(share, peer4(1));
  EXPECT_EQ(*put(share, peer4(1)), Put::listed);
  EXPECT_EQ(names(""), Names{"film"});
}

TEST_F(CatalogueTest, OfIpv6TheNetworkCounts) {
  const Dictionary share = dictionary("film");
  EXPECT_EQ(*put(share, peer6(1)), Put::held);
  announce(share, peer6(2));  // another address of the same /64
  EXPECT_EQ(names(""), Names{"film"});
  const Dictionary other = dictionary("other");
  announce(other, peer6(3));
  EXPECT_EQ(*put(other, peer6(4)), Put::listed);
}

TEST_F(CatalogueTest, AForgedDictionaryIsRefused) {
  const Dictionary share = dictionary("film");
  announce(share, peer4(1));
  Dictionary forged = dictionary("another name");
  forged.info_hash = share.info_hash;
  EXPECT_EQ(put(forged, peer4(1)).error().kind, ErrorKind::integrity);
  Dictionary longer = share;
  longer.bytes.push_back(std::byte{'e'});
  EXPECT_EQ(put(longer, peer4(1)).error().kind, ErrorKind::integrity);
  const Dictionary garbage = as_dictionary(to_bytes("not a dictionary"));
  announce(garbage, peer4(1));
  EXPECT_EQ(put(garbage, peer4(1)).error().kind, ErrorKind::malformed);
  const Dictionary outside = as_dictionary(
      to_bytes("d9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name9:../secret12:piece lengthi16384ee"));
  EXPECT_EQ(put(outside, peer4(1)).error().kind, ErrorKind::malformed);
  const Dictionary old = as_dictionary(to_bytes("d6:lengthi5e4:name1:n12:piece lengthi16384e6:pieces0:e"));
  EXPECT_EQ(put(old, peer4(1)).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(catalogue->size(), 0U);
}

TEST_F(CatalogueTest, APrivateTorrentIsNeverListed) {
  const Dictionary share = dictionary("film", 1, 1, true);
  announce(share, peer4(1));
  EXPECT_EQ(put(share, peer4(1)).error().kind, ErrorKind::denied);
  EXPECT_EQ(catalogue->size(), 0U);
}

TEST_F(CatalogueTest, AnEntryOutlivesItsLastPeerByMinutes) {
  const Dictionary share = listed("film");
  announce(share, peer4(1), true, AnnounceEvent::stopped);
  advance(minutes(4));
  ASSERT_EQ(names(""), Names{"film"});
  EXPECT_EQ(catalogue->find(share.info_hash, now)->seeds, 0U);
  announce(share, peer4(5));
  advance(minutes(10));
  EXPECT_EQ(names(""), Names{"film"});
  announce(share, peer4(5), true, AnnounceEvent::stopped);
  advance(minutes(5) + 3 * Catalogue::kRound);
  EXPECT_EQ(names(""), Names());
  EXPECT_EQ(catalogue->revision(), 2U);
}

TEST_F(CatalogueTest, AnEntryGoesWhenItsPeersFallSilent) {
  listed("film");
  advance(minutes(45) + minutes(6));
  EXPECT_EQ(catalogue->size(), 0U);
}

TEST_F(CatalogueTest, PuttingAgainChangesNothing) {
  const Dictionary share = listed("film");
  advance(seconds(30));
  EXPECT_EQ(*put(share, peer4(77)), Put::listed);
  EXPECT_EQ(*catalogue->foresee(share.info_hash, peer4(77).address, now).value(), Put::listed);
  EXPECT_EQ(catalogue->find(share.info_hash, now)->age, seconds(30));
  EXPECT_EQ(catalogue->revision(), 1U);
}

TEST_F(CatalogueTest, MostSeedsComeFirst) {
  listed("one", 30, 1);
  listed("three", 20, 3);
  listed("Two", 10, 2);
  advance(Catalogue::kRound);
  EXPECT_EQ(names(""), (Names{"three", "Two", "one"}));
  EXPECT_EQ(names("", ShareOrder::name), (Names{"one", "three", "Two"}));
  EXPECT_EQ(names("", ShareOrder::size), (Names{"one", "three", "Two"}));
  advance(minutes(1));
  listed("new", 5, 1);
  EXPECT_EQ(names("", ShareOrder::age).front(), "new");
}

TEST_F(CatalogueTest, TheOrderFollowsTheSwarms) {
  const Dictionary first = listed("first", 1, 2);
  const Dictionary second = listed("second", 1, 1);
  for (std::uint32_t i = 100; i < 110; ++i) announce(second, peer4(i));
  advance(Catalogue::kRound + seconds(1));
  EXPECT_EQ(names(""), (Names{"second", "first"}));
}

TEST_F(CatalogueTest, WhatIsCalledSoComesFirst) {
  listed("linux", 1, 1);
  listed("Linux", 1, 2);
  listed("linux and more", 1, 9);
  advance(Catalogue::kRound);
  EXPECT_EQ(names("linux"), (Names{"linux", "Linux", "linux and more"}));
}

TEST_F(CatalogueTest, PagesShowEverythingOnce) {
  for (int i = 0; i < 250; ++i) listed("share " + std::to_string(i), 1 + i % 7);
  for (const ShareOrder order : {ShareOrder::seeds, ShareOrder::name, ShareOrder::size, ShareOrder::age}) {
    std::set<std::string> seen;
    for (std::uint32_t page = 1; page <= 3; ++page) {
      const Names shown = names("", order, page);
      EXPECT_EQ(shown.size(), page == 3 ? 50U : kPageShares);
      seen.insert(shown.begin(), shown.end());
    }
    EXPECT_EQ(seen.size(), 250U);
  }
  EXPECT_EQ(names("", ShareOrder::name, 4), Names());
  EXPECT_EQ(catalogue->search({"", ShareOrder::seeds, kPagesMax}, now)->total, 250U);
}

TEST_F(CatalogueTest, IsBounded) {
  CatalogueConfig config;
  config.entries_max = 5;
  config.entries_per_source_max = 2;
  config.name_bytes_max = 100;
  use(config);
  const auto try_list = [&](const std::string& name, const Endpoint& from) {
    const Dictionary share = dictionary(name);
    announce(share, from);
    return put(share, from);
  };
  EXPECT_TRUE(try_list("a", peer4(1)).ok());
  EXPECT_TRUE(try_list("b", peer4(1)).ok());
  EXPECT_EQ(try_list("c", peer4(1)).error().message, "too many shares from your address");
  EXPECT_TRUE(try_list("d", peer4(2)).ok());
  EXPECT_EQ(try_list(std::string(60, 'X'), peer4(3)).error().kind, ErrorKind::limit);  // 120 bytes with its folded form
  const Endpoint loopback{IpAddress::v4(0x7f000001), 1};
  EXPECT_TRUE(try_list("e", loopback).ok());
  EXPECT_TRUE(try_list("f", loopback).ok());
  const Result<Put> full = try_list("g", loopback);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().message, "the catalogue is full: 5 shares");
  EXPECT_FALSE(catalogue->foresee(dictionary("g").info_hash, loopback.address, now)->ok());
  const Dictionary known = dictionary("a");
  EXPECT_EQ(*put(known, peer4(1)), Put::listed);  // what is there stays
}

TEST_F(CatalogueTest, OfIpv6TheEntriesOfTheNetworkAreBounded) {
  CatalogueConfig config;
  config.entries_per_source_max = 1;
  use(config);
  EXPECT_EQ(*put(dictionary("a"), peer6(1)), Put::held);
  const Result<Put> outcome = put(dictionary("b"), peer6(2));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message, "too many shares from your address");
}

TEST_F(CatalogueTest, EntriesTakenOverFromAStrangerAreBounded) {
  CatalogueConfig config;
  config.entries_per_source_max = 1;
  use(config);
  const Dictionary own = dictionary("own");
  const Dictionary other = dictionary("other");
  EXPECT_EQ(*put(own, peer4(1)), Put::held);
  EXPECT_EQ(*put(other, peer4(2)), Put::held);
  const Result<Put> outcome = put(other, peer4(1));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message, "too many shares from your address");
  EXPECT_EQ(*put(own, peer4(1)), Put::held);  // its own one is still waited for
}

TEST_F(CatalogueTest, WhoIsInNoSwarmCannotFillIt) {
  CatalogueConfig config;
  config.held_max = 3;
  use(config);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(*put(dictionary(std::to_string(i)), peer4(i)), Put::held);
  EXPECT_EQ(put(dictionary("one more"), peer4(9)).error().kind, ErrorKind::busy);
  const Dictionary share = dictionary("film");
  announce(share, peer4(9));
  EXPECT_EQ(*put(share, peer4(9)), Put::listed);
  advance(minutes(1) + Catalogue::kRound);
  EXPECT_EQ(*put(dictionary("one more"), peer4(9)), Put::held);
}

TEST_F(CatalogueTest, EntriesThatGoMakeRoom) {
  CatalogueConfig config;
  config.entries_max = 60;
  config.linger = seconds(60);
  use(config);
  Rng draws(1);
  std::vector<std::pair<Dictionary, Endpoint>> alive;
  for (int i = 0; i < 400; ++i) {
    const Dictionary share = dictionary("share " + std::to_string(i));
    const Endpoint peer = peer4(static_cast<std::uint32_t>(1000 + i));
    announce(share, peer);
    if (put(share, peer).ok()) alive.emplace_back(share, peer);
    if (alive.size() < 40) continue;
    const std::size_t victim = draws.below(alive.size());
    announce(alive[victim].first, alive[victim].second, true, AnnounceEvent::stopped);
    alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(victim));
    advance(seconds(10));
  }
  EXPECT_GT(catalogue->revision(), 400U);
  for (const auto& [share, peer] : alive) EXPECT_NE(catalogue->find(share.info_hash, now), std::nullopt);
}

TEST_F(CatalogueTest, OnlyWhatTheOperatorListsStays) {
  const Dictionary a = listed("a");
  const Dictionary b = listed("b");
  const Dictionary c = listed("c");
  catalogue->keep_only([&](const SwarmKey& swarm) { return swarm == swarm_of(b.info_hash); });
  catalogue->check_invariants();
  EXPECT_EQ(names(""), Names{"b"});
}

TEST_F(CatalogueTest, ASearchThatTakesTooLongIsRefused) {
  CatalogueConfig config;
  config.search_steps_max = 100'000;
  config.search_steps_per_second = 150'000;
  use(config);
  for (int i = 0; i < 50; ++i) listed(std::string(200, 'a') + std::to_string(i));
  EXPECT_EQ(names("aaa1").size(), 11U);
  std::string hostile = "*";
  for (int i = 0; i < 50; ++i) hostile += "a?";
  EXPECT_EQ(catalogue->search({hostile + "z", ShareOrder::seeds, 1}, now).error().kind, ErrorKind::limit);
  EXPECT_EQ(catalogue->search({hostile + "z", ShareOrder::seeds, 1}, now).error().kind, ErrorKind::limit);
  EXPECT_EQ(catalogue->search({"a", ShareOrder::seeds, 1}, now).error().kind, ErrorKind::busy);
  advance(seconds(1));
  EXPECT_EQ(names("aaa1").size(), 11U);
}

TEST_F(CatalogueTest, DictionariesThatComeTooFastHaveToWait) {
  CatalogueConfig config;
  config.put_bytes_per_second = 10'000;
  use(config);
  const Dictionary large = dictionary("large", 1, 200);
  ASSERT_GT(large.bytes.size(), 10'000U);
  announce(large, peer4(1));
  EXPECT_TRUE(put(large, peer4(1)).ok());
  const Dictionary small = dictionary("small");
  announce(small, peer4(1));
  EXPECT_EQ(put(small, peer4(1)).error().kind, ErrorKind::busy);
  EXPECT_TRUE(put(large, peer4(1)).ok());  // it costs nothing to say so again
  advance(seconds(3));
  EXPECT_TRUE(put(small, peer4(1)).ok());
}

// A stranger who names the largest swarm again and again would otherwise have all its peers looked at each time.
TEST_F(CatalogueTest, LookingForTheSenderAmongManyPeersIsBounded) {
  CatalogueConfig config;
  config.put_bytes_per_second = 10'000;
  use(config);
  const Dictionary popular = dictionary("popular");
  for (std::uint32_t i = 1; i <= 3000; ++i) announce(popular, peer4(i));
  announce(dictionary("other"), peer4(5000));  // a peer, but of another swarm
  EXPECT_EQ(*put(popular, peer4(5000)), Put::held);
  EXPECT_EQ(put(popular, peer4(5000)).error().kind, ErrorKind::busy);
  advance(seconds(5));
  EXPECT_EQ(*put(popular, peer4(5000)), Put::held);
  advance(seconds(5));
  // Nobody is looked for who is in no swarm at all.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*put(popular, peer4(6000)), Put::held);
}

TEST_F(CatalogueTest, FindsWhatAPlainSearchFinds) {
  CatalogueConfig config;
  config.search_steps_per_second = 1'000'000'000;
  use(config);
  Rng draws(9);
  Names all;
  for (int i = 0; i < 300; ++i) {
    std::string name = std::to_string(i) + " ";
    for (std::uint64_t n = draws.below(12); n > 0; --n) name += "abcABC *["[draws.below(9)];
    if (draws.below(2) == 0) name += "ÖÑ";
    const Dictionary share = dictionary(name);
    all.push_back(name);
    announce(share, peer4(static_cast<std::uint32_t>(i)));
    ASSERT_TRUE(put(share, peer4(static_cast<std::uint32_t>(i))).ok());
  }
  for (int i = 0; i < 200; ++i) {
    std::string wanted;
    for (std::uint64_t n = draws.below(4); n > 0; --n) wanted += "abcAB 12"[draws.below(8)];
    const auto expected =
        static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [&](const std::string& name) {
          return fold_case(name).find(fold_case(wanted)) != std::string::npos;
        }));
    ASSERT_EQ(catalogue->search({wanted, ShareOrder::name, 1}, now)->total, expected) << wanted;
  }
}

/// A dictionary that is quick to make.
Dictionary small_dictionary(const std::string& name) {
  return as_dictionary(to_bytes("d9:file treed1:fd0:d6:lengthi0eeee12:meta versioni2e4:name" +
                                std::to_string(name.size()) + ":" + name + "12:piece lengthi16384ee"));
}

TEST_F(CatalogueTest, AHundredThousandNamesAreSearchedWithinBounds) {
  CatalogueConfig config;
  config.put_bytes_per_second = std::uint64_t{1} << 40U;
  use(config);
  Dictionary some;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const Dictionary share = small_dictionary("Share number " + std::to_string(i) + " of many.iso");
    const Endpoint peer = peer4(i / 20);
    ASSERT_TRUE(registry.announce({swarm_of(share.info_hash), peer, AnnounceEvent::none, true, 0}, now).ok());
    ASSERT_EQ(*catalogue->put(share.info_hash, share.bytes, peer.address, now), Put::listed) << i;
    if (i == 77'777) some = share;
  }
  EXPECT_EQ(names("number 77777 OF"), Names{"Share number 77777 of many.iso"});
  EXPECT_EQ(names("*7777?*iso", ShareOrder::name).size(), 19U);
  EXPECT_EQ(catalogue->search({"", ShareOrder::size, 1000}, now)->shares.size(), kPageShares);
  EXPECT_EQ(catalogue->search({"MANY", ShareOrder::seeds, 1}, now)->total, 100'000U);
  now += seconds(1);
  // What would take long is refused, not done.
  EXPECT_EQ(catalogue->search({"*??????????z*", ShareOrder::seeds, 1}, now).error().kind, ErrorKind::limit);
  now += seconds(1);
  // A round later everything has been looked at, a second at a time.
  for (int i = 0; i < 15; ++i) catalogue->handle_timeout(now += seconds(1));
  EXPECT_EQ(catalogue->size(), 100'000U);
  ASSERT_TRUE(registry.announce({swarm_of(some.info_hash), peer4(1), AnnounceEvent::none, true, 0}, now).ok());
  for (int i = 0; i < 16; ++i) catalogue->handle_timeout(now += seconds(1));
  EXPECT_EQ(names("").front(), "Share number 77777 of many.iso");
  catalogue->check_invariants();
}

}  // namespace
}  // namespace stp::tracker
