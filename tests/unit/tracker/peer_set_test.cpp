#include "tracker/peer_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using Set = PeerSet<4>;

Set::Compact compact(std::uint32_t number) {
  Set::Compact bytes{};
  store_be(bytes.data(), number);
  store_be(bytes.data() + 4, Port{6881});
  return bytes;
}

std::vector<Set::Compact> drawn(const Bytes& out) {
  std::vector<Set::Compact> list(out.size() / Set::kCompactBytes);
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(i * Set::kCompactBytes), Set::kCompactBytes, list[i].begin());
  }
  return list;
}

TEST(PeerSet, AgreesWithAMapUnderRandomOperations) {
  struct Known {
    PeerKind kind;
    int seen;
  };
  Rng rng(4);
  const SecretHash hash(rng);
  Set set;
  std::map<Set::Compact, Known> model;
  constexpr Tick kExpiry = 20;
  for (int step = 0; step < 30'000; ++step) {
    // Starts near the wrap of the tick counter.
    const int now = 65'000 + step / 50;
    const auto tick = static_cast<Tick>(now);
    // The range decides how large the set grows: below, around and far above the size that needs an index.
    const std::uint64_t range = step / 3000 % 3 == 0 ? 8 : step / 3000 % 3 == 1 ? 24 : 2000;
    const Set::Compact peer = compact(static_cast<std::uint32_t>(rng.below(range)));
    const Set::Position position = set.find(peer, hash);
    const auto known = model.find(peer);
    ASSERT_EQ(position == Set::kNone, known == model.end());
    if (position != Set::kNone) {
      ASSERT_EQ(set.kind(position), known->second.kind);
    }
    const std::uint64_t action = rng.below(100);
    const auto kind = static_cast<PeerKind>(rng.below(3));
    if (action < 70) {
      const std::size_t promised = set.memory_bytes() + set.growth_bytes();
      const Set::Position now_at =
          position == Set::kNone ? set.insert(peer, kind, tick, hash) : set.refresh(position, kind, tick, hash);
      ASSERT_EQ(set.compact(now_at), peer);
      ASSERT_EQ(set.kind(now_at), kind);
      if (position == Set::kNone) {
        ASSERT_LE(set.memory_bytes(), promised);
      }
      model[peer] = {kind, now};
    } else if (action < 90) {
      if (position == Set::kNone) continue;
      set.erase(position, hash);
      model.erase(known);
    } else {
      std::array<std::size_t, 3> gone_kinds{};
      std::set<Set::Compact> gone;
      const Tick next = set.sweep(tick, kExpiry, hash, [&](const Set::Compact& each, PeerKind was) {
        gone.insert(each);
        ++gone_kinds.at(static_cast<std::size_t>(was));
      });
      std::array<std::size_t, 3> expected_kinds{};
      int oldest = now;
      for (auto it = model.begin(); it != model.end();) {
        if (now - it->second.seen > kExpiry) {
          ASSERT_TRUE(gone.contains(it->first));
          ++expected_kinds.at(static_cast<std::size_t>(it->second.kind));
          it = model.erase(it);
        } else {
          ASSERT_FALSE(gone.contains(it->first));
          oldest = std::min(oldest, it->second.seen);
          ++it;
        }
      }
      ASSERT_EQ(gone_kinds, expected_kinds);
      ASSERT_EQ(next, kExpiry + 1 - (now - oldest));
    }
    ASSERT_EQ(set.size(), model.size());
    const auto counted = [&](PeerKind of) {
      return static_cast<std::size_t>(
          std::ranges::count_if(model, [of](const auto& entry) { return entry.second.kind == of; }));
    };
    if (step % 64 == 0) {
      ASSERT_EQ(set.downloaders(), counted(PeerKind::downloader));
      ASSERT_EQ(set.leeches(), set.downloaders() + counted(PeerKind::partial_seed));
    }
    if (step % 64 == 0) set.check_invariants(hash);
  }
}

TEST(PeerSet, SampleIsDistinctAndComplete) {
  Rng rng(5);
  const SecretHash hash(rng);
  for (std::uint32_t size = 0; size <= 40; ++size) {
    Set set;
    for (std::uint32_t i = 0; i < size; ++i) set.insert(compact(i), static_cast<PeerKind>(i % 3), 0, hash);
    const std::pair<std::size_t, std::size_t> ranges[] = {
        {0, set.downloaders()}, {set.downloaders(), set.size()}, {0, set.size()}};
    for (const std::size_t count : {0U, 1U, 7U, 39U, 40U, 41U, 200U}) {
      for (const auto& [first, last] : ranges) {
        for (const Set::Position skip : {Set::kNone, Set::Position{0}, static_cast<Set::Position>(size / 2)}) {
          Bytes out;
          const std::size_t available = last - first - (skip >= first && skip < last ? 1 : 0);
          ASSERT_EQ(set.sample(count, first, last, skip, rng, out), std::min(count, available));
          ASSERT_EQ(out.size(), std::min(count, available) * Set::kCompactBytes);
          const std::vector<Set::Compact> list = drawn(out);
          ASSERT_EQ(std::set<Set::Compact>(list.begin(), list.end()).size(), list.size());
          for (const Set::Compact& each : list) {
            const Set::Position position = set.find(each, hash);
            ASSERT_GE(position, first);
            ASSERT_LT(position, last);
            ASSERT_NE(position, skip);
          }
        }
      }
    }
  }
}

TEST(PeerSet, SampleGivesEveryPeerTheSameChance) {
  Rng rng(6);
  const SecretHash hash(rng);
  Set set;
  constexpr std::uint32_t kPeers = 97;
  constexpr std::size_t kWanted = 10;
  constexpr int kDraws = 20'000;
  for (std::uint32_t i = 0; i < kPeers; ++i) set.insert(compact(i), PeerKind::downloader, 0, hash);
  const Set::Position self = 40;
  std::map<Set::Compact, int> count;
  for (int i = 0; i < kDraws; ++i) {
    Bytes out;
    set.sample(kWanted, 0, set.size(), self, rng, out);
    for (const Set::Compact& each : drawn(out)) ++count[each];
  }
  ASSERT_EQ(count.size(), kPeers - 1);
  // Binomial with p = 10/96: mean 2083, deviation 43; five deviations.
  for (const auto& [each, drawn_times] : count) EXPECT_NEAR(drawn_times, 2083, 216);
}

TEST(PeerSet, CostsTensOfBytesAPeer) {
  Rng rng(7);
  const SecretHash hash(rng);
  for (const std::uint32_t size : {1'000U, 10'000U, 100'000U}) {
    PeerSet<4> v4;
    PeerSet<16> v6;
    for (std::uint32_t i = 0; i < size; ++i) {
      v4.insert(compact(i), PeerKind::downloader, 0, hash);
      PeerSet<16>::Compact wide{};
      store_be(wide.data(), i);
      v6.insert(wide, PeerKind::downloader, 0, hash);
    }
    EXPECT_LE(v4.memory_bytes(), size * 24U);
    EXPECT_LE(v6.memory_bytes(), size * 42U);
  }
}

}  // namespace
}  // namespace stp::tracker
