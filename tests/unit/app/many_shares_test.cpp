// Participants with many shares each, in virtual time on one DHT.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "app/participant.h"
#include "http/message.h"
#include "support/virtual_network.h"
#include "virtual_participant.h"

namespace stp::app {
namespace {

using namespace std::chrono_literals;
using test::VirtualHost;
using test::VirtualNetwork;
using test::VirtualShare;

class ManyShares : public ::testing::Test {
 protected:
  Participant& add_participant() {
    VirtualHost& host = net.add_host();
    rngs.push_back(std::make_unique<Rng>(900 + net.size()));
    ParticipantConfig config;
    config.node = dht::NodeConfig{};
    config.node->ipv6 = false;
    participants.push_back(std::make_unique<Participant>(std::move(config), *rngs.back(), net.now()));
    Participant* const participant = participants.back().get();
    put_on(host, *participant);
    host.on_timeout = [this, participant, i = net.size() - 1](Instant now) {
      ++wakes[i];
      participant->handle_timeout(now);
    };
    host.settle = [participant](Instant now) {
      participant->settle(now);
      while (const std::optional<ShareId> id = participant->poll_touched()) {
        while (participant->swarm(*id)->poll_action()) {
        }
        participant->drained(*id);
      }
    };
    return *participant;
  }
  void enter(std::size_t i) {
    if (i > 0) participants[i]->node()->add_bootstrap(net.host(0).at, net.now());
    participants[i]->start(net.host(i).at.port, net.now());
    net.touch(i);
  }
  SwarmKey add_share(std::size_t i, std::vector<Url> trackers = {}) {
    ShareConfig config;
    rng.fill(config.swarm.keys.front().bytes);
    config.swarm.info_hashes = share.metainfo->info_hashes();
    config.swarm.metainfo = share.metainfo;
    config.trackers = std::move(trackers);
    const SwarmKey key = config.swarm.keys.front();
    const ShareId id{next_id++};
    EXPECT_TRUE(participants[i]->add(id, std::move(config), net.now()));
    const std::uint32_t chunks = share.metainfo->chunk_count();
    participants[i]->swarm(id)->start_content(share.hashes(), Bitfield(chunks, true), Bitfield(chunks, true),
                                              net.now());
    participants[i]->touch(id);
    net.touch(i);
    return key;
  }
  /// Whether a look-up by participant `i` finds the peer.
  bool finds(std::size_t i, const SwarmKey& key, const Endpoint& peer) {
    const std::optional<dht::LookupId> id = participants[i]->node()->start_get_peers(key, net.now());
    net.touch(i);
    bool found = false;
    (void)net.run_until(
        [&] {
          while (const auto event = participants[i]->node()->poll_lookup(*id)) {
            if (std::holds_alternative<dht::LookupDone>(*event)) return true;
            const std::vector<Endpoint>& peers = std::get<dht::PeersFound>(*event).peers;
            found = found || std::ranges::find(peers, peer) != peers.end();
          }
          return false;
        },
        60s);
    return found;
  }
  void run_for(Duration time) {
    net.run_until([] { return false; }, time);
  }

  VirtualNetwork net{5};
  Rng rng{6};
  const VirtualShare share = test::make_virtual_share(64 * 1024, {100'000});
  std::vector<std::unique_ptr<Rng>> rngs;
  std::vector<std::unique_ptr<Participant>> participants;
  std::uint32_t next_id = 0;
  std::map<std::size_t, std::uint64_t> wakes;  // by timers, of each participant
};

TEST_F(ManyShares, TwentyOfEachOfAThousandParticipantsAreAllFound) {
#ifdef STP_SANITIZED
  constexpr std::size_t kParticipants = 40;  // the code is many times slower
#else
  constexpr std::size_t kParticipants = 1000;
#endif
  constexpr std::size_t kEach = 20;
  std::map<SwarmKey, std::size_t> owners;
  for (std::size_t i = 0; i < kParticipants; ++i) {
    (void)add_participant();
    enter(i);
    run_for(50ms);
  }
  for (std::size_t i = 0; i < kParticipants; ++i) {
    for (std::size_t n = 0; n < kEach; ++n) owners.emplace(add_share(i), i);
  }
  std::vector<std::uint64_t> before(kParticipants);
  const auto queries = [&](std::size_t i) { return participants[i]->node()->status(net.now()).counters.queries_out; };
  const dht::AnnouncingConfig policy;
  for (int window = 0; window < 3; ++window) {
    for (std::size_t i = 0; i < kParticipants; ++i) before[i] = queries(i);
    run_for(10s);
    for (std::size_t i = 0; i < kParticipants; ++i) {
      ASSERT_LE(static_cast<double>(queries(i) - before[i]), policy.pace * 10 + 3 * policy.burst) << i;
    }
  }
  std::size_t asked = 0;
  for (auto at = owners.begin(); at != owners.end(); ++at) {
    if (++asked % 40 != 0) continue;  // one in forty
    EXPECT_TRUE(finds(rng.below(kParticipants), at->first, net.host(at->second).at)) << at->first.hex();
  }
  for (const auto& participant : participants) participant->check_invariants();
}

TEST_F(ManyShares, TrackersAreSharedAndAskedAtTheirPace) {
  Participant& participant = add_participant();
  enter(0);
  Url one;
  one.host = "tracker.example";
  one.port = 65000;
  one.target = "/announce";
  Url two = one;
  two.host = "other.example";
  for (int i = 0; i < 500; ++i) (void)add_share(0, {one, two});
  ASSERT_EQ(participant.trackers().size(), 2U) << "one client for each tracker, whatever the number of shares";
  // Every tracker answers at once.
  std::size_t requests = 0;
  std::map<SwarmKey, std::size_t> announced;
  const auto answer = [&] {
    for (const TrackerId id : participant.trackers()) {
      while (const auto request = participant.tracker(id)->poll_request()) {
        ++requests;
        ++announced[request->announce.swarm];
        http::Response response;
        response.status = 200;
        response.body = to_bytes(as_bytes("d8:intervali1800e5:peers0:e"));
        participant.tracker(id)->handle_response(request->id, response, net.now());
        participant.tracker(id)->check_invariants();
      }
    }
    net.touch(0);
  };
  for (int second = 0; second < 60; ++second) {
    const std::size_t before = requests;
    for (int i = 0; i < 10; ++i) {
      run_for(100ms);
      answer();
    }
    const double most = ParticipantConfig::kTrackerPace + (second == 0 ? ParticipantConfig::kTrackerBurst : 2);
    EXPECT_LE(static_cast<double>(requests - before), most) << second;
  }
  EXPECT_EQ(requests, 1000U);
  EXPECT_EQ(announced.size(), 500U);
}

TEST_F(ManyShares, AShareThatLeavesIsWithdrawnAndItsTrackerForgotten) {
  Participant& participant = add_participant();
  enter(0);
  Url url;
  url.host = "tracker.example";
  url.target = "/announce";
  (void)add_share(0, {url});
  const SwarmKey stays = add_share(0);
  ASSERT_EQ(participant.trackers().size(), 1U);
  tracker::Client* const client = participant.tracker(participant.trackers().front());
  const auto request = client->poll_request();
  ASSERT_TRUE(request);
  http::Response response;
  response.status = 200;
  response.body = to_bytes(as_bytes("d8:intervali1800e5:peers0:e"));
  client->handle_response(request->id, response, net.now());
  participant.leave(ShareId{0}, net.now());
  net.touch(0);
  participant.erase(ShareId{0});
  EXPECT_TRUE(participant.withdrawing()) << "the tracker has not been told yet";
  const auto goodbye = client->poll_request();
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->announce.event, tracker::AnnounceEvent::stopped);
  client->handle_response(goodbye->id, response, net.now());
  participant.handle_timeout(net.now());
  EXPECT_FALSE(participant.withdrawing());
  EXPECT_TRUE(participant.trackers().empty());
  EXPECT_EQ(participant.swarm(ShareId{0}), nullptr);
  EXPECT_EQ(participant.find(stays), ShareId{1});
  participant.check_invariants();
}

TEST_F(ManyShares, TheSameKeyTwiceIsRefused) {
  Participant& participant = add_participant();
  ShareConfig config;
  config.swarm.info_hashes = share.metainfo->info_hashes();
  config.swarm.keys.front().bytes[0] = std::byte{1};
  ShareConfig again = config;
  EXPECT_TRUE(participant.add(ShareId{0}, std::move(config), net.now()));
  EXPECT_FALSE(participant.add(ShareId{1}, std::move(again), net.now()));
  EXPECT_EQ(participant.swarm(ShareId{1}), nullptr);
  participant.check_invariants();
}

// An idle share must cost next to nothing: its timers and announces together stay within the pace, however many.
TEST_F(ManyShares, IdleSharesDoNotWakeTheParticipantOften) {
  for (std::size_t i = 0; i < 30; ++i) {
    (void)add_participant();
    enter(i);
    run_for(1s);
  }
#ifdef STP_SANITIZED
  constexpr int kShares = 200;
#else
  constexpr int kShares = 2000;
#endif
  for (int i = 0; i < kShares; ++i) (void)add_share(0);
  run_for(20min);  // all announced
  const auto inputs = [&] { return wakes[0] + net.host(0).datagrams_in; };
  const std::uint64_t before = inputs();
  const std::uint64_t wakes_before = wakes[0];
  run_for(15min);
  // Answers to what the announces and the looks for leeches ask, within their pace, and the timers for them.
  EXPECT_LT(static_cast<double>(inputs() - before) / (15 * 60), dht::AnnouncingConfig().pace) << "inputs per second";
  // Each asks for peers when its turn comes, not every 20 s. Most of the timers are those of queries and lookups.
  EXPECT_LT(static_cast<double>(wakes[0] - wakes_before) / (15 * 60), kShares / 20.0) << "timers per second";
}

}  // namespace
}  // namespace stp::app
