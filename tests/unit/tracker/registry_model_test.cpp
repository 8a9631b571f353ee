// The registry against the simplest implementation with the same behaviour: a map of maps.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tracker/registry.h"
#include "unit/tracker/peers.h"

namespace stp::tracker {
namespace {

using std::chrono::seconds;

struct Model {
  struct Peer {
    PeerKind kind;
    std::int64_t tick;
  };
  struct Swarm {
    std::map<Endpoint, Peer> peers;
    std::uint32_t downloaded = 0;
  };
  std::map<SwarmKey, Swarm> swarms;

  static std::int64_t tick(Instant now) { return now.time_since_epoch() / seconds(15); }

  void expire(Instant now) {
    for (auto swarm = swarms.begin(); swarm != swarms.end();) {
      std::erase_if(swarm->second.peers, [&](const auto& peer) { return tick(now) - peer.second.tick > 180; });
      swarm = swarm->second.peers.empty() ? swarms.erase(swarm) : std::next(swarm);
    }
  }

  SwarmCounts counts(const SwarmKey& key) const {
    SwarmCounts counts;
    const auto swarm = swarms.find(key);
    if (swarm == swarms.end()) return counts;
    for (const auto& [endpoint, peer] : swarm->second.peers) {
      ++(peer.kind == PeerKind::seed ? counts.complete : counts.incomplete);
      counts.partial_seeds += peer.kind == PeerKind::partial_seed;
    }
    counts.downloaded = swarm->second.downloaded;
    return counts;
  }

  SwarmCounts announce(const Announce& announce, Instant now) {
    expire(now);
    if (announce.event == AnnounceEvent::stopped) {
      const auto swarm = swarms.find(announce.key);
      if (swarm != swarms.end()) swarm->second.peers.erase(announce.peer);
      const SwarmCounts left = counts(announce.key);
      expire(now);
      return left;
    }
    Swarm& swarm = swarms[announce.key];
    const auto known = swarm.peers.find(announce.peer);
    const bool was_seed = known != swarm.peers.end() && known->second.kind == PeerKind::seed;
    if (announce.event == AnnounceEvent::completed && announce.seed && !was_seed) ++swarm.downloaded;
    swarm.peers[announce.peer] = {announce.kind(), tick(now)};
    return counts(announce.key);
  }
};

class RegistryModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RegistryModel, AgreesOnCountsAndGivesOnlyPeersTheModelHas) {
  Rng registry_rng(GetParam());
  Rng rng(GetParam() + 1000);
  Registry registry({}, registry_rng);
  Model model;
  Instant now = test::at(seconds(0));
  for (int step = 0; step < 6'000; ++step) {
    // Mostly dense traffic, now and then a pause in which some or all expire.
    now += std::chrono::milliseconds(rng.below(2'000));
    if (rng.below(400) == 0) now += std::chrono::minutes(rng.below(60));
    if (rng.below(20) == 0) registry.handle_timeout(now);

    // One large swarm and many small ones.
    const SwarmKey key = test::key(rng.below(3) == 0 ? 0 : static_cast<std::uint32_t>(rng.below(60)));
    const auto number = static_cast<std::uint32_t>(rng.below(key == test::key(0) ? 400 : 12));
    Announce announce{key, rng.below(3) == 0 ? test::peer6(number) : test::peer4(number), AnnounceEvent::none,
                      rng.below(4) == 0, static_cast<std::uint32_t>(rng.below(80))};
    const std::uint64_t draw = rng.below(10);
    if (draw == 0) announce.event = AnnounceEvent::stopped;
    if (draw == 1) announce.event = AnnounceEvent::completed;
    if (draw == 2) announce.event = AnnounceEvent::started;
    if (draw == 3) announce.event = AnnounceEvent::paused;

    if (rng.below(8) == 0) {
      model.expire(now);
      const std::optional<SwarmCounts> counts = registry.scrape(key, now);
      ASSERT_EQ(counts.has_value(), model.swarms.contains(key));
      ASSERT_EQ(counts.value_or(SwarmCounts{}), model.counts(key));
      continue;
    }
    const Result<AnnounceReply> reply = registry.announce(announce, now);
    ASSERT_TRUE(reply.ok());
    ASSERT_EQ(reply->counts, model.announce(announce, now));

    std::vector<Endpoint> given = test::endpoints(reply->peers, 6);
    const std::vector<Endpoint> given6 = test::endpoints(reply->peers6, 18);
    given.insert(given.end(), given6.begin(), given6.end());
    const std::set<Endpoint> distinct(given.begin(), given.end());
    ASSERT_EQ(distinct.size(), given.size());
    ASSERT_FALSE(distinct.contains(announce.peer));
    std::size_t downloaders = 0;
    std::size_t others = 0;
    for (const auto& [endpoint, peer] : model.swarms[key].peers) {
      if (endpoint != announce.peer) ++(peer.kind == PeerKind::downloader ? downloaders : others);
    }
    const bool tiny = model.swarms[key].peers.size() < 10;
    const bool with_others = announce.kind() == PeerKind::downloader || announce.event == AnnounceEvent::started ||
                             (tiny && std::min<std::size_t>(*announce.numwant, downloaders) == 0);
    std::size_t candidates = downloaders + (with_others ? others : 0);
    if (announce.event == AnnounceEvent::stopped) candidates = 0;
    ASSERT_EQ(given.size(), std::min<std::size_t>(*announce.numwant, candidates));
    std::size_t given_others = 0;
    for (const Endpoint& endpoint : given) {
      const auto peer = model.swarms[key].peers.find(endpoint);
      ASSERT_NE(peer, model.swarms[key].peers.end());
      given_others += peer->second.kind != PeerKind::downloader;
    }
    if (announce.kind() != PeerKind::downloader) {
      ASSERT_EQ(given.size() - given_others, std::min(given.size(), downloaders)) << "downloaders come first";
    }
    if (model.swarms[key].peers.empty()) model.swarms.erase(key);
    if (step % 16 == 0) registry.check_invariants();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RegistryModel, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace stp::tracker
