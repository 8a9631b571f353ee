// Whole participants in virtual time: DHT node, discovery and swarm of the production code, composed as the program
// composes them, without any socket. A second wire or a simulated network goes under the same seams.

#include "app/session.h"

#include <gtest/gtest.h>

#include "support/virtual_network.h"

namespace stp::app {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualNetwork;
using test::VirtualShare;

class SessionTest : public ::testing::Test {
 protected:
  static constexpr SwarmKey kKey{{std::byte{0xab}}};

  VirtualHost& add(const VirtualShare& share, bool seed, std::optional<Endpoint> bootstrap, bool with_swarm = true) {
    VirtualHost& host = net.add_host();
    const std::size_t i = net.size() - 1;
    rngs.push_back(std::make_unique<Rng>(500 + i));
    SessionConfig config;
    config.node = dht::NodeConfig{};
    config.node->ipv6 = false;
    if (with_swarm) {
      config.swarm.emplace();
      config.swarm->info_hash = share.metainfo->info_hash();
      config.swarm->key = kKey;
      rngs.back()->fill(config.swarm->session.bytes);
      if (seed) config.swarm->metainfo = share.metainfo;
    }
    sessions.push_back(std::make_unique<Session>(std::move(config), *rngs.back(), net.now()));
    Session* session = sessions.back().get();
    host.share = &share;
    host.swarm = session->swarm();
    host.on_timeout = [session](Instant now) { session->handle_timeout(now); };
    host.next_timeout = [session] { return session->next_timeout(); };
    host.on_datagram = [session](const Endpoint& from, ByteSpan bytes, Instant now) {
      session->handle_datagram(from, bytes, now);
    };
    host.poll_datagram = [session]() -> std::optional<test::Datagram> {
      auto transmit = session->node()->poll_transmit();
      if (!transmit) return std::nullopt;
      return test::Datagram{transmit->to, std::move(transmit->payload)};
    };
    host.settle = [session](Instant now) { session->settle(now); };
    if (bootstrap) session->node()->add_bootstrap(*bootstrap, net.now());
    session->start(host.at.port, net.now());
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
  std::vector<std::unique_ptr<Rng>> rngs;
  std::vector<std::unique_ptr<Session>> sessions;
};

TEST_F(SessionTest, PeersMayBeFoundWhereSomebodyTookTheAnnounce) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const VirtualHost& entry = add(share, false, std::nullopt, false);
  add(share, false, entry.at);
  EXPECT_TRUE(sessions[1]->may_find_peers()) << "the entry point may answer";
  net.run_until([] { return false; }, 60s);
  EXPECT_TRUE(sessions[1]->may_find_peers()) << "announced";
  EXPECT_FALSE(sessions[0]->may_find_peers()) << "a node alone looks for nobody";
  add(share, false, std::nullopt);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(sessions[2]->may_find_peers()) << "nobody to ask";
}

TEST_F(SessionTest, TwoParticipantsFindEachOtherThroughTheDhtAndTransfer) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {3 << 20, 0, 17});
  const VirtualHost& seed = add(share, true, std::nullopt);
  const VirtualHost& leech = add(share, false, seed.at);
  ASSERT_TRUE(net.run_until([&] { return leech.completed; }, 120s));
  EXPECT_EQ(leech.chunks_completed, share.metainfo->chunk_count());
}

TEST_F(SessionTest, FiftyParticipantsOnOneAddressAllComplete) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {2 << 20});
  const Endpoint first = add(share, true, std::nullopt).at;
  for (int i = 0; i < 49; ++i) {
    add(share, false, first);
    net.run_until([] { return false; }, 200ms);  // they arrive one after the other
  }
  ASSERT_TRUE(net.run_until([&] { return all_complete(1); }, 600s));
  for (const auto& session : sessions) {
    session->node()->check_invariants();
    session->swarm()->check_invariants();
  }
}

TEST_F(SessionTest, LeechThatCameBeforeTheSeedFindsItSoonAfterItAppears) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
  const Endpoint node = add(share, false, std::nullopt, false).at;
  const VirtualHost& leech = add(share, false, node);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(leech.completed);
  add(share, true, node);
  EXPECT_TRUE(net.run_until([&] { return leech.completed; }, 90s));
}

TEST_F(SessionTest, SameSeedGivesTheSameTrace) {
  const auto run = [] {
    SessionTest_SameSeedGivesTheSameTrace_Test world;
    const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20});
    const Endpoint first = world.add(share, true, std::nullopt).at;
    for (int i = 0; i < 10; ++i) world.add(share, false, first);
    EXPECT_TRUE(world.net.run_until([&] { return world.all_complete(1); }, 300s));
    return std::pair(world.net.trace_hash(), world.net.events());
  };
  EXPECT_EQ(run(), run());
}

TEST_F(SessionTest, NodeAloneIdlesWithoutSpinning) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1});
  add(share, false, std::nullopt, false);
  net.run_until([] { return false; }, 1h);
  EXPECT_LT(net.events(), 2000U);
}

TEST_F(SessionTest, ATorrentFoundToBePrivateLeavesTheDhtAndSaysSo) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1 << 20}, 1, true);
  const Endpoint node = add(share, false, std::nullopt, false).at;
  const VirtualHost& seed = add(share, true, node);
  const VirtualHost& leech = add(share, false, node);
  Session& session = *sessions[2];
  net.run_until([] { return false; }, 30s);
  EXPECT_FALSE(leech.swarm->metainfo()) << "a seed that knows is never in the DHT";
  EXPECT_NE(session.discovery_status(net.now()).find("dht: "), std::string::npos);
  EXPECT_EQ(sessions[1]->discovery_status(net.now()),
            "private torrent without a tracker: --tracker URL or --peer HOST:PORT is needed");

  session.given().add(seed.at);
  ASSERT_TRUE(net.run_until([&] { return leech.completed; }, 120s));
  EXPECT_EQ(session.discovery_status(net.now()), "private torrent, no DHT and no peer exchange; given: 1 peer");
  // Who comes now with the link alone meets nobody: the leech's announcement is not renewed.
  net.run_until([] { return false; }, 2h);
  const VirtualHost& late = add(share, false, node);
  net.run_until([] { return false; }, 60s);
  EXPECT_FALSE(late.swarm->metainfo());
}

TEST_F(SessionTest, LonelyLeechSearchesWithoutSpinning) {
  const VirtualShare share = test::make_virtual_share(64 * 1024, {1});
  add(share, false, std::nullopt);
  net.run_until([] { return false; }, 1h);
  EXPECT_LT(net.events(), 5000U);
}

}  // namespace
}  // namespace stp::app
