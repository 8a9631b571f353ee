// Whole participants in virtual time: DHT node, discovery and swarm of the production code, composed as the program
// composes them, without any socket. A second wire or a simulated network goes under the same seams.

#include "app/participant.h"

#include <gtest/gtest.h>

#include <set>

#include "lan/lan_message.h"
#include "support/virtual_network.h"
#include "virtual_participant.h"

namespace stp::app {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualNetwork;
using test::VirtualShare;

class ParticipantTest : public ::testing::Test {
 protected:
  static constexpr SwarmKey kKey{{std::byte{0xab}}};
  static constexpr SwarmKey kOtherKey{{std::byte{0xcd}}};
  static constexpr ShareId kShare{7};

  VirtualHost& add(const VirtualShare& share, bool seed, std::optional<Endpoint> bootstrap, bool with_swarm = true) {
    VirtualHost& host = net.add_host();
    const std::size_t i = net.size() - 1;
    rngs.push_back(std::make_unique<Rng>(500 + i));
    ParticipantConfig config;
    config.node = dht::NodeConfig{};
    config.node->ipv6 = false;
    participants.push_back(std::make_unique<Participant>(std::move(config), *rngs.back(), net.now()));
    Participant* participant = participants.back().get();
    if (with_swarm) {
      ShareConfig config_of_share;
      config_of_share.swarm.info_hashes = share.metainfo->info_hashes();
      config_of_share.swarm.keys = keys;
      rngs.back()->fill(config_of_share.swarm.session.bytes);
      if (seed) config_of_share.swarm.metainfo = share.metainfo;
      EXPECT_TRUE(participant->add(kShare, std::move(config_of_share), net.now()));
    }
    host.share = &share;
    host.swarm = participant->swarm(kShare);
    put_on(host, *participant);
    host.settle = [participant](Instant now) {
      participant->touch(kShare);
      participant->settle(now);
      while (participant->poll_touched()) {
      }
      participant->check_invariants();
    };
    if (bootstrap) participant->node()->add_bootstrap(*bootstrap, net.now());
    participant->start(host.at.port, net.now());
    if (seed) {
      const std::uint32_t chunks = share.metainfo->chunk_count();
      host.swarm->start_content(share.hashes(), Bitfield(chunks, true), Bitfield(chunks, true), net.now());
    }
    net.touch(i);
    return host;
  }

  bool all_complete(std::size_t first) {
    for (std::size_t i = first; i < net.size(); ++i) {
      if (net.host(i).swarm != nullptr && !net.host(i).completed) return false;
    }
    return true;
  }

  VirtualNetwork net{3};
  std::vector<SwarmKey> keys = {kKey};  // of the next add()
  std::vector<std::unique_ptr<Rng>> rngs;
  std::vector<std::unique_ptr<Participant>> participants;
};

TEST_F(ParticipantTest, PeersMayBeFoundWhereSomebodyTookTheAnnounce) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const VirtualHost& entry = add(share, false, std::nullopt, false);
  add(share, false, entry.at);
  EXPECT_TRUE(participants[1]->may_find_peers(kShare)) << "the entry point may answer";
  net.run_until([] { return false; }, 60s);
  EXPECT_TRUE(participants[1]->may_find_peers(kShare)) << "announced";
  EXPECT_FALSE(participants[0]->may_find_peers(kShare)) << "a node alone looks for nobody";
  add(share, false, std::nullopt);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(participants[2]->may_find_peers(kShare)) << "nobody to ask";
}

TEST_F(ParticipantTest, TwoParticipantsFindEachOtherThroughTheDhtAndTransfer) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {3 << 20, 0, 17});
  const VirtualHost& seed = add(share, true, std::nullopt);
  const VirtualHost& leech = add(share, false, seed.at);
  ASSERT_TRUE(net.run_until([&] { return leech.completed; }, 120s));
  EXPECT_EQ(leech.chunks_completed, share.metainfo->chunk_count());
}

TEST_F(ParticipantTest, FiftyParticipantsOnOneAddressAllComplete) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {2 << 20});
  const Endpoint first = add(share, true, std::nullopt).at;
  for (int i = 0; i < 49; ++i) {
    add(share, false, first);
    net.run_until([] { return false; }, 200ms);  // they arrive one after the other
  }
  ASSERT_TRUE(net.run_until([&] { return all_complete(1); }, 600s));
  for (const auto& participant : participants) {
    participant->node()->check_invariants();
    participant->swarm(kShare)->check_invariants();
  }
}

TEST_F(ParticipantTest, LeechThatCameBeforeTheSeedFindsItSoonAfterItAppears) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const Endpoint node = add(share, false, std::nullopt, false).at;
  const VirtualHost& leech = add(share, false, node);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(leech.completed);
  add(share, true, node);
  EXPECT_TRUE(net.run_until([&] { return leech.completed; }, 90s));
}

TEST_F(ParticipantTest, SameSeedGivesTheSameTrace) {
  const auto run = [] {
    ParticipantTest_SameSeedGivesTheSameTrace_Test world;
    const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
    const Endpoint first = world.add(share, true, std::nullopt).at;
    for (int i = 0; i < 10; ++i) world.add(share, false, first);
    EXPECT_TRUE(world.net.run_until([&] { return world.all_complete(1); }, 300s));
    return std::pair(world.net.trace_hash(), world.net.events());
  };
  EXPECT_EQ(run(), run());
}

TEST_F(ParticipantTest, NodeAloneIdlesWithoutSpinning) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1});
  add(share, false, std::nullopt, false);
  net.run_until([] { return false; }, 1h);
  EXPECT_LT(net.events(), 2000U);
}

TEST_F(ParticipantTest, PeersOfAHybridThatKnowDifferentHashesFindEachOtherThroughTheDht) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const Endpoint node = add(share, false, std::nullopt, false).at;
  keys = {kKey, kOtherKey};
  add(share, true, node);
  keys = {kOtherKey};
  const VirtualHost& old = add(share, false, node);
  keys = {kKey};
  const VirtualHost& modern = add(share, false, node);
  keys = {kKey, kOtherKey};
  const VirtualHost& both = add(share, false, node);
  ASSERT_TRUE(net.run_until([&] { return old.completed && modern.completed && both.completed; }, 300s));
  EXPECT_EQ(participants[1]->find(kKey), kShare);
  EXPECT_EQ(participants[1]->find(kOtherKey), kShare);
}

TEST_F(ParticipantTest, AKeyThatIsLearntLaterIsAnnouncedAndFound) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const Endpoint node = add(share, false, std::nullopt, false).at;
  keys = {kKey};
  add(share, true, node);
  keys = {kOtherKey};
  const VirtualHost& leech = add(share, false, node);
  EXPECT_FALSE(net.run_until([&] { return leech.completed; }, 120s));
  participants[1]->add_key(kShare, kOtherKey, net.now());
  net.touch(1);
  EXPECT_TRUE(net.run_until([&] { return leech.completed; }, 300s));
  EXPECT_EQ(participants[1]->swarm(kShare)->keys(), (std::vector<SwarmKey>{kKey, kOtherKey}));
}

TEST_F(ParticipantTest, NoTwoSharesHaveAKeyInCommon) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1});
  keys = {kKey, kOtherKey};
  add(share, true, std::nullopt);
  ShareConfig same;
  same.swarm.info_hashes = share.metainfo->info_hashes();
  same.swarm.keys = {kOtherKey};
  EXPECT_FALSE(participants[0]->add(ShareId{8}, same, net.now()));
  same.swarm.keys = {SwarmKey{}};
  ASSERT_TRUE(participants[0]->add(ShareId{8}, same, net.now()));
  participants[0]->add_key(ShareId{8}, kKey, net.now());  // it is the other's
  EXPECT_EQ(participants[0]->find(kKey), kShare);
  participants[0]->check_invariants();
  participants[0]->erase(ShareId{8});
  participants[0]->check_invariants();
  EXPECT_FALSE(participants[0]->find(SwarmKey{}));
}

TEST(OutsidePort, IsAnnouncedExceptOverIpv6AndOnTheLocalNetwork) {
  const VirtualShare content = test::make_virtual_share(64 * 1024, {1 << 20});
  Rng rng(5);
  Instant now{};
  ParticipantConfig config;
  config.lan.emplace();
  config.families = {tracker::Family::ipv4, tracker::Family::ipv6};
  Participant participant(std::move(config), rng, now);
  const auto add = [&](ShareId id, std::byte first) {
    ShareConfig share;
    share.swarm.info_hashes = content.metainfo->info_hashes();
    share.swarm.metainfo = content.metainfo;
    share.swarm.keys = {SwarmKey{{first}}};
    share.trackers = {Url::parse("http://tracker.example/announce").value()};
    ASSERT_TRUE(participant.add(id, std::move(share), now));
  };
  std::set<Port> of_tracker;
  std::set<Port> of_tracker_v6;
  std::set<Port> of_lan;
  std::set<SwarmKey> announced;
  const auto run = [&](Duration time) {
    of_tracker.clear();
    of_tracker_v6.clear();
    of_lan.clear();
    announced.clear();
    for (const Instant end = now + time; now < end; now += 100ms) {
      participant.handle_timeout(now);
      while (const std::optional<tracker::Request> request =
                 participant.tracker(participant.trackers()[0])->poll_request()) {
        (request->family == tracker::Family::ipv6 ? of_tracker_v6 : of_tracker).insert(request->announce.port);
        if (request->announce.event != tracker::AnnounceEvent::stopped) announced.insert(request->announce.swarm);
        http::Response response;
        response.body = to_bytes(as_bytes(std::string_view("d8:intervali1800ee")));
        participant.tracker(participant.trackers()[0])->handle_response(request->id, response, now);
      }
      while (const std::optional<lan::Transmit> transmit = participant.lan()->poll_transmit()) {
        of_lan.insert(lan::decode(transmit->payload).value().port);
      }
      participant.check_invariants();
    }
  };
  add(ShareId{1}, std::byte{1});
  participant.start(4000, now);
  run(10s);
  EXPECT_EQ(of_tracker, std::set<Port>{4000});
  EXPECT_EQ(of_tracker_v6, std::set<Port>{4000});
  EXPECT_EQ(of_lan, std::set<Port>{4000});

  participant.set_outside_port(50000, now);
  add(ShareId{2}, std::byte{2});
  run(10s);
  EXPECT_EQ(of_tracker, std::set<Port>{50000});  // at once, and new shares too
  EXPECT_EQ(of_tracker_v6, std::set<Port>{4000});
  EXPECT_EQ(of_lan, std::set<Port>{4000});

  participant.leave(ShareId{1}, now);
  participant.set_outside_port(0, now);  // a share that leaves is not announced again
  run(10s);
  EXPECT_TRUE(of_tracker.contains(4000));
  EXPECT_EQ(announced, std::set<SwarmKey>{SwarmKey{{std::byte{2}}}});
}

TEST_F(ParticipantTest, ATorrentFoundToBePrivateLeavesTheDhtAndSaysSo) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20}, 1, true);
  const Endpoint node = add(share, false, std::nullopt, false).at;
  const VirtualHost& seed = add(share, true, node);
  const VirtualHost& leech = add(share, false, node);
  Participant& participant = *participants[2];
  net.run_until([] { return false; }, 30s);
  EXPECT_FALSE(leech.swarm->metainfo()) << "a seed that knows is never in the DHT";
  EXPECT_NE(participant.discovery_status(kShare, net.now()).find("dht: "), std::string::npos);
  EXPECT_EQ(participants[1]->discovery_status(kShare, net.now()),
            "private torrent without a tracker: --tracker URL or --peer HOST:PORT is needed");

  participant.add_peer(kShare, seed.at);
  ASSERT_TRUE(net.run_until([&] { return leech.completed; }, 120s));
  EXPECT_EQ(participant.discovery_status(kShare, net.now()),
            "private torrent, no DHT and no peer exchange; given: 1 peer");
  // Who comes now with the link alone meets nobody: the leech's announcement is not renewed.
  net.run_until([] { return false; }, 2h);
  const VirtualHost& late = add(share, false, node);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(late.swarm->metainfo());
}

TEST_F(ParticipantTest, LonelyLeechSearchesWithoutSpinning) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1});
  add(share, false, std::nullopt);
  net.run_until([] { return false; }, 1h);
  EXPECT_LT(net.events(), 5000U);
}

}  // namespace
}  // namespace stp::app
